"""Where the records of a text file stand in it: the physical lines that each spans, and its text."""

import csv
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl

from rfm_assets.engines.base import Refused
from rfm_assets.engines.errors import LineEndsError
from rfm_assets.engines.layout import LONGEST_FIELD, WHITESPACE, Layout, is_moment

BLOCK = 1 << 16  # bytes, which a processor keeps at hand: a quarter of the time that a megabyte at once takes
NEWLINE = ord("\n")
BLANKS = " \t"


def line_count(path: Path) -> int:
    """Return the number of physical lines, whichever way they end."""
    count, last = 0, b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            count += int(np.count_nonzero(np.frombuffer(block, np.uint8) == NEWLINE))
            if returns := block.count(b"\r"):
                count += returns - block.count(b"\r\n")
            count -= last == b"\r" and block[:1] == b"\n"
            last = block[-1:]
    return count + (last not in (b"\n", b"\r"))


def records_of(path: Path, layout: Layout, expected: int) -> pl.DataFrame:
    """Return `record`, a number, `line_no` and `last_line_no`, its physical lines, of each but header and blank ones.

    Records count from 1, header, lines above it and blank lines included: as DuckDB counts them.

    Raises:
        LineEndsError: the file does not hold as many records as expected.
    """
    if line_count(path) == expected + layout.header_lines:
        return records_of_one_line(layout, expected)
    records, lines, last_lines = array("q"), array("q"), array("q")
    with _records(path, layout) as ends:
        line_no = first = layout.above_header + 1
        for record, (is_blank, last_line) in enumerate(ends, start=first):
            if not is_blank and record > layout.header_lines:
                records.append(record)
                lines.append(line_no)
                last_lines.append(last_line)
            line_no = last_line + 1
    if len(records) != expected:
        raise LineEndsError(
            f"it holds {len(records):,} records, but {expected:,} were read: its quotes are broken. "
            "Export it again, or mend the quotes"
        )
    columns = {"record": records, "line_no": lines, "last_line_no": last_lines}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Int64))


def records_of_one_line(layout: Layout, count: int) -> pl.DataFrame:
    """Return the records of a file in which each has one line, as `records_of` does."""
    first = 1 + layout.header_lines
    numbers = pl.int_range(first, first + count, eager=True)
    return pl.DataFrame({"record": numbers, "line_no": numbers, "last_line_no": numbers})


def swallowing(path: Path, records: pl.DataFrame, layout: Layout) -> dict[int, str]:
    """Return what is wrong with records that a stray quote made of several lines, by their first line."""
    found = {}
    for start, end, text in _texts(path, records.filter(pl.col("last_line_no") > pl.col("line_no"))):
        if (lost := whole_lines(text, layout)) > 1:
            found[start] = (
                f"it ends on line {end} only and swallows {lost} lines: a quote is not closed, or one too many"
            )
    return found


def whole_lines(text: str, layout: Layout) -> int:
    """Return how many lines of a record would be records by themselves: one, but for stray quotes.

    They have as many fields, and the first line or a moment among them: a note of several lines may have commas, too.
    """
    split = [line.split(layout.delimiter) for line in text.splitlines()]
    return sum(
        len(fields) >= layout.width and (not at or _has_moment(fields, layout)) for at, fields in enumerate(split)
    )


def _has_moment(fields: Sequence[str], layout: Layout) -> bool:
    plain = [field.strip(BLANKS + '"') for field in fields]
    return any(is_moment(text, form) for text in layout.moments(plain) for form in layout.writing.timestamp_formats)


def with_texts(path: Path, records: pl.DataFrame, errors: Mapping[int, str], layout: Layout) -> list[Refused]:
    """Return the records that begin on the lines of `errors`, with their texts as they stand in the file.

    Those of delimiters alone are none: spreadsheets write them for rows that were emptied.
    """
    texts = _texts(path, records.filter(pl.col("line_no").is_in(list(errors))))
    return [
        Refused(start, text, errors[start], max(whole_lines(text, layout), 1))
        for start, _, text in texts
        if layout.delimiter == WHITESPACE or text.strip(layout.delimiter)
    ]


def _texts(path: Path, records: pl.DataFrame) -> Iterator[tuple[int, int, str]]:
    """Give the first line, the last line and the text of each record."""
    at = 1
    with path.open(encoding="utf-8-sig", newline="") as file:
        for start, last in records.select("line_no", "last_line_no").iter_rows():
            text = "".join(islice(file, start - at, last - at + 1))
            yield start, last, text.rstrip("\r\n")
            at = last + 1


@contextmanager
def _records(path: Path, layout: Layout) -> Iterator[Iterator[tuple[bool, int]]]:
    """Give whether each record from the header on is blank, and its last physical line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        above = layout.above_header
        lines = islice(file, above, None)
        if not layout.writing.quote:
            blanks = f"{BLANKS}\r\n" if layout.delimiter == WHITESPACE else "\r\n"
            yield ((not line.strip(blanks), number) for number, line in enumerate(lines, start=above + 1))
            return
        csv.field_size_limit(LONGEST_FIELD)
        reader = csv.reader(lines, delimiter=layout.delimiter)
        yield ((not fields, above + reader.line_num) for fields in reader)
