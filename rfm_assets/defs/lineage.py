"""Where the columns of a table come from, as the SELECTs say: read from what `make lineage` wrote."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import dagster as dg

from rfm_assets.publishing.markdown import markdown_table


def column_lineage(table: str) -> dg.TableColumnLineage | None:
    """Return the columns that each column of a table is computed from; None where no SELECT makes the table.

    SQLGlot derives them from the SQL in 3 s: too long for each start, so they lie beside this module.
    """
    columns = _derived().get(table)
    if columns is None:
        return None
    return dg.TableColumnLineage({
        column: [_dep(source) for source in sources] for column, sources in columns.items()
    })  # fmt: skip


def lineage_in_words(table: str) -> str:
    """Return the same as a Markdown table: the open-source UI keeps column lineage, but does not show it."""
    columns = _derived().get(table, {})
    return markdown_table(
        ("column", "computed from"), ((column, "; ".join(_by_table(of))) for column, of in columns.items())
    )


def _by_table(sources: Sequence[str]) -> list[str]:
    found: dict[str, list[str]] = {}
    for source in sources:
        table, _, column = source.rpartition(".")
        found.setdefault(table, []).append(column)
    return [f"{table}: {', '.join(columns)}" for table, columns in found.items()]


@cache
def _dep(source: str) -> dg.TableColumnDep:
    schema, table, column = source.split(".")
    return dg.TableColumnDep(dg.AssetKey([schema, table]), column)


@cache
def _derived() -> Mapping[str, Mapping[str, Sequence[str]]]:
    text = files("rfm_assets").joinpath("defs", "lineage.json").read_text(encoding="utf-8")
    return json.loads(text)
