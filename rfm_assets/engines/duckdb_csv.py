"""Reading a text file with DuckDB so that each of its lines is found again: loaded, or refused with its text."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import duckdb
import polars as pl

from rfm_assets.engines.base import REFUND_LINES, WHITESPACE, Layout, Refused, UnreadableFileError
from rfm_assets.engines.duckdb_lines import insert_lines, refuse_lines

# A quoted field may be as long as the file.
LONGEST_FIELD = 2**31 - 1
LONGEST_LINE = 16_000_000  # bytes
# A line of blank-separated fields is read as one field: this control character is in no line of text.
NO_DELIMITER = "\x1f"
NUMBERS = {"row_number": pl.Int64, "start": pl.Int64}

SEPARATED = """
    select
        *,
        $first_line + row_number() over () as line_no,
    from read_csv(
        $path,
        auto_detect = false,
        header = $has_header,
        delim = $delimiter,
        quote = '"',
        escape = '"',
        columns = $types,
        max_line_size = $longest_line,
        store_rejects = true
    )
"""
BLANK_SEPARATED = """
    select
        {fields},
        $first_line + row_number() over () as line_no,
    from (
        select string_split_regex(trim(line, e' \\t\\r'), '[ \\t]+') as parts
        from read_csv(
            $path,
            auto_detect = false,
            header = $has_header,
            delim = $delimiter,
            quote = '',
            escape = '',
            columns = $types,
            max_line_size = $longest_line,
            store_rejects = true
        )
        where trim(line, e' \\t\\r') <> ''
    )
"""


def load(connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout, file_id: int) -> list[Refused]:
    """Append the lines of a UTF-8 file to `raw.transactions`; return those that could not be read, in the file's order.

    Line numbers are physical lines of the file, from 1; a quoted field may span several.

    Raises:
        UnreadableFileError: the lines loaded and refused are not all the lines of the file.
    """
    connection.execute("drop table if exists reject_errors; drop table if exists reject_scans")
    values: dict[str, object] = {
        "path": str(path),
        "delimiter": layout.delimiter,
        "has_header": layout.has_header,
        "first_line": int(layout.has_header),
        # Columns go by position: a header may hold anything, and nothing of it comes near the SQL.
        "types": {f"c{position}": "VARCHAR" for position in range(layout.width)},
        "longest_line": LONGEST_LINE,
    }
    records = SEPARATED
    if layout.delimiter == WHITESPACE:
        values |= {"delimiter": NO_DELIMITER, "types": {"line": "VARCHAR"}}
        # A line of another number of fields has none: what is missing is refused with its text.
        fields = (f"if(len(parts) = {layout.width}, parts[{at + 1}], null) as c{at}" for at in range(layout.width))
        records = BLANK_SEPARATED.format(fields=",\n        ".join(fields))
    insert_lines(connection, records, layout, file_id, values)
    loaded = _count(connection, file_id)
    rejected = connection.execute(
        "select line, any_value(csv_line), string_agg(error_message, '; ' order by column_idx)"
        " from reject_errors group by line order by line"
    ).fetchall()
    starts = _starts_of_records(path, layout, loaded + len(rejected))
    if starts:
        _renumber(connection, file_id, layout, starts, {record for record, *_ in rejected})
    refused = [
        Refused(starts[record] if starts else record, (text or "").strip("\r\n"), error)
        for record, text, error in rejected
    ]
    errors = refuse_lines(connection, file_id, layout)
    refused += [Refused(number, text, errors[number]) for number, text in _texts(path, errors)]
    return sorted(refused, key=lambda line: line.line_no)


def _count(connection: duckdb.DuckDBPyConnection, file_id: int) -> int:
    statement = "select count(*) from raw.transactions where file_id = $file_id and line_no < $refund_lines"
    return int(connection.execute(statement, {"file_id": file_id, "refund_lines": REFUND_LINES}).fetchall()[0][0])


def _starts_of_records(path: Path, layout: Layout, expected: int) -> dict[int, int]:
    """Return the first physical line of each record that is not blank, or nothing when record and line numbers agree.

    Records count from 1, a header and blank lines included: as DuckDB counts them.
    """
    with path.open("rb") as file:
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
        file.seek(-1, 2)
        lines += file.read(1) != b"\n"
    if lines == expected + layout.has_header:
        return {}
    starts = {}
    with _records(path, layout) as records:
        start = 1
        for record, (fields, last_line) in enumerate(records, start=1):
            if fields:
                starts[record] = start
            start = last_line + 1
    if layout.has_header:
        starts.pop(1, None)
    if len(starts) != expected:
        raise UnreadableFileError(
            f"it holds {len(starts):,} records, but {expected:,} were read: its quotes are broken. "
            "Export it again, or mend the quotes"
        )
    return starts


@contextmanager
def _records(path: Path, layout: Layout) -> Iterator[Iterator[tuple[bool, int]]]:
    """Give whether each record holds anything, and its last physical line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        if layout.delimiter == WHITESPACE:
            yield ((bool(line.strip(" \t\r\n")), number) for number, line in enumerate(file, start=1))
            return
        csv.field_size_limit(LONGEST_FIELD)
        reader = csv.reader(file, delimiter=layout.delimiter or ",")
        yield ((bool(fields), reader.line_num) for fields in reader)


def _renumber(
    connection: duckdb.DuckDBPyConnection, file_id: int, layout: Layout, starts: dict[int, int], rejected: set[int]
) -> None:
    numbers = [start for record, start in starts.items() if record not in rejected]
    first = 1 + layout.has_header
    frame = pl.DataFrame({"row_number": range(first, first + len(numbers)), "start": numbers}, schema_overrides=NUMBERS)
    connection.register("numbers", frame)
    connection.execute(
        "update raw.transactions set line_no = transactions.line_no - numbers.row_number + numbers.start from numbers"
        " where transactions.file_id = $file_id and transactions.line_no % $refund_lines = numbers.row_number",
        {"file_id": file_id, "refund_lines": REFUND_LINES},
    )
    connection.unregister("numbers")


def _texts(path: Path, errors: dict[int, str]) -> Iterator[tuple[int, str]]:
    """Give the number and text of each line that has an error."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, text in islice(enumerate(file, start=1), max(errors, default=0)):
            if number in errors:
                yield number, text.rstrip("\r\n")
