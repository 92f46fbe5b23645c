"""The command behind `make restate`: builds the snapshots that older data changed again, in one run."""

import argparse
import sys
from collections.abc import Sequence

import duckdb
import polars as pl
from rich.console import Console
from rich.table import Table

from rfm_assets.commands.errors import guarded
from rfm_assets.commands.runs import instance_home, run_job
from rfm_assets.publishing.markdown import cells


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the snapshots again that are no longer what clean.orders makes of them; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m rfm_assets.commands.restate", description=main.__doc__)
    parser.add_argument("--list", action="store_true", dest="only_list", help="only say which they are, and why")
    options = parser.parse_args(arguments)
    return guarded(lambda console: _run(console, only_list=options.only_list))


def _run(console: Console, *, only_list: bool) -> int:
    from rfm_assets.defs.configuration import check_configuration

    check_configuration()
    from rfm_assets.defs.restating import COLUMNS, batches, tags_for

    home = instance_home()
    outdated = _outdated(console)
    if outdated.is_empty():
        console.print("no snapshot is outdated")
        return 0
    headings, lines = cells(outdated, COLUMNS)
    table = Table(*headings, box=None)
    for line in lines:
        table.add_row(*line)
    console.print(table)
    if only_list:
        return 0
    for days in batches(day.isoformat() for day in outdated["snapshot_on"]):
        if status := run_job("restate", tags_for(days), home, console):
            return status
    return 0


def _outdated(console: Console) -> pl.DataFrame:
    from rfm_assets.defs.resources import alone_on, warehouse_of
    from rfm_assets.engines.duckdb.engine import DuckDBEngine
    from rfm_assets.engines.duckdb.migrations import require_up_to_date
    from rfm_assets.engines.duckdb.warehouse import open_warehouse
    from rfm_assets.segmentation.restating import outdated_snapshots
    from rfm_assets.settings import SettingsError, load_settings

    settings = load_settings()
    if not settings.warehouse.exists():
        raise SettingsError(f"there is no warehouse {settings.warehouse}: refresh a day first, or correct RFM_DATA")
    # Looked at and not touched: only a run of Dagster's brings the tables of an older release up to date, and says so.
    with (
        alone_on(settings.warehouse, console.out),
        duckdb.connect(config={**warehouse_of(settings).connection_config}) as connection,
    ):
        open_warehouse(connection, settings.warehouse, read_only=True)
        require_up_to_date(connection)
        engine = DuckDBEngine(connection, is_up_to_date=True)
        return outdated_snapshots(engine, settings.monetary, settings.min_customers)


if __name__ == "__main__":
    sys.exit(main())
