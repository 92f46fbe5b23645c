"""Derive where each column comes from, from the SELECTs: `make lineage` writes what the catalogue shows."""

import json
import sys
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.lineage import Node, lineage

from rfm_assets.contracts import PUBLISHED, TABLES
from rfm_assets.engines.base import select

PACKAGE = Path(__file__).parents[1] / "rfm_assets"
WRITTEN = PACKAGE / "defs" / "lineage.json"
CONTRACTS = {**TABLES, **PUBLISHED}
# Under a bare name a SELECT finds the result of another one, of the same name in its own folder, but for these two.
STAGED = {"population": "model.snapshot", "file_days": "raw.file_days"}

# Rows of a table that are kept under a bare name.
KEPT = {"numbered_lines": "select * from clean.transactions"}

Lineage = dict[str, dict[str, list[str]]]


def derive() -> Lineage:
    """Return, for each table that a SELECT makes, the columns that each of its columns is computed from.

    A column that decides only which rows there are, in a join or a condition, is not among them.
    """
    schema: dict[str, dict[str, dict[str, str]]] = {}
    for name, table in CONTRACTS.items():
        folder, _, short = name.partition(".")
        schema.setdefault(folder, {})[short] = {column.name: column.type for column in table.columns}
    names = {f"{path.parent.name}.{path.stem}" for path in (PACKAGE / "sql").rglob("*.sql")}
    found = {name: _columns(name, names, schema) for name in CONTRACTS if name in names}
    # A SELECT that reads nothing but its own table looks something up in it: the rows come from Python.
    return {name: columns for name, columns in found.items() if _others(name, columns)}


def _others(name: str, columns: dict[str, list[str]]) -> set[str]:
    return {source.rpartition(".")[0] for sources in columns.values() for source in sources} - {name}


def _columns(name: str, names: set[str], schema: dict[str, dict[str, dict[str, str]]]) -> dict[str, list[str]]:
    sources = _staged(name, names)
    nodes: dict[str, Node] = lineage(None, select(name), schema=schema, sources=sources, dialect="duckdb")
    found = {column: sorted(set(_leaves(node))) for column, node in nodes.items()}
    return {column.name: found[column.name] for column in CONTRACTS[name].columns if found[column.name]}


def _staged(name: str, names: set[str]) -> dict[str, str]:
    """Return the SELECTs of the bare names that a SELECT reads, and of those that they read."""
    found: dict[str, str] = {}
    waiting = [name]
    while waiting:
        of = waiting.pop()
        tree = sqlglot.parse_one(select(of), read="duckdb")
        inner = {cte.alias for cte in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            bare = table.name
            staged = STAGED.get(bare, f"{of.partition('.')[0]}.{bare}")
            if table.db or bare in inner or bare in found:
                continue
            if bare in KEPT:
                found[bare] = KEPT[bare]
            elif staged in names:
                found[bare] = select(staged)
                waiting.append(staged)
    return found


def _leaves(node: Node) -> list[str]:
    if node.downstream:
        return [leaf for below in node.downstream for leaf in _leaves(below)]
    table = node.expression
    name = f"{table.db}.{table.name}" if isinstance(table, exp.Table) else ""
    return [f"{name}.{node.name.rpartition('.')[2]}"] if name in CONTRACTS else []


def main() -> int:
    """Write the file; return the exit status."""
    WRITTEN.write_text(json.dumps(derive(), indent=1) + "\n", encoding="utf-8")
    print(f"{WRITTEN}: {WRITTEN.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
