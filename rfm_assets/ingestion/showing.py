"""Lines of a file as a mapping reads them, and what would become of them, in a terminal."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, select
from rfm_assets.ingestion.cleaning import classify
from rfm_assets.ingestion.matching import Target
from rfm_assets.ingestion.non_products import exclude_codes
from rfm_assets.ingestion.reading import Read, read_lines
from rfm_assets.shown import escape

SHOWN = 5
LONGEST = 500  # characters of a value, and of a line that cannot be read: with an open quote, it is all that follows
FILE_ID = 1


def show(path: Path, target: Target, excluded_codes: Mapping[str, str], console: Console) -> None:
    """Read a file into a warehouse of its own, in memory; print which source fits, and some of its lines.

    Raises:
        SourceError: no source fits, or several do.
        UnreadableFileError: the file cannot be read as a whole.
    """
    import duckdb

    from rfm_assets.engines.duckdb.engine import DuckDBEngine
    from rfm_assets.engines.duckdb.warehouse import IN_MEMORY, open_warehouse

    with duckdb.connect() as connection:
        open_warehouse(connection, Path(IN_MEMORY))
        engine = DuckDBEngine(connection)
        exclude_codes(engine, excluded_codes)
        read = read_lines(engine, path, FILE_ID, target)
        engine.stage("touched_days", select("raw.file_days"), file_id=FILE_ID, replaced_id=FILE_ID)
        classify(engine)
        console.print(f"The source {read.source} fits.")
        if read.above_headers:
            console.print(f"Lines passed over above its header: {read.above_headers}.")
        _print_lines(engine, console)
        console.print(_unread(read, engine.count(TABLES["raw.transactions"])))
        _print_classes(engine, console)


def _print_lines(engine: Engine, console: Console) -> None:
    lines = engine.read(select("clean.first_lines"), shown=SHOWN)
    if lines.is_empty():
        return
    # A line of the file goes down: there are more columns than a terminal has room for.
    table = Table(show_header=False)
    table.add_column(no_wrap=True)
    for _ in range(len(lines)):
        table.add_column(overflow="fold")
    for name in lines.columns:
        table.add_row(name, *(escape("" if value is None else str(value)[:LONGEST]) for value in lines[name]))
    console.print(table, soft_wrap=False)


def _print_classes(engine: Engine, console: Console) -> None:
    classes = engine.read(select("clean.line_classes"))
    for is_rejected, meaning in ((False, "Counted"), (True, "Not counted")):
        told = ", ".join(
            f"{count:,} {name}" for name, rejected, count in classes.iter_rows() if rejected == is_rejected
        )
        if told:
            console.print(f"{meaning}: {told}.")
    if "duplicate" in classes["line_class"]:
        console.print("Duplicates are alike in every mapped column. If each was sold, map the line's number: line_id.")


def _unread(read: Read, count: int) -> str:
    if not read.refused:
        return f"{'1 line was' if count == 1 else f'{count:,} lines were'} looked at, and each could be read."
    first, lost = read.refused[0], sum(line.lost for line in read.refused)
    return (
        f"{lost:,} of the {count + lost:,} lines looked at cannot be read. "
        f"The first is line {first.line_no}: {escape(first.error)}\n{escape(first.text[:LONGEST])}"
    )
