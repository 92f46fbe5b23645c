"""The published file as another database reads it: in parts, with a fingerprint of each, as text for its COPY."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from rfm_assets.contracts import Table
from rfm_assets.engines.duckdb.tables import digests, quoted

BATCH = 100_000  # rows
NULL = "\\N"
WHOLE = ""  # the one part of a table that is not kept by snapshot
SNAPSHOT = "snapshot_on"


class PublishedFile:
    """A published DuckDB file, opened read-only: all that is read of it is one publication."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def fingerprints(self, table: Table) -> dict[str, str]:
        """Return a digest of the rows of each part: a snapshot where the key begins with it, else the whole table."""
        part = f"cast({SNAPSHOT} as varchar)" if in_snapshots(table) else f"'{WHOLE}'"
        rows = self._connection.execute(
            f"select {part} as part, concat_ws(' ', {digests(table)}) from {quoted(table.short_name)} group by part"
        ).fetchall()
        return dict(rows)

    def rows(self, table: Table, parts: Collection[str]) -> Iterator[bytes]:
        """Give the rows of some parts as lines of CSV, in batches: texts in quotes, `NULL` without them for null.

        The character NUL is left out: no text in PostgreSQL holds one.
        """
        columns = ", ".join(map(quoted, table.column_names))
        where = f"where cast({SNAPSHOT} as varchar) in (select unnest($parts))" if in_snapshots(table) else ""
        values = {"parts": sorted(parts)} if where else None
        relation = self._connection.sql(f"select {columns} from {quoted(table.short_name)} {where}", params=values)
        for frame in pl.scan_arrow_c_stream(relation).collect_batches(chunk_size=BATCH, maintain_order=True):
            text = frame.write_csv(include_header=False, null_value=NULL, quote_style="non_numeric")
            yield text.encode().replace(b"\0", b"")


def in_snapshots(table: Table) -> bool:
    """Whether a table is kept by snapshot: its key begins with it."""
    return table.key[0] == SNAPSHOT


@contextmanager
def published_file(path: Path) -> Iterator[PublishedFile]:
    """Open a published file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        yield PublishedFile(connection)
