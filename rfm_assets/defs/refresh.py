"""The command behind `make refresh`: runs the job on the user's Dagster instance, with progress and plain errors."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import Thread

import dagster as dg
from filelock import FileLock, Timeout
from rich.console import Console
from rich.markup import escape

from rfm_assets.defs.progress import shown
from rfm_assets.settings import SettingsError, load_settings

USER_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job for a day or a range of days; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m rfm_assets.defs.refresh", description=main.__doc__)
    parser.add_argument("first", metavar="DAY", help="snapshot day, such as 2011-12-09")
    parser.add_argument("last", metavar="LAST", nargs="?", help="last day of a range, all in one run")
    options = parser.parse_args(arguments)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        return _run(options.first, options.last or options.first, console)
    except (SettingsError, dg.DagsterInvariantViolationError) as wrong:
        console.print(f"error: {escape(str(wrong))}")
        return USER_ERROR


def _run(first: str, last: str, console: Console) -> int:
    from rfm_assets.definitions import defs
    from rfm_assets.defs.partitions import SNAPSHOTS

    for day in (first, last):
        if not SNAPSHOTS.has_partition_key(day):
            console.print(
                f"error: {escape(day)} is not a day that can be refreshed: days are written 2011-12-09 and go from "
                f"{SNAPSHOTS.get_first_partition_key()} to {SNAPSHOTS.get_last_partition_key()}. "
                "RFM_FIRST_SNAPSHOT and RFM_LAST_SNAPSHOT set these limits"
            )
            return USER_ERROR
    if last < first:
        console.print(f"error: the range ends on {last}, before it begins on {first}: exchange them")
        return USER_ERROR
    home = Path(os.environ.get("DAGSTER_HOME", ""))
    if not home.is_absolute() or not home.is_dir():
        found = f"is {str(home)!r}" if os.environ.get("DAGSTER_HOME") else "is not set"
        console.print(
            f"error: DAGSTER_HOME {escape(found)}: it names the folder of your Dagster instance, by its whole path; "
            "`make` sets it"
        )
        return USER_ERROR
    _load_early()
    job = defs().resolve_job_def("refresh")
    tags = {"dagster/partition": first} if first == last else {
        "dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last
    }  # fmt: skip
    steps = len(job.graph.node_dict)
    with (
        _alone(home, console),
        dg.DagsterInstance.get() as instance,
        shown(console, steps),
    ):
        result = job.execute_in_process(
            instance=instance,
            tags=tags,
            run_config={"loggers": {"progress": {}}},
            raise_on_error=False,
        )
    return 0 if result.success else 1


def _load_early() -> None:
    """Load scikit-learn beside the first steps where a first version will be fitted: it takes a second of one CPU."""
    if not load_settings().warehouse.exists():
        Thread(target=import_module, args=("sklearn.cluster",), daemon=True).start()


@contextmanager
def _alone(home: Path, console: Console) -> Iterator[None]:
    """Wait until no other command runs on the instance: DuckDB has one writer, and two cannot make an instance."""
    lock = FileLock(home / "refresh.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        console.print("waiting for another refresh on this Dagster instance to end")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # taking Dagster, DuckDB and scikit-learn apart in memory takes a second, and changes nothing
