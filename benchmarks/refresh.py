"""What one added day costs onto 1, 10 and 100 million lines of sample history, and a bulk load against DuckDB's own."""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from bulk_loads import LINES_PER_SCALE, bulk_loads, show_bulk
from measure import CommandError, describe_machine, met, spread
from rich.console import Console
from rich.table import Table

from rfm_assets import sample
from rfm_assets.contracts import TABLES
from rfm_assets.contracts.violations import UNCHECKED, faults
from rfm_assets.engines.base import select
from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets.ingestion import cleaning
from rfm_assets.ingestion.checked import DAYS, FILES, remember, stage_unchecked
from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets.ingestion.landing import load_landing

LINES_PER_FILE = 5_000_000  # of the history, which comes in files as a shop would bring it
DAY_SCALE = 30.0  # of the shop that the added days are cut out of, the same at every size: some 20,000 lines a day
AROUND = timedelta(days=45)  # before and after the day in that shop, so that the day has returns of earlier sales
STEP_LIMIT = 1.5  # time of an added day, each size against the one before
STEPS = ("open", "raw", "clean to orders", "returns", "close")
TO_ORDERS = ("open", "raw", "clean to orders")
CHECKS = ("unread_new_lines", "failed_files", "unreconciled_days", "unbalanced_days", "guests_off")
PACKAGES = ("duckdb", "polars", "numpy")


class Shop:
    """A landing folder and a warehouse in a folder; each refresh opens the warehouse, as a run does."""

    def __init__(self, folder: Path) -> None:
        self.landing, self.warehouse = folder / "landing", folder / "warehouse" / "rfm.duckdb"
        self.landing.mkdir(exist_ok=True)

    @contextmanager
    def engine(self) -> Iterator[DuckDBEngine]:
        with duckdb.connect(config={"temp_directory": f"{self.warehouse}.tmp"}) as connection:
            open_warehouse(connection, self.warehouse)
            yield DuckDBEngine(connection)

    def rebuild(self) -> int:
        """Rebuild the days of clean that other rules built; return their number."""
        with self.engine() as engine:
            return len(rebuild_touched_days(engine))

    def refresh(self) -> dict[str, float]:
        """Bring what lies in landing up to clean; return the seconds of each step."""
        seconds = dict.fromkeys(STEPS, 0.0)
        begun = time.perf_counter()
        with self.engine() as engine:
            opened = time.perf_counter()
            outcomes = load_landing(engine, self.landing, max_unreadable_share=0)
            if [outcome.error for outcome in outcomes] != [None]:
                raise RuntimeError(f"one file was to be loaded, but: {outcomes}")
            loaded = time.perf_counter()
            with timed(cleaning, "link_returns", seconds, "returns"):
                rebuild_touched_days(engine)
            rebuilt = time.perf_counter()
        closed = time.perf_counter()
        seconds |= {"open": opened - begun, "raw": loaded - opened, "close": closed - rebuilt}
        seconds["clean to orders"] = rebuilt - loaded - seconds["returns"]
        return seconds


@contextmanager
def timed(module, name: str, seconds: dict[str, float], step: str) -> Iterator[None]:
    """Add the time that a module's function takes to a step."""
    function = getattr(module, name)

    def run(*args):
        begun = time.perf_counter()
        function(*args)
        seconds[step] += time.perf_counter() - begun

    setattr(module, name, run)
    try:
        yield
    finally:
        setattr(module, name, function)


def bring_history(shop: Shop, lines: int, console: Console) -> int:
    """Bring a sample shop of so many lines, file by file, each taken away once it is loaded; return its lines."""
    brought = waiting = 0
    part = shop.landing / "history.part"
    with console.status("") as status:
        for chunk in sample.sample_chunks(scale=lines / LINES_PER_SCALE):
            with part.open("ab") as file:
                chunk.write_csv(file, include_header=waiting == 0)
            brought, waiting = brought + chunk.height, waiting + chunk.height
            if waiting >= LINES_PER_FILE:
                bring(shop, part, f"history_{brought}.csv")
                waiting = 0
                status.update(f"history: {brought:,} lines")
        if waiting:
            bring(shop, part, f"history_{brought}.csv")
    return brought


def bring(shop: Shop, part: Path, name: str) -> None:
    path = part.rename(shop.landing / name)
    shop.refresh()
    path.unlink()  # a file taken away stays loaded


def write_day(shop: Shop, number: int) -> int:
    """Put the number-th working day after the history into landing; return its lines."""
    monday = sample.LAST_DAY + timedelta(days=7 - sample.LAST_DAY.weekday())
    day = monday + timedelta(days=7 * number)
    written = f"{day.month}/{day.day}/{day.year} "
    lines = pl.concat(
        chunk.filter(pl.col("InvoiceDate").str.starts_with(written))
        for chunk in sample.sample_chunks(scale=DAY_SCALE, seed=number, first_day=day - AROUND, last_day=day + AROUND)
    )
    # Its invoices are new: numbered above any of the history's.
    lines = lines.with_columns(pl.col("InvoiceNo").str.replace(r"(\d+)", f"{10 + number}0${{1}}"))
    lines.write_csv(shop.landing / f"{day}.csv")
    return lines.height


def time_checks(shop: Shop) -> dict[str, float]:
    """Return the seconds of each check of raw and clean, and of their contracts, when all but one day passed before."""
    seconds: dict[str, float] = {}
    with shop.engine() as engine:
        for remembered in (FILES, DAYS):
            if not stage_unchecked(engine, remembered):
                raise RuntimeError("nothing passed before")
        for name in CHECKS:
            begun = time.perf_counter()
            if len(wrong := engine.read(select(f"checks.{name}"))):
                raise RuntimeError(f"the check {name} fails: {wrong}")
            seconds[name] = time.perf_counter() - begun
        begun = time.perf_counter()
        for name, table in TABLES.items():
            if name.startswith(("raw.", "clean.")):
                engine.row(faults(table, UNCHECKED.get(name)))
        seconds["contracts"] = time.perf_counter() - begun
    return seconds


def pass_checks(shop: Shop) -> None:
    """Take it that the history passed its checks."""
    with shop.engine() as engine:
        for remembered in (FILES, DAYS):
            stage_unchecked(engine, remembered)
            remember(engine, remembered)


def history_of(lines: int, folder: Path, kept: Path | None, console: Console) -> tuple[Shop, int, float]:
    """Return a shop with a history of so many lines, copied from the kept one when there is one; its lines; seconds."""
    begun = time.perf_counter()
    place = kept / str(lines) if kept else None
    if place and (place / "lines").exists():
        shutil.copytree(place / "warehouse", folder / "warehouse")
        shop = Shop(folder)
        rebuilt = shop.rebuild()  # of a history kept from before, when the rules have changed since
        console.print(f"history of {lines:,} lines copied, {rebuilt} days of it built anew")
        return shop, int((place / "lines").read_text()), time.perf_counter() - begun
    shop = Shop(folder)
    brought = bring_history(shop, lines, console)
    seconds = time.perf_counter() - begun
    if place:
        place.mkdir(parents=True)
        shutil.copytree(folder / "warehouse", place / "warehouse")
        (place / "lines").write_text(str(brought))
    return shop, brought, seconds


def added_days(lines: int, runs: int, folder: Path, kept: Path | None, console: Console) -> dict[str, object]:
    """Return what one added day costs onto a history of so many lines: the seconds of each step, day by day."""
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=folder) as place:
        shop, history, history_seconds = history_of(lines, Path(place), kept, console)
        days = []
        for number in range(runs + 1):
            if number == runs:
                pass_checks(shop)
            day_lines = write_day(shop, number)
            days.append(shop.refresh())
        console.print(f"{history:,} lines came in {history_seconds:.0f} s; {runs} days of {day_lines:,} lines added")
        return {
            "lines": history,
            "history_seconds": history_seconds,
            "warehouse_mb": shop.warehouse.stat().st_size / 1e6,
            "days": days[1:],  # the first warms up
            "checks": time_checks(shop),
        }


def show_days(sizes: list[dict], console: Console) -> None:
    """Print the steps of an added day at each size, and whether the time to orders stays within the limit."""
    table = Table("seconds, median (min-max)", *(f"{size['lines']:,} lines" for size in sizes), title="One added day")
    columns = [defaultdict(list) for _ in sizes]
    for column, size in zip(columns, sizes, strict=True):
        for day in size["days"]:
            for step in STEPS:
                column[step].append(day[step])
            column["ingest to orders"].append(sum(day[step] for step in TO_ORDERS))
            column["all of it"].append(sum(day.values()))
    for step in (*STEPS, "ingest to orders", "all of it"):
        table.add_row(step, *(spread(column[step]).show(3) for column in columns))
    for check in sizes[0]["checks"]:
        table.add_row(f"check {check}", *(f"{size['checks'][check]:.3f}" for size in sizes))
    table.add_row("history", *(f"{size['history_seconds']:.0f}" for size in sizes))
    table.add_row("warehouse, MB", *(f"{size['warehouse_mb']:.0f}" for size in sizes))
    console.print(table)
    for what in ("ingest to orders", "all of it"):
        medians = [spread(column[what]).median for column in columns]
        words = ", ".join(f"{median / medians[0]:.2f}" for median in medians)
        console.print(f"{what}, as ratios to the first: {words}")
        if what == "ingest to orders":
            largest = max((later / earlier for earlier, later in pairwise(medians)), default=1.0)
            console.print(f"target: at most {STEP_LIMIT} at each step: {largest:.2f}, {met(largest <= STEP_LIMIT)}")


def main() -> None:
    """Measure, print, and write the JSON file if one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, nargs="*", default=[1, 10], help="lines of history (default 1 10)")
    parser.add_argument("--bulk", type=float, default=10, help="millions of lines loaded in bulk; 0: none (default 10)")
    parser.add_argument("--runs", type=int, default=5, help="added days at each size, after one warm-up (default 5)")
    parser.add_argument("--bulk-runs", type=int, default=3, help="bulk loads of each, after one warm-up (default 3)")
    parser.add_argument("--folder", type=Path, help="where the data goes: 100 million lines take some 20 GB meanwhile")
    parser.add_argument("--keep", type=Path, help="a folder where histories are kept, and taken from the next time")
    parser.add_argument("--json", type=Path, help="write every measurement here")
    args = parser.parse_args()
    if args.runs < 1 or args.bulk_runs < 1:
        parser.error("--runs and --bulk-runs must be at least 1")
    console = Console()
    report: dict[str, Any] = {"machine": describe_machine(PACKAGES)}
    if args.bulk:
        lines = round(args.bulk * 1e6)
        try:
            measured = bulk_loads(lines, args.bulk_runs, args.folder, console)
        except CommandError as error:
            sys.exit(str(error))
        report["bulk"] = {}
        for kind, found in measured.items():
            show_bulk(kind, found, lines, console)
            report["bulk"][kind] = {name: [asdict(run) for run in runs] for name, runs in found.items()}
    sizes = [added_days(round(size * 1e6), args.runs, args.folder, args.keep, console) for size in args.millions]
    if sizes:
        show_days(sizes, console)
        report["added_days"] = sizes
    if args.json:
        args.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
