"""CSV files that a spreadsheet opens without running anything, written by DuckDB."""

from pathlib import Path

import duckdb

from rfm_assets.contracts import Table
from rfm_assets.engines.base import Parameter
from rfm_assets.engines.duckdb.tables import quoted

# OWASP, "CSV Injection": a cell that begins with = + - @, a tab, a line end or a full-width form of them is a formula
# to some spreadsheet; a quote before it makes it text. Blanks first do not help. A text that begins with quotes and
# goes on so gets one more, or two different texts could be written alike.
_FORMULA = r"^('*(?:[\t\r\n]|\s*[=+\-@＝＋－＠]))"  # noqa: RUF001  the full-width forms are meant
# What is a number to the last character is not run, and stays what the tool that made the id knows it by.
_NUMBER = r"[+-]?\d+(\.\d+)?"


def export_csv(
    connection: duckdb.DuckDBPyConnection, path: Path, table: Table, select: str, values: dict[str, Parameter]
) -> None:
    """Write a SELECT as a CSV file: UTF-8, a header, every value in quotes, no text that is run as a formula."""
    columns = ", ".join(_safe(quoted(c.name)) if c.type == "varchar" else quoted(c.name) for c in table.columns)
    # All is quoted: a semicolon within a text would begin a new cell where it separates them, as in half of Europe.
    statement = f"copy (select {columns} from ({select})) to $path (format csv, header true, force_quote *)"
    formula = {"formula": _FORMULA, "number": _NUMBER} if "$formula" in columns else {}
    connection.execute(statement, {"path": str(path), **formula, **values})


def _safe(name: str) -> str:
    guarded = f"regexp_replace({name}, $formula, '''\\1')"
    return f"case when regexp_full_match({name}, $number) then {name} else {guarded} end as {name}"
