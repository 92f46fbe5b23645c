"""The objects of JSON files, as frames of text with the number of each."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal, Protocol

import polars as pl

from rfm_assets.engines.base import Refused
from rfm_assets.engines.errors import UnreadableFileError
from rfm_assets.ingestion import nested

BATCH = 100_000  # lines
BEGINNING = 1 << 20  # characters: as much as the format is told from
LOOKED_AT = 10_000  # objects whose names make the columns
NO_MARKS: Mapping[str, str] = {}
BLANKS = " \t\r\n"  # of JSON
EMPTY_DAY = "Is it a day without orders? Then set `files` in its mapping, which says what it is of"
OPEN = ("{", "[")  # at the end of a first line: the object goes on in the next


class Elements(Protocol):
    """Gives the elements of a list of JSON, or the objects of a file that are several lines each, as an engine does."""

    def __call__(self, path: Path, *, is_list: bool) -> Iterator[str]:
        """Give those of a file."""


def json_ways(path: Path, elements: Elements) -> dict[str, list[str]]:
    """Return the names in the first objects of a JSON file, however they stand, as `nested.names` has them.

    Args:
        path: of the file.
        elements: gives those of a list, or objects of several lines.

    Raises:
        UnreadableFileError: there is no object among them, or a list is damaged.
    """
    wrong: list[str] = []

    def objects() -> Iterator[nested.Object]:
        for _, text in islice(_texts(path, elements), LOOKED_AT):
            found = _object(text)
            if isinstance(found, str):
                wrong.append(found)
            else:
                yield found

    ways = nested.names(objects())  # one after the other: each may be a page of hundreds
    if not any(ways.values()):
        if not wrong:
            raise UnreadableFileError(f"it has no JSON objects (it is empty). {EMPTY_DAY}")
        raise UnreadableFileError(f"it has no JSON objects ({wrong[0]}). Write one object a line, or a list of objects")
    return ways


def is_without_lines(path: Path, columns: Collection[str], elements: Elements) -> bool:
    """Return whether a JSON file says that there is nothing: its list of all these columns is empty, as are its pages.

    Args:
        path: of the file.
        columns: names of what is wanted.
        elements: gives those of a list, or objects of several lines.

    Raises:
        UnreadableFileError: a list is damaged.
    """
    return all(_lines(text, columns) == [] for _, text in _texts(path, elements))


def json_head(path: Path, elements: Elements, count: int) -> str:
    """Return a text of the first objects of a JSON file, each with the number that it has there."""
    if _form(path) == "lines":
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            return "".join(islice(file, count))
    return f"[{','.join(text for _, text in islice(_texts(path, elements), count))}]"


def _form(path: Path) -> Literal["lines", "list", "objects"]:
    """Return how the objects of a file stand: each in a line of its own, in a list, or each over several lines."""
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        beginning = file.read(BEGINNING).lstrip(BLANKS)
    if beginning.startswith("["):
        return "list"
    first, _, _ = beginning.partition("\n")
    goes_on = first.rstrip(BLANKS).endswith(OPEN) or _end_of_object(beginning) > len(first)
    return "objects" if goes_on else "lines"


def _end_of_object(text: str) -> int:
    """Return where the first object of a text ends; 0 where it is cut off, or none."""
    try:
        return json.JSONDecoder().raw_decode(text)[1]
    except (ValueError, RecursionError):
        return 0


def _texts(path: Path, elements: Elements) -> Iterator[tuple[int, str]]:
    """Give the lines of a JSON file that are not blank, or what else it holds, with the number of each."""
    form = _form(path)
    if form != "lines":
        yield from enumerate(elements(path, is_list=form == "list"), start=1)
        return
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        yield from ((number, line) for number, line in enumerate(file, start=1) if line.strip())


class _Number(str):
    """A JSON number in its own digits."""

    __slots__ = ()


def json_frames(
    path: Path,
    columns: Sequence[str],
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
    rows, more, objects = [], 0, 0
    for number, text in _texts(path, elements):
        found = _lines(text, columns)
        if isinstance(found, str):
            # How many lines a page has that is cut off nobody knows: as many as those before it, on average.
            lost = 1 + round(more / max(objects, 1))
            refused.append(Refused(number + more, text.rstrip("\r\n"), found, lost))
            continue
        for at, values in enumerate(found, start=number + more):
            rows.append((at, *(_text(values.get(column), marks.get(column)) for column in columns)))
        more += max(len(found) - 1, 0)
        objects += 1
        if len(rows) >= BATCH:
            yield pl.DataFrame(rows, schema=schema, orient="row")
            rows = []
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


def _text(value: object, mark: str | None) -> str | None:
    if mark and isinstance(value, _Number):
        return value.replace(".", mark)
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)
