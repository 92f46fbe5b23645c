"""Reading a text file with DuckDB so that each of its lines is found again: loaded, or refused with its text."""

from glob import escape
from pathlib import Path

import duckdb
import polars as pl

from rfm_assets.engines.base import REFUND_LINES, Refused
from rfm_assets.engines.csv_records import line_count, records_of, records_of_one_line, swallowing, with_texts
from rfm_assets.engines.duckdb.lines import insert_lines, refuse_lines
from rfm_assets.engines.layout import WHITESPACE, Layout

LONGEST_LINE = 16_000_000  # bytes; in a large file, one that is somewhat longer may pass
# A line of blank-separated fields is read as one field: this control character is in no line of text.
NO_DELIMITER = "\x1f"

# DuckDB numbers rows in one thread. Numbered once they are stored, in the file's order, they are read in several.
# What a line holds for the others of its order has to know its number.
NUMBERED = "$first_line + row_number() over ()"
NOT_YET_NUMBERED = "cast(0 as bigint)"
# A name says nothing of what is in the file: no pattern, no compression, no column that a folder stands for.
LINES = """read_csv(
        $path,
        auto_detect = false,
        skip = $above_header,
        header = $has_header,
        delim = $delimiter,
        quote = $quote,
        escape = $quote,
        columns = $types,
        max_line_size = $block,
        buffer_size = $block,
        store_rejects = true,
        compression = 'none',
        hive_partitioning = false
    )"""
SEPARATED = """
    select
        *,
        {line_no} as line_no,
    from {lines}
"""
BLANK_SEPARATED = """
    select
        {fields},
        {line_no} as line_no,
    from (
        select string_split_regex(trim(line, e' \\t\\r'), '[ \\t]+') as parts
        from {lines}
        where trim(line, e' \\t\\r') <> ''
    )
"""
# DuckDB reports a line once for each column that it lacks, and the first time alone with the columns that it has.
REJECTED = """
select
    line,
    first(error_message order by column_idx),
from reject_errors
group by line
"""


def load(connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout, file_id: int) -> list[Refused]:
    """Append the lines of a UTF-8 file to `raw.transactions`; return those that could not be read, in the file's order.

    Line numbers are physical lines of the file, from 1; a quoted field may span several.

    Raises:
        UnreadableFileError: the lines loaded and refused are not all the lines of the file.
    """
    connection.execute("drop table if exists reject_errors; drop table if exists reject_scans")
    values: dict[str, object] = {
        "path": escape(str(path)),
        "delimiter": layout.delimiter,
        "quote": layout.writing.quote,
        "above_header": layout.above_header,
        "has_header": layout.header_lines > 0,
        # Columns go by position: a header may hold anything, and nothing of it comes near the SQL.
        "types": {f"c{position}": "VARCHAR" for position in range(layout.width)},
        "block": block_of(path.stat().st_size, _threads(connection)),
    }
    in_one_go = bool(layout.writing.order_fields) or "refund" in layout.positions
    line_no = NOT_YET_NUMBERED
    if in_one_go:
        values["first_line"] = layout.header_lines
        line_no = NUMBERED
    records = SEPARATED.format(lines=LINES, line_no=line_no)
    if layout.delimiter == WHITESPACE:
        values |= {"delimiter": NO_DELIMITER, "types": {"line": "VARCHAR"}}
        # A line of another number of fields has none: what is missing is refused with its text.
        fields = (f"if(len(parts) = {layout.width}, parts[{at + 1}], null) as c{at}" for at in range(layout.width))
        records = BLANK_SEPARATED.format(lines=LINES, fields=",\n        ".join(fields), line_no=line_no)
    insert_lines(connection, records, layout, file_id, values)
    loaded = _count(connection, file_id) if in_one_go else _number(connection, file_id, layout.header_lines)
    rejected = {line: _in_words(error) for line, error in connection.execute(REJECTED).fetchall()}
    if not rejected and line_count(path) == loaded + layout.header_lines:
        errors = refuse_lines(connection, file_id, layout)
        return with_texts(path, records_of_one_line(layout, loaded), errors, layout) if errors else []
    places = records_of(path, layout, loaded + len(rejected))
    is_rejected = pl.col("record").is_in(list(rejected))
    _renumber(connection, layout, file_id, places.filter(~is_rejected)["line_no"])
    known = {line_no: rejected[record] for record, line_no, _ in places.filter(is_rejected).iter_rows()}
    known |= swallowing(path, places.filter(~is_rejected), layout)
    # DuckDB keeps the texts too, but only a piece of an overlong line.
    return with_texts(path, places, refuse_lines(connection, file_id, layout, known), layout)


def _in_words(error: str) -> str:
    advice = ". Where no value stands in quotes, unquoted = true in the mapping says so"
    return error.rstrip(".") + (advice if "unterminated quote" in error else "")


def block_of(size: int, threads: int) -> int:
    """Return the bytes of a block, which one thread reads: as many blocks for each, and all of one size.

    DuckDB's default, 16 times the longest line, leaves a file of half a million lines to one thread; blocks of twice
    the longest line leave one of two threads without work for the last third of the time.
    """
    rounds = max(size // (threads * LONGEST_LINE), 1)
    return max(size // (threads * rounds) + 1, LONGEST_LINE)


def _threads(connection: duckdb.DuckDBPyConnection) -> int:
    return int(connection.execute("select current_setting('threads')").fetchall()[0][0])


def _count(connection: duckdb.DuckDBPyConnection, file_id: int) -> int:
    """Return the number of records loaded: refunds are lines more."""
    statement = "select count(*) from raw.transactions where file_id = $file_id and line_no < $refund_lines"
    return int(connection.execute(statement, {"file_id": file_id, "refund_lines": REFUND_LINES}).fetchall()[0][0])


def _number(connection: duckdb.DuckDBPyConnection, file_id: int, first_line: int) -> int:
    """Number the records loaded, which lie in the file's order, one after the other; return how many there are."""
    values = {"file_id": file_id}
    bounds = "select count(*), min(rowid), max(rowid) from raw.transactions where file_id = $file_id"
    count, first, last = connection.execute(bounds, values).fetchall()[0]
    if not count:
        return 0
    if last - first + 1 == count:
        statement = "update raw.transactions set line_no = rowid - $offset where file_id = $file_id"
        connection.execute(statement, {**values, "offset": first - first_line - 1})
    else:  # DuckDB promises the order of the row ids, not that none is left out
        connection.execute(
            "update raw.transactions set line_no = $first_line + places.place from ("
            " select rowid as row_id, row_number() over (order by rowid) as place"
            " from raw.transactions where file_id = $file_id"
            ") as places where transactions.rowid = places.row_id",
            {**values, "first_line": first_line},
        )
    return int(count)


def _renumber(connection: duckdb.DuckDBPyConnection, layout: Layout, file_id: int, numbers: pl.Series) -> None:
    """Give the loaded lines, so far numbered one after the other, their numbers in the file."""
    frame = records_of_one_line(layout, len(numbers)).with_columns(line_no=numbers)
    connection.register("numbers", frame.__arrow_c_stream__())
    connection.execute(
        "update raw.transactions set line_no = transactions.line_no - numbers.record + numbers.line_no from numbers"
        " where transactions.file_id = $file_id and transactions.line_no % $refund_lines = numbers.record",
        {"file_id": file_id, "refund_lines": REFUND_LINES},
    )
    connection.unregister("numbers")
