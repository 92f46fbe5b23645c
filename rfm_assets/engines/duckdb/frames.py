"""What DuckDB returns as Polars frames, and what is published read so."""

from pathlib import Path

import duckdb
import polars as pl


def frame_of(relation: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """Return the rows of a relation."""
    # DuckDB's own `.pl()` needs pyarrow, and `pl.DataFrame(relation)` makes DuckDB complain of leaks when Python exits.
    # Not by the streaming engine, which takes a millisecond to start, and a refresh reads a hundred frames.
    return pl.scan_arrow_c_stream(relation).collect(engine="in-memory")


def read_published(path: Path, select: str) -> pl.DataFrame:
    """Return the rows of a SELECT on a published file, opened read-only."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return frame_of(connection.sql(select))
