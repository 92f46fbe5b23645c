"""The columns of every table of the warehouse in this version: `python -m docs.schema` writes them for the tests."""

from pathlib import Path

from rfm_assets.contracts import META, TABLES
from rfm_assets.contracts.meta import SCHEMA_VERSION

VERSIONS = Path(__file__).parents[1] / "rfm_assets_tests" / "engines" / "versions"


def listing() -> str:
    """Return one line per column: table, column, type."""
    tables = [*TABLES.values(), *META.values()]
    lines = sorted(f"{table.name} {column.name} {column.type}\n" for table in tables for column in table.columns)
    return "".join(lines)


if __name__ == "__main__":
    path = VERSIONS / f"{SCHEMA_VERSION}.txt"
    path.write_text(listing(), encoding="utf-8")
    print(path)
