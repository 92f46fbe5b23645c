"""Which mapping fits a file, or a draft of one, and five lines by it: ``python -m rfm_assets.ingestion.source``."""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rfm_assets.contracts import TABLES
from rfm_assets.engines.errors import UnreadableFileError
from rfm_assets.ingestion.drafts import draft
from rfm_assets.ingestion.formats import COPIES, Unpacked, unpacked
from rfm_assets.ingestion.mappings import NoSourceError, SourceError, load_sources, read_source
from rfm_assets.ingestion.matching import Target
from rfm_assets.ingestion.reading import Read, read_lines
from rfm_assets.ingestion.samples import sample
from rfm_assets.settings import Settings, SettingsError, load_settings

LOOKED_AT = 1_000  # lines of a text file
SHOWN = 5
LONGEST = 500  # characters of a value, and of a line that cannot be read: with an open quote, it is all that follows
DRAFT = ".toml.draft"
USER_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 when a mapping fits or a draft was written, 2 with one message when not."""
    parser = argparse.ArgumentParser(prog="python -m rfm_assets.ingestion.source", description="Look at a file.")
    parser.add_argument("file", type=Path, metavar="FILE", help="an export of transactions, in landing or anywhere")
    options = parser.parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True, emoji=False)
    try:
        _look(options.file, load_settings(), console)
    except (SettingsError, SourceError, UnreadableFileError, OSError) as wrong:
        print(f"error: {wrong}", file=sys.stderr)
        return USER_ERROR
    return 0


def _look(path: Path, settings: Settings, console: Console) -> None:
    sources = load_sources(settings.sources)
    landing = settings.landing.resolve()
    name = path.resolve().relative_to(landing).as_posix() if path.resolve().is_relative_to(landing) else path.name
    with unpacked(path) as plain, TemporaryDirectory(prefix=COPIES) as folder:
        head = _head(plain, Path(folder))
        try:
            _show(head, Target(sources, name, settings.currency, settings.timezone), console)
            return
        except NoSourceError as failure:
            console.print(escape(str(failure)))
        file = _write_draft(plain, path, settings)
        console.print(f"\nA draft is in {escape(str(file))}. Look at each guess in it.")
        try:
            source = read_source(file.name.removesuffix(DRAFT), file)
        except SourceError as failure:
            console.print(f"It is not whole yet: {escape(str(failure))}")
            return
        _show(head, Target([source], name, settings.currency, settings.timezone), console)
        console.print(f"To put it in force, rename it to {escape(source.name)}.toml.")


def _write_draft(plain: Unpacked, path: Path, settings: Settings) -> Path:
    """Write a draft into the folder of own sources, under a name that puts no guess in force.

    Raises:
        SourceError: a mapping or draft of that name is there.
    """
    name = re.sub(r"\W+", "_", path.name.split(".")[0].lower()).strip("_") or "source"
    file = settings.sources / f"{name}{DRAFT}"
    for taken in (file, settings.sources / f"{name}.toml"):
        if taken.exists():
            raise SourceError(f"{taken} is there already: correct it, or take it away for a new draft of {path}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(draft(sample(plain), settings.currency), encoding="utf-8")
    return file


def _head(plain: Unpacked, folder: Path) -> Path:
    """Return a file with the first lines of a text file, all ended alike: enough to show, whatever its size."""
    if plain.format != "text":
        return plain.path
    head = folder / "head"
    with plain.path.open(encoding="utf-8-sig") as file, head.open("w", encoding="utf-8", newline="") as copy:
        copy.writelines(_whole(file))
    return head


def _whole(lines: Iterable[str]) -> Iterator[str]:
    """Give the first lines, and those after them that belong to the last record."""
    quotes = 0
    for number, line in enumerate(lines):
        if number >= LOOKED_AT and (quotes % 2 == 0 or number >= 2 * LOOKED_AT):
            return
        quotes += line.count('"')
        yield line


def _show(path: Path, target: Target, console: Console) -> None:
    import duckdb

    from rfm_assets.engines.duckdb.engine import DuckDBEngine
    from rfm_assets.engines.duckdb.warehouse import open_warehouse

    with duckdb.connect() as connection:
        open_warehouse(connection, Path(":memory:"))
        engine = DuckDBEngine(connection)
        read = read_lines(engine, path, 1, target)
        names = [  # our own contract's
            column for column in TABLES["raw.transactions"].column_names if column not in ("file_id", "invoiced_on")
        ]
        lines = engine.read(f"select {', '.join(names)} from raw.transactions order by line_no limit {SHOWN}")  # noqa: S608
        count = engine.count(TABLES["raw.transactions"])
    console.print(f"The source {read.source} fits.")
    if read.above_headers:
        console.print(f"Lines passed over above its header: {read.above_headers}.")
    # A line of the file goes down: there are more columns than a terminal has room for.
    table = Table(show_header=False)
    table.add_column(no_wrap=True)
    for _ in range(len(lines)):
        table.add_column(overflow="fold")
    for name in names:
        table.add_row(name, *(escape("" if value is None else str(value)[:LONGEST]) for value in lines[name]))
    if len(lines):
        console.print(table, soft_wrap=False)
    console.print(_unread(read, count))


def _unread(read: Read, count: int) -> str:
    if not read.refused:
        return f"{'1 line was' if count == 1 else f'{count:,} lines were'} looked at, and each could be read."
    first, lost = read.refused[0], sum(line.lost for line in read.refused)
    return (
        f"{lost:,} of the {count + lost:,} lines looked at cannot be read. "
        f"The first is line {first.line_no}: {escape(first.error)}\n{escape(first.text[:LONGEST])}"
    )


if __name__ == "__main__":
    sys.exit(main())
