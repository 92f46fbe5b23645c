"""How far the cells of a workbook's sheets reach: told before a sheet is loaded, which takes room for all between them.

Source: ECMA-376, part 1, 18.3.1.4 (cells) and 18.3.1.73 (rows).
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, is_zipfile

from rfm_assets.engines.errors import UnreadableFileError

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # XFD
MANY = 40_000_000  # cells, empty ones among them: about two gigabytes when loaded
LEAST_FILLED = 0.1  # share of the cells where they are many
BLOCK = 1 << 16  # bytes
LONGEST_TAG = 1 << 10  # bytes
SHEETS = "xl/worksheets/"
COLUMN = re.compile(rb' r="([A-Za-z]+)')
REFERENCE = re.compile("([A-Za-z]{1,3})([0-9]{1,7})")
DAMAGED = (BadZipFile, EOFError, RuntimeError, ValueError, zlib.error)  # what damaged zips, or locked ones, raise


@dataclass
class Extent:
    """How far the cells of a sheet reach that are not empty, and how many they are."""

    rows: int = 0
    columns: int = 0
    filled: int = 0
    lowest: str = ""  # a cell of the last row
    rightmost: str = ""  # and one of the last column


def require_near(content: bytes) -> None:
    """Do nothing when no sheet of a workbook has cells far from the others.

    What is no zip, or a damaged one, is left to the reader of workbooks.

    Raises:
        UnreadableFileError: a cell is beyond the last one of a sheet, or most of what its cells span is empty.
    """
    try:
        wrong = _wrong(content) if is_zipfile(BytesIO(content)) else None
    except DAMAGED:
        return
    if wrong:
        raise UnreadableFileError(wrong)


def _wrong(content: bytes) -> str | None:
    with ZipFile(BytesIO(content)) as book:
        for entry in book.infolist():
            path = _path(entry.filename)
            if not (path.startswith(SHEETS) and path.endswith(".xml")):
                continue
            if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # calamine reads no other
                continue
            with book.open(entry) as part:
                if not _may_reach_far(part):
                    continue
            with book.open(entry) as part:
                wrong = _far_cell(part)
            if wrong:
                return f"sheet {_names(book).get(path, path)!r}: {wrong}"
    return None


def _may_reach_far(part: IO[bytes]) -> bool:
    """Return whether a sheet's XML has to be parsed: it seems to reach far, or is not written as usual.

    It is ten times as fast as a parser, and may take empty cells for others.
    """
    columns = rows = tags = references = 0
    for block in _blocks(part):
        tags += block.count(b"c>")
        found = COLUMN.findall(block)
        if not found:
            continue
        references += len(found)
        columns = max([columns, *map(_number, set(found))])
        # Of rows, only numbers with enough digits to matter are taken out of the text.
        digits = len(str(min(LAST_ROW, MANY // columns)))
        seen = re.findall(rb' r="[A-Za-z]+([0-9]{%d,9})' % digits, block)
        rows = max([rows, 10 ** (digits - 1) - 1, *map(int, set(seen))])
    if tags > references or columns > LAST_COLUMN or rows > LAST_ROW:
        return True
    return _is_sparse(rows * columns, tags)


def _is_sparse(spanned: int, filled: int) -> bool:
    return spanned > MANY and filled < LEAST_FILLED * spanned


def _blocks(part: IO[bytes]) -> Iterator[bytes]:
    """Give the XML in blocks that end where a tag begins, so that none is cut; of longer text, some is left out."""
    rest = b""
    while read := _read(part):
        block = rest + read
        end = max(block.rfind(b"<"), 0)
        rest = block[end : end + LONGEST_TAG]
        yield block[:end]
    yield rest


def _read(part: IO[bytes]) -> bytes:
    try:
        return part.read(BLOCK)
    except DAMAGED:  # calamine reads up to there, too
        return b""


def _far_cell(part: IO[bytes]) -> str | None:
    """Return what is wrong with how far a sheet's cells reach, and what to do."""
    try:
        extent = _extent(part)
    except _BeyondError as failure:
        return f"its cell {failure} is none that a sheet can hold (A1 to XFD{LAST_ROW}). Delete it, or export as CSV"
    except (expat.ExpatError, *DAMAGED) as failure:
        return f"it is damaged: {failure}. Save the workbook again, or export the sheet as CSV"
    spanned = extent.rows * extent.columns
    if not _is_sparse(spanned, extent.filled):
        return None
    return (
        f"its cells span {extent.rows:,} rows and {extent.columns:,} columns, up to {extent.lowest} and "
        f"{extent.rightmost}, but only {extent.filled:,} of these {spanned:,} cells are filled. "
        "Delete what stands far from the table, or export it as CSV"
    )


class _BeyondError(ValueError):
    """A cell is where no sheet has one."""


def _extent(part: IO[bytes]) -> Extent:
    extent = Extent()
    row = column = line = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, line
        match _local(name):
            case "row":
                number = attributes.get("r", "")[:9]  # nine digits are beyond the last one
                line, column = int(number) if number.isdecimal() else line + 1, 0
            case "c":
                row, column = _place(attributes["r"]) if "r" in attributes else (line, column + 1)
            case "v" | "is":
                if row > LAST_ROW or column > LAST_COLUMN:
                    raise _BeyondError(_reference(row, column))
                extent.filled += 1
                if row > extent.rows:
                    extent.rows, extent.lowest = row, _reference(row, column)
                if column > extent.columns:
                    extent.columns, extent.rightmost = column, _reference(row, column)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.ParseFile(part)
    return extent


def _place(reference: str) -> tuple[int, int]:
    found = REFERENCE.fullmatch(reference)
    if not found:
        raise _BeyondError(reference[:20])
    return int(found[2]), _number(found[1].encode())


def _number(column: bytes) -> int:
    number = 0
    for letter in column[:4].upper():  # four are beyond the last one
        number = 26 * number + letter - 64
    return number


def _reference(row: int, column: int) -> str:
    letters = ""
    while column:
        column, last = divmod(column - 1, 26)
        letters = chr(65 + last) + letters
    return f"{letters}{row}"


def _names(book: ZipFile) -> dict[str, str]:
    """Return the names of the sheets, each by the path of its part; none when they cannot be read."""
    parts = {_path(name): name for name in book.namelist()}
    try:
        relations = _elements(book, parts["xl/_rels/workbook.xml.rels"], "Relationship")
        sheets = _elements(book, parts["xl/workbook.xml"], "sheet")
    except (KeyError, expat.ExpatError, *DAMAGED):
        return {}
    targets = {relation.get("Id"): _path(relation.get("Target", "")) for relation in relations}
    names = {}
    for sheet in sheets:
        target = targets.get(next((value for key, value in sheet.items() if key.endswith(":id")), ""), "")
        names["xl/" + target.removeprefix("/").removeprefix("xl/")] = sheet.get("name", "")
    return names


def _elements(book: ZipFile, name: str, kind: str) -> list[dict[str, str]]:
    """Return the attributes of each element of a kind."""
    found: list[dict[str, str]] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if _local(element) == kind:
            found.append(attributes)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(book.read(name), True)
    return found


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _path(name: str) -> str:
    return name.replace("\\", "/").lower()
