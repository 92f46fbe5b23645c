"""Try the dashboard for real: a new Superset on loopback, the import, every chart in a browser, a picture of it.

python -m examples.superset.trial --superset ../superset-venv/bin/superset data/published/segments.duckdb

Needs a Superset of its own (examples/superset/README.md), and the project's development environment with chromium.
Everything it makes is in a temporary folder; the published file is copied there and never touched.
"""

import argparse
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from examples.superset.booting import USER, Superset
from examples.superset.bundle import bundle
from examples.superset.looking import Looked, look


def facts(published: Path) -> dict[str, float]:
    """Return what the big numbers have to say."""
    with duckdb.connect(str(published), read_only=True) as connection:
        ((customers, money, at_risk),) = connection.execute(
            """select count(*), sum(monetary), sum(monetary) filter (
                   where segment in ('Needs Attention', 'At Risk', 'Cannot Lose')) from segments"""
        ).fetchall()
    return {"Customers": customers, "Money so far": float(money), "Money at risk": float(at_risk or 0)}


def replace_with_one_customer_less(published: Path) -> None:
    """Put another file under the name, by renaming, as a publication does."""
    aside = published.with_name("aside.duckdb")
    shutil.copyfile(published, aside)
    with duckdb.connect(str(aside)) as connection:
        connection.execute("delete from segments where customer_id = (select min(customer_id) from segments)")
    aside.rename(published)


def problems(looked: Looked, expected: dict[str, float]) -> list[str]:
    """Return what is wrong with a dashboard as it was seen, in words."""
    found = [f"{chart}: {error}" for chart, error in looked.errors.items()]
    found += [f"{chart}: no rows" for chart, rows in looked.rows.items() if not rows]
    for chart, value in expected.items():
        shown = [float(number) for row in looked.rows.get(chart, []) for number in row.values()]
        if len(shown) != 1 or abs(shown[0] - value) > 0.005:
            found.append(f"{chart}: {shown} where the file says {value}")
    return found


def trial(command: Path, published: Path, picture: Path | None) -> list[str]:
    """Run the whole trial and return what was wrong, in words."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        served = folder / "segments.duckdb"
        shutil.copyfile(published, served)
        bundle(served, folder / "dashboard.zip")
        superset = Superset(command, folder / "superset")
        superset.prepare(folder / "dashboard.zip")
        with superset.served() as address:
            print(f"Superset is up at {address}, the dashboard is imported")
            looked = look(address, USER, superset.password, folder / "browser", picture)
            for chart, rows in sorted(looked.rows.items()):
                print(f"  {chart}: {len(rows):,} rows")
            found = problems(looked, facts(served))
            replace_with_one_customer_less(served)
            again = look(address, USER, superset.password, folder / "browser_again")
            found += [f"after a new publication: {problem}" for problem in problems(again, facts(served))]
    return found


def main() -> int:
    """Try as the command line says, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m examples.superset.trial", description=__doc__.split("\n")[0])
    parser.add_argument("published", type=Path, help="segments.duckdb")
    parser.add_argument("--superset", type=Path, required=True, help="the command `superset` of its environment")
    parser.add_argument("--picture", type=Path, help="where to save a screenshot (PNG)")
    chosen = parser.parse_args()
    if not chosen.superset.is_file():
        print(f"error: {chosen.superset} is not there: README.md says how Superset is installed", file=sys.stderr)
        return 1
    try:
        found = trial(chosen.superset.absolute(), chosen.published, chosen.picture)
    except (RuntimeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for problem in found:
        print(f"wrong: {problem}", file=sys.stderr)
    if not found:
        print("every chart has its data, and a file that is published meanwhile is seen")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
