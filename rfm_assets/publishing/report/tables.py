"""Tables of the report, made with Great Tables: every text in them is escaped, and the page brings the style."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from markupsafe import Markup, escape

from rfm_assets.publishing.report.words import NO_VALUE


def table(name: str, headings: Sequence[str], rows: Sequence[Sequence[Any]], *, left: Sequence[int] = (0,)) -> Markup:
    """Return an HTML table: the first column names the rows; columns not in `left` are numbers, set to the right.

    Args:
        name: unique on the page; the ids of the cells begin with it.
        headings: one a column.
        rows: cells as they are to be read.
        left: numbers of the columns that hold words.
    """
    import great_tables as gt

    keys = [f"c{place}" for place, _ in enumerate(headings)]
    frame = pl.DataFrame(
        [[str(cell) for cell in row] for row in rows], schema=dict.fromkeys(keys, pl.String), orient="row"
    )
    made = (
        gt.GT(frame, rowname_col=keys[0], id=name)
        .tab_stubhead(headings[0])
        .cols_label({key: gt.html(_heading(words)) for key, words in zip(keys[1:], headings[1:], strict=True)})
        .cols_align("left", [key for place, key in enumerate(keys) if place in left and place])
        .cols_align("right", [key for place, key in enumerate(keys) if place not in left])
    )
    html = made.as_raw_html()
    # Its style is 8 KB a table, in fixed colours.
    begin, end = html.index("<table"), html.rindex("</table>") + len("</table>")
    return Markup(html[begin:end])  # noqa: S704 - Great Tables has escaped the cells, and headings are above


def _heading(words: str) -> str:
    # Double braces are units to Great Tables, in HTML too, and a heading with units is not escaped.
    return str(escape(words)).replace("{", "&#123;")


def columns(rows: Sequence[Mapping[str, Any]], *forms: tuple[str, Any]) -> list[list[str]]:
    """Return cells: for each row the named columns, written by their functions."""
    return [[NO_VALUE if row[key] is None else form(row[key]) for key, form in forms] for row in rows]
