"""Tables as people read them, in a terminal and in the catalogue: headings and values in words, also as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

# What Markdown of GitHub's kind makes a link of without any mark; a word joiner behind its beginning keeps it text. Not
# in addresses of mail, which are ids that people copy.
ADDRESS = re.compile(r"(?<=h)(?=ttps?://)|(?<=w)(?=ww\.)", re.IGNORECASE)
MARKS = re.compile(r"([\\`*\[\]<|])")
COUNT, WHOLE, HUNDREDTHS, SHARE = "{:,}".format, "{:,.0f}".format, "{:,.2f}".format, "{:.1%}".format
# By column: its heading, and how a value is written.
Columns = Mapping[str, tuple[str, Callable[[Any], str]]]
PROFILE: Columns = {
    "segment": ("segment", str),
    "customers": ("customers", COUNT),
    "customer_share": ("share", SHARE),
    "mean_recency_days": ("mean recency, d", WHOLE),
    "mean_frequency": ("mean orders", "{:,.1f}".format),
    "mean_monetary": ("mean money", HUNDREDTHS),
    "recommended_action": ("what to do", str),
}


def cells(frame: pl.DataFrame, columns: Columns) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the formatted rows of a frame."""
    headings = [heading for heading, _ in columns.values()]
    rows = [
        ["" if row[name] is None else form(row[name]) for name, (_, form) in columns.items()]
        for row in frame.iter_rows(named=True)
    ]
    return headings, rows


def as_markdown(frame: pl.DataFrame, columns: Columns) -> str:
    """Return a frame as a Markdown table."""
    return markdown_table(*cells(frame, columns))


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table of plain text: names come from data, and are no links, pictures or HTML."""
    lines = [[plain(text) for text in headings], ["---"] * len(headings), *([plain(t) for t in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plain(text: str) -> str:
    """Return text that Markdown shows as it is, in one line."""
    return ADDRESS.sub("\u2060", MARKS.sub(r"\\\1", " ".join(text.splitlines())))


def yes_or_no(is_so: bool) -> str:
    """Return a boolean as people write it."""
    return "yes" if is_so else "no"
