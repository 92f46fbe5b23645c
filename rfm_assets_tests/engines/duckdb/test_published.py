"""The published file as another database reads it."""

import duckdb
import pytest

from rfm_assets.contracts import PUBLISHED
from rfm_assets.engines.duckdb.published import published_file

PLAYBOOK = PUBLISHED["published.playbook"]


def test_a_text_that_reads_like_null_is_in_quotes_and_null_is_not(tmp_path):
    first, second, *others = PLAYBOOK.column_names
    with duckdb.connect(tmp_path / "segments.duckdb") as connection:
        more = "".join(f", 'x' as {name}" for name in others)
        connection.execute(f"create table playbook as select '\\N' as {first}, cast(null as varchar) as {second}{more}")
    with published_file(tmp_path / "segments.duckdb") as published:
        assert b"".join(published.rows(PLAYBOOK, [""])) == b'"\\N",\\N' + b',"x"' * len(others) + b"\n"


@pytest.mark.parametrize(("before", "after"), [("xy", "yx"), ("xx", "yy")])
def test_two_rows_whose_last_columns_change_alike_or_change_places_have_another_fingerprint(tmp_path, before, after):
    found = []
    for first, second in (before, after):
        path = tmp_path / f"{first}{second}.duckdb"
        with duckdb.connect(path) as connection:
            rows = f"values ('A', '', '{first}'), ('B', '', '{second}')"
            connection.execute(f"create table playbook as from ({rows}) as rows({', '.join(PLAYBOOK.column_names)})")
        with published_file(path) as published:
            found.append(published.fingerprints(PLAYBOOK))
    assert found[0] != found[1]
