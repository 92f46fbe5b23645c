"""Print the answer to a question from the published tables: python examples/read.py examples/questions/win_back.sql.

Needs duckdb and polars, and nothing of this project. The connection is closed before anything is done with the rows,
so that the next run of this file sees the next snapshot, and the publication waits for nobody.
"""

import argparse
import os
import sys
from pathlib import Path

import duckdb
import polars as pl


def answer(published: Path, question: Path) -> pl.DataFrame:
    """Return the rows that a SELECT gives, money as decimals."""
    with duckdb.connect(str(published), read_only=True) as connection:
        # Needs no pyarrow, as DuckDB's own `.pl()` does.
        return pl.scan_arrow_c_stream(connection.sql(question.read_text(encoding="utf-8"))).collect()


def main() -> int:
    """Print what the command line asks for, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("question", type=Path, help="a file with one SELECT, such as those in examples/questions")
    parser.add_argument("--published", type=Path, default=Path("data/published/segments.duckdb"), help="%(default)s")
    parser.add_argument("--rows", type=int, default=20, help="how many rows are printed at most (%(default)s)")
    chosen = parser.parse_args()
    try:
        rows = answer(chosen.published, chosen.question)
    except (OSError, duckdb.Error) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    # Long texts go over several lines: none is cut.
    with pl.Config(
        tbl_rows=chosen.rows, tbl_cols=-1, tbl_width_chars=160, fmt_str_lengths=10_000, tbl_hide_column_data_types=True
    ):
        print(rows, flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # who reads has seen enough, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
