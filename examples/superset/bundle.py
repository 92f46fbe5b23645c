"""Make the zip that Superset imports, with the address of your published file in it.

python -m examples.superset.bundle data/published/segments.duckdb customer_segments.zip
"""

import argparse
import json
import sys
import zipfile
from pathlib import Path

DASHBOARD = Path(__file__).parent / "dashboard"
DATABASE = "databases/Customer_segments.yaml"
PLACEHOLDER = "duckdb:////path/to/segments.duckdb"
MADE_AT = (2026, 1, 1, 0, 0, 0)  # of every file in the zip, so that the same input gives the same bytes


def bundle(published: Path, target: Path) -> None:
    """Write the zip: the import files, in which the database is the file `published`, which may be on another machine.

    Raises:
        ValueError: it is a folder, or its path cannot be said in a database URI.
    """
    path = published.absolute()
    if path.is_dir():
        raise ValueError(f"{path} is a folder: name the file in it, segments.duckdb")
    if "?" in str(path):
        raise ValueError(f"{path} has a question mark, at which a database URI ends: rename the folder")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for source in sorted(DASHBOARD.rglob("*.yaml")):
            name = source.relative_to(DASHBOARD).as_posix()
            text = source.read_text(encoding="utf-8")
            if name == DATABASE:
                text = text.replace(PLACEHOLDER, json.dumps(f"duckdb:///{path}"))
            packed.writestr(zipfile.ZipInfo(f"customer_segments/{name}", MADE_AT), text)


def main() -> int:
    """Bundle as the command line says, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m examples.superset.bundle", description=__doc__.split("\n")[0])
    parser.add_argument("published", type=Path, help="segments.duckdb, by the path that Superset sees")
    parser.add_argument("target", type=Path, help="the zip to write")
    chosen = parser.parse_args()
    try:
        bundle(chosen.published, chosen.target)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if not chosen.published.exists():
        print(
            f"note: {chosen.published.absolute()} is not on this machine: Superset must see it there", file=sys.stderr
        )
    print(f"{chosen.target}: import it in Superset under Dashboards, Import dashboards")
    return 0


if __name__ == "__main__":
    sys.exit(main())
