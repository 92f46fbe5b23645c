"""The command behind `make refresh`: runs the job for a day or a range of days."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from rich.console import Console

from rfm_assets import beside
from rfm_assets.commands.errors import RunError, guarded
from rfm_assets.segmentation.cadence import due_on
from rfm_assets.settings import load_settings

# What fitting a model and drawing its picture load: more than a second, in which this process loads Dagster. The first
# says how often to look for garbage.
FITTING = (
    "rfm_assets.commands", "sklearn.cluster", "sklearn.tree", "scipy.optimize", "scipy.spatial.distance",
    "rfm_assets.segmentation.version", "rfm_assets.segmentation.rule_cards", "matplotlib.backends.backend_agg",
    "matplotlib.figure", "PIL.Image",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job for a day or a range of days; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m rfm_assets.commands.refresh", description=main.__doc__)
    parser.add_argument("first", metavar="DAY", help="snapshot day, such as 2011-12-09")
    parser.add_argument("last", metavar="LAST", nargs="?", help="last day of a range, all in one run")
    options = parser.parse_args(arguments)
    try:
        return guarded(lambda console: _run(options.first, options.last or options.first, console))
    finally:
        beside.stop()


def _run(first: str, last: str, console: Console) -> int:
    _prepare_fit(first, last)
    # Only now: Dagster loads for a second.
    from rfm_assets.commands.runs import instance_home, run_job
    from rfm_assets.defs.partitions import SNAPSHOTS, tags_of_range

    newest, settings = SNAPSHOTS.get_last_partition_key(), load_settings()
    if newest is None:
        raise RunError("RFM_FIRST_SNAPSHOT is not over yet: there is no day that can be refreshed")
    for day in (first, last):
        if _is_to_come(day, newest, settings.last_snapshot):
            raise RunError(
                f"{day} is not over yet by the shop's clock, {settings.timezone} (RFM_TIMEZONE): the last day that can "
                f"be refreshed is {newest}"
            )
        if not SNAPSHOTS.has_partition_key(day):
            raise RunError(
                f"{day} is not a day that can be refreshed: days are written 2011-12-09 and go from "
                f"{SNAPSHOTS.get_first_partition_key()} to {newest}. "
                "RFM_FIRST_SNAPSHOT and RFM_LAST_SNAPSHOT set these limits"
            )
    if last < first:
        raise RunError(f"the range ends on {last}, before it begins on {first}: exchange them")
    return run_job("refresh", tags_of_range(first, last), instance_home(), console)


def _is_to_come(day: str, newest: str, last_snapshot: date | None) -> bool:
    """Return whether a day can be refreshed later, and is not yet over."""
    with suppress(ValueError):  # no day
        return date.fromisoformat(newest) < date.fromisoformat(day) <= (last_snapshot or date.max)
    return False


def _prepare_fit(first: str, last: str) -> None:
    """Start a process to fit in where a fit is likely: in a new warehouse, or where a period of the cadence begins.

    Elsewhere it would take a second of a processor for nothing. A fit that comes unexpectedly is done in this process.
    """
    settings = load_settings()
    with suppress(ValueError):  # no day, which is said where days are compared with those there are
        begins = due_on(date.fromisoformat(last), settings.model_cadence)
        if begins >= date.fromisoformat(first) or not settings.warehouse.exists():
            beside.start(*FITTING)


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # taking Dagster, DuckDB and scikit-learn apart in memory takes a second, and changes nothing
