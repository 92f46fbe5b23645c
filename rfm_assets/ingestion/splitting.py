"""The first lines of a text file, and the fields in them: what a mapping is found by."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice
from pathlib import Path

from rfm_assets.engines.errors import UnreadableFileError
from rfm_assets.engines.layout import LONGEST_FIELD, WHITESPACE

DELIMITERS = (",", ";", "\t", "|")
LONGEST_HEADER = 1 << 20  # characters
LOOKED_AT = 20  # lines, or rows: a header is one of them


def first_lines(path: Path) -> dict[int, str]:
    """Return the first lines that are not blank of a text file that is not, by number; a name may hold a line end."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(io.StringIO(file.read(LONGEST_HEADER), newline=""))
    first = next(at for at, line in enumerate(lines) if line.strip())
    quotes = accumulate(line.count('"') for line in lines[first:])
    end = first + 1 + next((at for at, count in enumerate(quotes) if count % 2 == 0), 0)
    numbered = {first + 1: "".join(lines[first:end])} | dict(enumerate(lines[end:], start=end + 1))
    filled = ((number, line.rstrip("\r\n")) for number, line in numbered.items() if line.strip())
    return dict(islice(filled, LOOKED_AT))


def is_whole(line: str) -> bool:
    """Return whether a line is a record, and not a part of one or several."""
    return line.count('"') % 2 == 0 and len(line.splitlines()) == 1


def split(line: str, delimiter: str) -> list[str]:
    """Return the fields of a line, without the blanks around them.

    Raises:
        UnreadableFileError: a field is longer than the csv module reads.
    """
    if delimiter == WHITESPACE:
        return line.split()
    return next(records(io.StringIO(line, newline=""), delimiter), [])


def records(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Give the fields of each record, without the blanks around them; errors as `split` has them."""
    try:
        csv.field_size_limit(LONGEST_FIELD)
        yield from ([field.strip() for field in row] for row in csv.reader(lines, delimiter=delimiter))
    except csv.Error as failure:
        raise UnreadableFileError(f"its text cannot be split into fields ({failure}): is it a table?") from None
