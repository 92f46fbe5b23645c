"""The tables of the warehouse and of what is published, by version: `python -m docs.schema` lists them for tests."""

import json
import sys
from pathlib import Path

from rfm_assets.contracts import META, TABLES
from rfm_assets.contracts.meta import SCHEMA_VERSION
from rfm_assets.contracts.published import CONTRACT_VERSION
from rfm_assets.engines.base import Exported
from rfm_assets.publishing.promises import changes, promised

VERSIONS = Path(__file__).parents[1] / "rfm_assets_tests" / "engines" / "versions"
PROMISES = VERSIONS / f"published-{CONTRACT_VERSION}.json"  # table to its grain, and column to type and meaning
REMEDY = (
    "Wherever this is installed nothing more would be published: put these back, or raise CONTRACT_VERSION in "
    "rfm_assets/contracts/published.py and run `make schema`"
)


def listing() -> str:
    """Return one line per column: table, column, type."""
    tables = [*TABLES.values(), *META.values()]
    lines = sorted(f"{table.name} {column.name} {column.type}\n" for table in tables for column in table.columns)
    return "".join(lines)


def broken_promises() -> list[str]:
    """Return in words what the listing of this contract version promises, and the contracts no longer do."""
    return changes(
        {
            name: Exported(grain, {column: (type_, meaning) for column, (type_, meaning) in columns.items()})
            for name, (grain, columns) in json.loads(PROMISES.read_text(encoding="utf-8")).items()
        },
        promised(),
    )


def main() -> None:
    """Write both listings; that of what is published not over one that promises more."""
    tables = VERSIONS / f"{SCHEMA_VERSION}.txt"
    tables.write_text(listing(), encoding="utf-8")
    print(tables)
    if PROMISES.exists() and (broken := broken_promises()):
        sys.exit(f"error: {PROMISES} stays as it is: {'; '.join(broken)}. {REMEDY}")
    found = {name: [table.grain, table.columns] for name, table in promised().items()}
    PROMISES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(PROMISES)


if __name__ == "__main__":
    main()
