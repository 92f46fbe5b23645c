"""What a bulk load costs, by us and by DuckDB into a table in turn, each a process of its own."""

import sys
import tempfile
from functools import partial
from pathlib import Path

from measure import Command, Measurement, alternate, measure, met, paired_ratio, spread
from rich.console import Console
from rich.table import Table

BULK = Path(__file__).with_name("bulk.py")
LINES_PER_SCALE = 61_900  # of the sample shop
BULK_LIMIT = 2.5  # ours / DuckDB, median of the pairs
BULK_PEAK_LIMIT_MB = 8_000
KINDS = ("csv", "parquet")
OURS, DUCKDB = "ours", "DuckDB"


def bulk_command(path: Path, name: str, folder: Path) -> Command:
    """Return the load of one file into an empty warehouse: by us, or by DuckDB into a table."""
    argv = [sys.executable, str(BULK), name, str(path), str(folder)]
    return Command(argv=argv, cwd=folder, writes=[folder / "loaded.duckdb"])


def bulk_loads(lines: int, runs: int, folder: Path, console: Console) -> dict[str, dict[str, list[Measurement]]]:
    """Return, by format, what loading a file of so many lines costs, ours and DuckDB's own in turn."""
    measured: dict[str, dict[str, list[Measurement]]] = {kind: {OURS: [], DUCKDB: []} for kind in KINDS}
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=folder) as place:
        csv = Path(place) / "bulk.csv"
        # In a process of its own: what this one takes, its children would show.
        with console.status("writing the file"):
            measure(Command([sys.executable, str(BULK), "write", str(csv), str(lines / LINES_PER_SCALE)], Path(place)))
        for kind, found in measured.items():
            contenders = {name: partial(bulk_command, csv.with_suffix(f".{kind}"), name) for name in found}
            with console.status(f"loading {kind}"):
                for name, _, measurement in alternate(contenders, runs):
                    if measurement:
                        found[name].append(measurement)
    return measured


def show_bulk(kind: str, measured: dict[str, list[Measurement]], lines: int, console: Console) -> None:
    """Print time and memory of the bulk load, and whether they stay within the limits."""
    wall = {name: [run.wall_seconds for run in runs] for name, runs in measured.items()}
    ratio = paired_ratio(wall[OURS], wall[DUCKDB])
    peak = max(run.peak_mb for run in measured[OURS])
    table = Table("", *measured, title=f"Bulk load of {lines:,} lines, {kind}")
    table.add_row("wall, s", *(spread(values).show(1) for values in wall.values()))
    table.add_row("peak memory, MB", *(spread([r.peak_mb for r in runs]).show(0) for runs in measured.values()))
    console.print(table)
    console.print(
        f"target: at most {BULK_LIMIT} times DuckDB's read_{kind} into a table: "
        f"{ratio.show(2)}, {met(ratio.median <= BULK_LIMIT)}"
    )
    console.print(f"target: peak memory < {BULK_PEAK_LIMIT_MB:,} MB: {peak:,.0f} MB, {met(peak < BULK_PEAK_LIMIT_MB)}")
