"""The published file as another database reads it."""

import duckdb

from rfm_assets.contracts import PUBLISHED
from rfm_assets.engines.duckdb_published import published_file


def test_a_text_that_reads_like_null_is_in_quotes_and_null_is_not(tmp_path):
    table = PUBLISHED["published.playbook"]
    first, second, *others = table.column_names
    with duckdb.connect(tmp_path / "segments.duckdb") as connection:
        more = "".join(f", 'x' as {name}" for name in others)
        connection.execute(f"create table playbook as select '\\N' as {first}, cast(null as varchar) as {second}{more}")
    with published_file(tmp_path / "segments.duckdb") as published:
        assert b"".join(published.rows(table, [""])) == b'"\\N",\\N' + b',"x"' * len(others) + b"\n"
