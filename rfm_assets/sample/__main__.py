"""Write the sample shop from the command line: ``python -m rfm_assets.sample PATH [--scale S] [--seed N]``."""

import argparse
import sys
from pathlib import Path

from rfm_assets.sample import FIRST_DAY, LAST_DAY, write_sample


def main() -> int:
    """Write the file that the arguments name and print one line about it; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m rfm_assets.sample", description="Write a sample shop as CSV.")
    parser.add_argument("path", type=Path)
    parser.add_argument("--scale", type=float, default=1.0, help="1 gives about 1,500 customers and 60,000 lines")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--alone", action="store_true", help="refuse when other files lie beside PATH")
    arguments = parser.parse_args()
    own = (arguments.path.name, f"{arguments.path.name}.part")
    beside = sorted(path.name for path in arguments.path.parent.glob("[!.]*") if path.name not in own)
    if arguments.alone and beside:
        print(
            f"error: {arguments.path.parent} holds {beside[0]} too, and a data folder holds one shop: name another, "
            "such as `make demo RFM_DATA=data/demo`",
            file=sys.stderr,
        )
        return 1
    try:
        summary = write_sample(arguments.path, scale=arguments.scale, seed=arguments.seed)
    except (OSError, ValueError) as wrong:
        print(f"error: {wrong}", file=sys.stderr)
        return 1
    print(
        f"{arguments.path}: {summary.lines:,} lines ({summary.unreadable:,} unreadable) of {summary.customers:,} "
        f"customers, {FIRST_DAY} to {LAST_DAY}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
