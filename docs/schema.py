"""The columns of every table of the warehouse in this version: `python -m docs.schema` writes them for the tests."""

import json
from pathlib import Path

from rfm_assets.contracts import META, TABLES
from rfm_assets.contracts.meta import SCHEMA_VERSION
from rfm_assets.contracts.published import CONTRACT_VERSION
from rfm_assets.publishing.promises import promised

VERSIONS = Path(__file__).parents[1] / "rfm_assets_tests" / "engines" / "versions"


def listing() -> str:
    """Return one line per column: table, column, type."""
    tables = [*TABLES.values(), *META.values()]
    lines = sorted(f"{table.name} {column.name} {column.type}\n" for table in tables for column in table.columns)
    return "".join(lines)


def promises() -> str:
    """Return what a published file promises: for each table its grain, and of each column type and meaning."""
    return json.dumps({name: [table.grain, table.columns] for name, table in promised().items()}, indent=1) + "\n"


if __name__ == "__main__":
    path = VERSIONS / f"{SCHEMA_VERSION}.txt"
    path.write_text(listing(), encoding="utf-8")
    print(path)
    path = VERSIONS / f"published-{CONTRACT_VERSION}.json"
    path.write_text(promises(), encoding="utf-8")
    print(path)
