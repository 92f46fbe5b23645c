"""What publishing costs, against DuckDB's own copy of the same tables and one Parquet write."""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import duckdb
from measure import describe_machine, met, paired_ratio, spread
from rich.console import Console
from rich.table import Table

from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets.publishing.files import publish
from rfm_assets.settings import Settings

LIMIT = 1.5  # ours / DuckDB, median of the pairs
LAST_DAY = date(2025, 1, 31)
BUILT_AT = datetime(2025, 2, 1, 5)  # noqa: DTZ001
PACKAGES = ("duckdb", "polars")
# Values spread as in a shop: few segments, long numbers, sentences that differ from customer to customer.
SNAPSHOT = """
insert into segments.customers by name
with drawn as (
    select i, hash(i, $day // 7) as h, hash(i) as g from range($customers) as numbers(i)
), placed as (
    select *, ['Champions', 'At Risk', 'Hibernating', 'Promising', 'Loyal'] as names from drawn
)
select
    $last - $day as snapshot_on, cast(10000 + (i * 7919) % $customers as varchar) as customer_id,
    cast(g % 400 + $day as bigint) as recency_days, cast(1 + g % 23 as bigint) as frequency,
    cast((h % 1000000) / 100.0 as decimal(28, 4)) as monetary, cast(1 + g % 5 as bigint) as r_score,
    cast(1 + h % 5 as bigint) as f_score, cast(1 + g // 5 % 5 as bigint) as m_score,
    names[cast(1 + g // 7 % 5 as bigint)] as rfm_segment, names[cast(1 + h % 5 as bigint)] as segment,
    names[cast(1 + g % 5 as bigint)] as previous_segment, $last - $day - 1 as previous_snapshot_on,
    names[cast(1 + g % 5 as bigint)] as unmoved_segment, (h % 100000) / 1e5 as margin,
    'Win back: personal message, renewal offer, ask what went wrong.' as recommended_action,
    date '2025-01-01' as model_version, names[cast(1 + h // 3 % 5 as bigint)] as second_segment,
    sqrt((g % 100000) / 1e4) as distance, 'abcdefabcdef' as model_digest
from placed
"""
REASONS = """
insert into segments.reasons by name
select
    snapshot_on, customer_id, second_segment as fewer_orders_segment, segment as next_order_segment,
    1 + recency_days as silent_days, segment as silent_segment,
    concat('last bought ', recency_days, ' days ago, ', frequency, ' orders, ', monetary, ': closest to ', segment,
           ', then ', second_segment, '; one fewer order would not change it; 20 more days without an order would ',
           'make it ', segment) as why
from segments.customers
where snapshot_on = $last
"""


def write_warehouse(path: Path, customers: int, snapshots: int) -> None:
    """Write the segments of so many customers on so many days."""
    with duckdb.connect() as connection:
        open_warehouse(connection, path)
        DuckDBEngine(connection)
        for day in reversed(range(snapshots)):
            connection.execute(SNAPSHOT, {"day": day, "customers": customers, "last": LAST_DAY})
        connection.execute(REASONS, {"last": LAST_DAY})
        connection.execute("insert into segments.playbook values ('Champions', 'the best', 'thank them')")
        connection.execute(
            "insert into raw.files (file_id, name, sha256, status, line_count, unreadable_count) "
            "values (1, 'a.csv', repeat('a', 64), 'loaded', 1, 0)"
        )


def timed(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def ours(settings: Settings) -> None:
    """Publish, as the asset does."""
    with duckdb.connect() as connection:
        open_warehouse(connection, settings.warehouse)
        publish(DuckDBEngine(connection), settings, BUILT_AT)


def plain(settings: Settings, folder: Path) -> None:
    """Copy the published tables into a new file of the same format, and write the latest snapshot as Parquet."""
    with duckdb.connect() as connection:
        connection.execute("attach $path as made (read_only)", {"path": str(settings.published / "segments.duckdb")})
        connection.execute("attach $path as copied (storage_version 'v1.0.0')", {"path": str(folder / "plain.duckdb")})
        connection.execute("copy from database made to copied")
        connection.execute("detach copied")
        statement = "copy made.segments to $path (format parquet, compression zstd)"
        connection.execute(statement, {"path": str(folder / "plain.parquet")})
    for name in ("plain.duckdb", "plain.parquet"):
        (folder / name).unlink()


def unpublish(settings: Settings) -> None:
    """Take what is published away, so that everything is written."""
    shutil.rmtree(settings.published)


def age(settings: Settings) -> None:
    """Change the latest snapshot, as a refresh of the same day does."""
    with duckdb.connect() as connection:
        open_warehouse(connection, settings.warehouse)
        connection.execute(
            "update segments.customers set recency_days = recency_days + 1 where snapshot_on = $day", {"day": LAST_DAY}
        )


def compare(settings: Settings, folder: Path, runs: int, before: Callable[[Settings], None]) -> dict[str, list[float]]:
    """Return the seconds of ours and of DuckDB's own, in turn; the first pair warms up."""
    measured: dict[str, list[float]] = {"ours": [], "DuckDB": []}
    for _ in range(runs + 1):
        before(settings)
        measured["ours"].append(timed(lambda: ours(settings)))
        measured["DuckDB"].append(timed(lambda: plain(settings, folder)))
    return {name: seconds[1:] for name, seconds in measured.items()}


def main() -> None:
    """Measure, print, and write the JSON file if one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000, help="customers (default 1,000,000)")
    parser.add_argument("--snapshots", type=int, nargs="*", default=[1, 10], help="days of history (default 1 10)")
    parser.add_argument("--runs", type=int, default=5, help="pairs of each, after one warm-up (default 5)")
    parser.add_argument("--folder", type=Path, help="where the data goes: ten million rows take some 2 GB meanwhile")
    parser.add_argument("--json", type=Path, help="write every measurement here")
    args = parser.parse_args()
    console = Console()
    table = Table("customers x days", "publication", "ours, s", "DuckDB, s", "ratio", f"at most {LIMIT}")
    report: dict[str, list] = {"machine": [describe_machine(PACKAGES)], "published": []}
    all_met = True
    for snapshots in args.snapshots:
        with tempfile.TemporaryDirectory(prefix="benchmark-", dir=args.folder) as place:
            settings = Settings(data=Path(place))
            write_warehouse(settings.warehouse, args.customers, snapshots)
            ours(settings)
            for what, before in (("everything is new", unpublish), ("the latest day changed", age)):
                measured = compare(settings, Path(place), args.runs, before)
                ratio = paired_ratio(measured["ours"], measured["DuckDB"])
                all_met &= ratio.median <= LIMIT
                size = f"{args.customers:,} x {snapshots}"
                times = (spread(measured[name]).show(2) for name in ("ours", "DuckDB"))
                table.add_row(size, what, *times, ratio.show(2), met(ratio.median <= LIMIT))
                report["published"].append({"snapshots": snapshots, "what": what, **measured})
    console.print(table)
    if args.json:
        args.json.write_text(json.dumps(report, indent=2) + "\n")
    sys.exit(0 if all_met else 1)


if __name__ == "__main__":
    main()
