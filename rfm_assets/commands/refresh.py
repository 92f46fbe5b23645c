"""The command behind `make refresh`: runs the job for a day or a range of days."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from rfm_assets.commands.runs import USER_ERROR, guarded, instance_home, run_job


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job for a day or a range of days; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m rfm_assets.commands.refresh", description=main.__doc__)
    parser.add_argument("first", metavar="DAY", help="snapshot day, such as 2011-12-09")
    parser.add_argument("last", metavar="LAST", nargs="?", help="last day of a range, all in one run")
    options = parser.parse_args(arguments)
    return guarded(lambda console: _run(options.first, options.last or options.first, console))


def _run(first: str, last: str, console: Console) -> int:
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
    home = instance_home(console)
    if home is None:
        return USER_ERROR
    tags = {"dagster/partition": first} if first == last else {
        "dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last
    }  # fmt: skip
    return run_job("refresh", tags, home, console)


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # taking Dagster, DuckDB and scikit-learn apart in memory takes a second, and changes nothing
