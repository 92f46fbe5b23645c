"""Which mapping fits a file, or a draft of one, and five lines by it: ``python -m rfm_assets.ingestion.source``."""

import argparse
import re
import sys
import unicodedata
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from rfm_assets.engines.errors import UnreadableFileError
from rfm_assets.ingestion.drafts import draft
from rfm_assets.ingestion.formats import COPIES, Unpacked, unpacked
from rfm_assets.ingestion.mappings import NoSourceError, SourceError, load_sources, read_source
from rfm_assets.ingestion.matching import Target
from rfm_assets.ingestion.non_products import NonProductError, codes_left_out
from rfm_assets.ingestion.samples import head_of, sample
from rfm_assets.ingestion.showing import show
from rfm_assets.settings import Settings, SettingsError, load_settings
from rfm_assets.shown import escape, harmless

MAX_CONTROLS = 0.01  # share of characters: a stray one is in many texts, but a picture has one in ten
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
    except (SettingsError, SourceError, NonProductError, UnreadableFileError, OSError) as wrong:
        print(harmless(f"error: {wrong}"), file=sys.stderr)
        return USER_ERROR
    return 0


def _look(path: Path, settings: Settings, console: Console) -> None:
    if path.is_dir():
        raise SourceError(f"{path} is a folder: say which file in it")
    sources = load_sources(settings.sources)
    excluded = codes_left_out(settings)
    landing = settings.landing.resolve()
    name = path.resolve().relative_to(landing).as_posix() if path.resolve().is_relative_to(landing) else path.name
    with unpacked(path) as plain, TemporaryDirectory(prefix=COPIES) as folder:
        head = head_of(plain, Path(folder))
        try:
            show(head.path, Target(sources, name, settings.currency, settings.timezone), excluded, console)
            return
        except NoSourceError as failure:
            console.print(escape(failure.message))
        file = _write_draft(head, path, settings)
        console.print(f"\nA draft is in {escape(str(file))}. Look at each guess in it.")
        try:
            source = read_source(file.name.removesuffix(DRAFT), file)
        except SourceError as failure:
            console.print(f"It is not whole yet: {escape(str(failure))}")
            return
        show(head.path, Target([source], name, settings.currency, settings.timezone), excluded, console)
        console.print(f"To put it in force, rename it to {escape(source.name)}.toml.")


def _write_draft(head: Unpacked, path: Path, settings: Settings) -> Path:
    """Write a draft into the folder of own sources, under a name that puts no guess in force.

    Raises:
        SourceError: a mapping or draft of that name is there, or the file is no table at all.
    """
    name = re.sub(r"\W+", "_", path.name.split(".")[0].lower()).strip("_") or "source"
    file = settings.sources / f"{name}{DRAFT}"
    for taken in (file, settings.sources / f"{name}.toml"):
        if taken.exists():
            raise SourceError(f"{taken} is there already: correct it, or take it away for a new draft of {path}")
    rows = sample(head)
    text = "".join(chain.from_iterable(rows.rows))
    if sum(map(_is_control, text)) > MAX_CONTROLS * len(text):
        raise SourceError(f"{path} is neither text nor a workbook. Export a table as CSV, xlsx, Parquet or JSON")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(draft(rows, settings.currency), encoding="utf-8")
    return file


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) == "Cc" and not letter.isspace()


if __name__ == "__main__":
    sys.exit(main())
