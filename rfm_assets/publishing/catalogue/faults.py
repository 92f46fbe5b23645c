"""Offending rows as people read them: in a sentence, and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rfm_assets.publishing.markdown import markdown_table

if TYPE_CHECKING:
    import polars as pl

TOLD = 3  # rows in a sentence


def rows_counted(count: int) -> str:
    """Return a number of rows in words."""
    return "1 row" if count == 1 else f"{count:,} rows"


def rows_in_words(rows: pl.DataFrame) -> str:
    """Return how many rows there are, and the first few."""
    told = "; ".join(row_in_words(rows, place) for place in range(min(len(rows), TOLD)))
    return f"{rows_counted(len(rows))}{f', the first {TOLD}' if len(rows) > TOLD else ''}: {told}"


def row_in_words(rows: pl.DataFrame, place: int = 0) -> str:
    """Return one row: each column's name and value."""
    return ", ".join(f"{name} {value(found)}" for name, found in rows.row(place, named=True).items())


def rows_as_markdown(rows: pl.DataFrame) -> str:
    """Return the rows as a Markdown table."""
    return markdown_table(rows.columns, ([value(found) for found in row] for row in rows.iter_rows()))


def value(found: Any) -> str:
    """Return a value, a number that is not whole to six digits."""
    if found is None:
        return "(empty)"
    return f"{found:.6g}" if isinstance(found, float) else str(found)
