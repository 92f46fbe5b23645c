"""Write the sample shop from the command line: ``python -m rfm_assets.sample PATH [--scale S] [--seed N]``."""

import argparse
from pathlib import Path

from rfm_assets.sample import write_sample


def main() -> None:
    """Write the file that the arguments name and print one line about it."""
    parser = argparse.ArgumentParser(prog="python -m rfm_assets.sample", description="Write a sample shop as CSV.")
    parser.add_argument("path", type=Path)
    parser.add_argument("--scale", type=float, default=1.0, help="1 gives about 1,500 customers and 60,000 lines")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    summary = write_sample(arguments.path, scale=arguments.scale, seed=arguments.seed)
    print(
        f"{arguments.path}: {summary.lines:,} lines ({summary.unreadable:,} unreadable) of {summary.customers:,} "
        f"customers, {summary.first_day} to {summary.last_day}"
    )


if __name__ == "__main__":
    main()
