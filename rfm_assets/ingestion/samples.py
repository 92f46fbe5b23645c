"""The first rows of a file of any format, as text: what a mapping is guessed from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rfm_assets.engines.duckdb.records import json_elements, parquet_texts
from rfm_assets.engines.layout import WHITESPACE
from rfm_assets.ingestion.formats import Unpacked
from rfm_assets.ingestion.rows import json_columns, json_frames, sheets
from rfm_assets.ingestion.splitting import DELIMITERS, records, split

ROWS = 200


@dataclass(frozen=True)
class Sample:
    """The first rows of a file, a header included where it has one; `delimiter` is guessed, of text alone."""

    rows: list[list[str]]
    delimiter: str | None = None
    has_names: bool = False  # the format itself names the columns


def sample(plain: Unpacked) -> Sample:
    """Return the first rows of an unpacked file.

    Raises:
        UnreadableFileError: the file cannot be read as a whole.
    """
    if plain.format == "text":
        return _of_text(plain.path)
    if plain.format == "workbook":
        return Sample(next(sheets(plain.path)).first(ROWS))
    if plain.format == "parquet":
        names, rows = parquet_texts(plain.path, ROWS)
        return Sample([names, *_rows(rows)], has_names=True)
    keys = json_columns(plain.path, json_elements, of_one_list=True)
    frame = next(json_frames(plain.path, keys, json_elements, [])).drop("line_no").head(ROWS)
    return Sample([list(keys), *_rows(frame.rows())], has_names=True)


def _rows(rows: Iterable[Sequence[str | None]]) -> list[list[str]]:
    return [[value or "" for value in row] for row in rows]


def _of_text(path: Path) -> Sample:
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(islice((line for line in file if line.strip()), ROWS))
    delimiter = max((*DELIMITERS, WHITESPACE), key=lambda each: _likeness(lines, each))
    if delimiter == WHITESPACE:
        return Sample([line.split() for line in lines], delimiter)
    return Sample([fields for fields in records(lines, delimiter) if any(fields)], delimiter)


def _likeness(lines: list[str], delimiter: str) -> tuple[float, int]:
    """Return how like one another lines become when split so: the share with the usual number of fields, above one."""
    counts = [len(split(line, delimiter)) for line in lines]
    usual = max(set(counts), key=counts.count)
    # Blanks are in most texts: only where nothing else splits the lines do they.
    return (counts.count(usual) / len(counts) if usual > 1 else 0) - (delimiter == WHITESPACE), usual
