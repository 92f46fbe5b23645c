"""Tables as people read them, in a terminal and in the catalogue: headings and values in words, also as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

MARKS = re.compile(r"([\\`*\[\]<|])")
# By column: its heading, and how a value is written.
Columns = Mapping[str, tuple[str, Callable[[Any], str]]]
COLUMNS: Columns = {
    "segment": ("segment", str),
    "customers": ("customers", "{:,}".format),
    "customer_share": ("share", "{:.1%}".format),
    "mean_recency_days": ("mean recency, d", "{:,.0f}".format),
    "mean_frequency": ("mean orders", "{:,.1f}".format),
    "mean_monetary": ("mean money", "{:,.2f}".format),
    "recommended_action": ("what to do", str),
}


def cells(profile: pl.DataFrame, columns: Columns = COLUMNS) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the formatted rows of a profile."""
    headings = [heading for heading, _ in columns.values()]
    rows = [
        ["" if row[name] is None else form(row[name]) for name, (_, form) in columns.items()]
        for row in profile.iter_rows(named=True)
    ]
    return headings, rows


def as_markdown(profile: pl.DataFrame, columns: Columns = COLUMNS) -> str:
    """Return a profile as a Markdown table."""
    headings, rows = cells(profile, columns)
    return markdown_table(headings, rows)


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table of plain text: names come from data, and are no links, pictures or HTML."""
    lines = [[plain(text) for text in headings], ["---"] * len(headings), *([plain(t) for t in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plain(text: str) -> str:
    """Return text that Markdown shows as it is, in one line."""
    return MARKS.sub(r"\\\1", " ".join(text.splitlines()))
