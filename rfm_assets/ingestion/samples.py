"""The beginning of a file of any format: a part to be shown, and rows as text, which a mapping is guessed from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rfm_assets.engines.duckdb.records import json_elements, parquet_texts
from rfm_assets.engines.layout import WHITESPACE
from rfm_assets.ingestion.column_words import likeliest_list
from rfm_assets.ingestion.formats import Unpacked
from rfm_assets.ingestion.objects import json_frames, json_head, json_ways
from rfm_assets.ingestion.sheets import sheets
from rfm_assets.ingestion.splitting import DELIMITERS, records, split

LOOKED_AT = 1_000  # lines of a text file, or objects of JSON
ROWS = 200  # of them, that a mapping is guessed from


@dataclass(frozen=True)
class Sample:
    """The first rows of a file, a header included where it has one; `delimiter` is guessed, of text alone."""

    rows: list[list[str]]
    delimiter: str | None = None
    has_names: bool = False  # the format itself names the columns


def head_of(plain: Unpacked, folder: Path) -> Unpacked:
    """Return a file with the first lines of a text file, all ended alike, or the first objects of JSON: to be shown."""
    head = folder / "head"
    if plain.format == "json":
        head.write_text(json_head(plain.path, json_elements, LOOKED_AT), encoding="utf-8", newline="")
    elif plain.format == "text":
        with plain.path.open(encoding="utf-8-sig") as file, head.open("w", encoding="utf-8", newline="") as copy:
            copy.writelines(_whole(file))
    else:
        return plain
    return Unpacked(head, plain.format)


def _whole(lines: Iterable[str]) -> Iterator[str]:
    """Give the first lines, and those after them that belong to the last record."""
    quotes = 0
    for number, line in enumerate(lines):
        if number >= LOOKED_AT and (quotes % 2 == 0 or number >= 2 * LOOKED_AT):
            return
        quotes += line.count('"')
        yield line


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
    ways = json_ways(plain.path, json_elements)
    names = ways[likeliest_list(ways)]
    frame = next(json_frames(plain.path, names, json_elements, [])).drop("line_no").head(ROWS)
    return Sample([names, *_rows(frame.rows())], has_names=True)


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
