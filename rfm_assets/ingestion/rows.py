"""The rows of workbooks and the objects of JSON, as frames of text with the number of each."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

import polars as pl

from rfm_assets.engines.base import Refused
from rfm_assets.engines.errors import UnreadableFileError
from rfm_assets.ingestion import nested
from rfm_assets.ingestion.far_cells import require_near

SHEET_ROWS = 1_048_576  # the most that a sheet of a workbook holds
BATCH = 100_000  # objects
BEGINNING = 1 << 20  # characters: as much as the format is told from
LOOKED_AT = 1_000  # objects whose names make the columns
NO_MARKS: Mapping[str, str] = {}
BLANKS = " \t\r\n"  # of JSON
OPEN = ("{", "[")  # at the end of a first line: the object goes on in the next
# calamine's reading of a date cell, whatever the cell shows; with a T, of one that a strict workbook writes out.
SHEET_MOMENTS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f",
)  # fmt: skip


class Elements(Protocol):
    """Gives the elements of a list of JSON, or the objects of a file that are several lines each, as an engine does."""

    def __call__(self, path: Path, *, is_list: bool) -> Iterator[str]:
        """Give those of a file."""


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook: number from 0, name, and rows that are not blank.

    `rows` holds `line_no`, which goes on from sheet to sheet as the contract of `raw.transactions` says, and text
    columns `c0` ….
    """

    number: int
    name: str
    rows: pl.DataFrame

    def first(self, count: int) -> list[list[str]]:
        """Return the first rows, without their numbers."""
        return [[value or "" for value in row[1:]] for row in self.rows.head(count).rows()]


def sheets(path: Path) -> Iterator[Sheet]:
    """Give the sheets of a workbook that are not blank, one after the other.

    Raises:
        UnreadableFileError: it is no workbook, or a damaged one, or a cell is far from the others.
    """
    import fastexcel

    content = path.read_bytes()
    require_near(content)
    try:
        workbook = fastexcel.read_excel(content)  # by its path, its name would say what it is
        for number, name in enumerate(workbook.sheet_names):
            # Without a header and with no row skipped, rows keep the numbers that the sheet shows.
            rows = workbook.load_sheet(number, header_row=None, skip_rows=0, dtypes="string").to_polars()
            rows.columns = [f"c{position}" for position in range(rows.width)]
            rows = rows.with_columns(_shortest(pl.all())).with_row_index("line_no", offset=1)
            rows = rows.filter(~pl.all_horizontal(pl.exclude("line_no").is_null()))
            if rows.height and rows.width > 1:
                rows = rows.with_columns(pl.col("line_no").cast(pl.Int64) + number * SHEET_ROWS)
                yield Sheet(number, name, rows)
    except fastexcel.FastExcelError as failure:
        reason = str(failure).splitlines()[0]
        raise UnreadableFileError(
            f"it is no workbook that can be read: {reason}. "
            "Save it again, without a password; if it is an archive of other files, unpack it"
        ) from failure


def with_comma(number: pl.Expr, thousands: str) -> pl.Expr:
    """Return the cells of a column of numbers as a source with decimal comma writes them.

    calamine gives the number 2.5 and the text "2.5" as the same. What could be a text of thousands is made no number:
    the line is refused, not guessed.
    """
    written = pl.when(number.str.contains(r"^-?[0-9]+\.[0-9]+$")).then(number.str.replace(".", ",", literal=True))
    if thousands != ".":
        return written.otherwise(number)
    return (
        pl.when(number.str.contains(r"^-?[1-9][0-9]{0,2}\.[0-9]{3}$"))
        .then(number + " (a decimal point, or thousands?)")
        .otherwise(written.otherwise(number))
    )


def _shortest(text: pl.Expr) -> pl.Expr:
    # calamine writes a number with 9 decimals; beyond 15 digits these are no longer what the sheet shows.
    digits = text.str.contains(r"^-?[0-9]{7,}\.[0-9]{9}$")
    return pl.when(digits).then(text.cast(pl.Float64, strict=False).round_sig_figs(15).cast(pl.String)).otherwise(text)


def json_columns(path: Path, elements: Elements, *, of_one_list: bool = False) -> tuple[str, ...]:
    """Return the names in the first objects of a JSON file, however they stand; one may leave out what is empty.

    Args:
        path: of the file.
        elements: gives those of a list, or objects of several lines.
        of_one_list: of what objects hold in lists, only the list whose lines have the most names.

    Raises:
        UnreadableFileError: there is no object among them, or a list is damaged.
    """
    found = [_object(text) for _, text in islice(_texts(path, elements), LOOKED_AT)]
    objects = [one for one in found if not isinstance(one, str)]
    if not objects:
        what = found[0] if found else "it is empty"
        raise UnreadableFileError(f"it has no JSON objects ({what}). Write one object a line, or a list of objects")
    ways = nested.names(objects)
    longest = max(ways, key=len)
    return tuple(longest if of_one_list else dict.fromkeys(chain(*ways)))


def _texts(path: Path, elements: Elements) -> Iterator[tuple[int, str]]:
    """Give the lines of a JSON file that are not blank, or what else it holds, with the number of each."""
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        first = next(iter(file.read(BEGINNING).lstrip(BLANKS).splitlines()), "")
    if first.startswith("[") or first.rstrip(BLANKS).endswith(OPEN):
        yield from enumerate(elements(path, is_list=first.startswith("[")), start=1)
        return
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        yield from ((number, line) for number, line in enumerate(file, start=1) if line.strip())


class _Number(str):
    """A JSON number in its own digits."""

    __slots__ = ()


def json_frames(
    path: Path,
    columns: tuple[str, ...],
    elements: Elements,
    refused: list[Refused],
    marks: Mapping[str, str] = NO_MARKS,
) -> Iterator[pl.DataFrame]:
    """Give the objects of a JSON file as frames of `line_no` and the columns as `c0` onwards.

    The number is that of the line; in a list, or where objects go over lines, the object's place. Of an object that is
    several lines of raw, as `nested.lines` has it, each has a number; those behind it go on from there. Numbers keep
    the digits that they are written with. What is no object is added to `refused`.

    Args:
        path: of the file.
        columns: names of what is wanted, in order.
        elements: gives those of a list, or objects of several lines.
        refused: gets what is no object.
        marks: how the source's texts write the decimal point of a column: numbers are put so, too.
    """
    schema = {"line_no": pl.Int64, **{f"c{position}": pl.String for position in range(len(columns))}}
    texts, more = _texts(path, elements), 0
    while batch := list(islice(texts, BATCH)):
        rows = []
        for number, text in batch:
            found = _lines(text, columns)
            if isinstance(found, str):
                refused.append(Refused(number + more, text.rstrip("\r\n"), found))
                continue
            for at, values in enumerate(found, start=number + more):
                rows.append((at, *(_text(values.get(column), marks.get(column)) for column in columns)))
            more += len(found) - 1
        yield pl.DataFrame(rows, schema=schema, orient="row")


def _lines(text: str, columns: Collection[str]) -> list[dict[str, object]] | str:
    """Return the lines of the object that a text is, or what is wrong with it."""
    found = _object(text)
    try:
        return found if isinstance(found, str) else nested.lines(found, columns)
    except nested.SeveralListsError as wrong:
        return str(wrong)


def _object(text: str) -> dict[str, object] | str:
    """Return the object that a text is, or what is wrong with it."""
    try:
        found = json.loads(text, parse_float=_Number, parse_int=str, parse_constant=_no_number)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as failure:
        return f"no JSON: {failure}"
    return found if isinstance(found, dict) else "no JSON object"


def _no_number(_: str) -> None:
    # How some programs write that nothing is there.
    return None


def _text(value: object, mark: str | None = None) -> str | None:
    if mark and isinstance(value, _Number):
        return value.replace(".", mark)
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)
