"""Reading a CSV file with DuckDB so that each of its lines is found again: loaded, or refused with its text."""

import csv
from itertools import islice
from pathlib import Path

import duckdb
import polars as pl

from rfm_assets.engines.base import CsvLayout, Refused

# A quoted field may be as long as the file.
LONGEST_FIELD = 2**31 - 1
NUMBERS = {"row_number": pl.Int64, "start": pl.Int64}

READ = """
insert into raw.transactions by name
with lines as (
    select
        {columns}
    from read_csv(
        $path,
        auto_detect = false,
        header = true,
        delim = $delimiter,
        quote = '"',
        escape = '"',
        columns = $types,
        timestampformat = $timestamp_format,
        max_line_size = 16000000,
        store_rejects = true
    )
)

select
    *,
    $file_id as file_id,
    1 + row_number() over () as line_no,
    cast(invoiced_at as date) as invoiced_on,
from lines
"""

# The limits keep each amount within decimal(18, 4) and the sums of a hundred million such lines within decimal(28, 4).
REFUSE = """
select
    line_no,
    error,
from (
    select
        line_no,
        case
            when invoice_id is null then 'invoice_id is missing'
            when quantity is null then 'quantity is missing'
            when invoiced_at is null then 'invoiced_at is missing'
            when unit_price is null then 'unit_price is missing, has more than 4 decimals or 14 digits before them'
            when year(invoiced_at) not between 1900 and 2199 then 'invoiced_at is outside the years 1900 to 2199'
            when abs(quantity) > 1000000000 then 'quantity is above 1,000,000,000'
            when abs(quantity * unit_price) >= 1000000000000 then 'quantity times unit_price is a trillion or more'
        end as error,
    from raw.transactions
    where file_id = $file_id
)
where error is not null
"""


def load(connection: duckdb.DuckDBPyConnection, path: Path, layout: CsvLayout, file_id: int) -> list[Refused]:
    """Append the lines of a UTF-8 file to `raw.transactions`; return those that could not be read, in the file's order.

    Line numbers are physical lines of the file, the header being line 1; a quoted field may span several.

    Raises:
        ValueError: the lines loaded and refused are not all the lines of the file.
    """
    connection.execute("drop table if exists reject_errors; drop table if exists reject_scans")
    # Columns go by position: a header may hold anything, and nothing of it comes near the SQL.
    types = {f"c{position}": "VARCHAR" for position in range(len(layout.header))}
    selected = []
    for name, theirs in layout.columns.items():
        column = f"c{layout.header.index(theirs)}"
        if name == "unit_price":
            types[column] = "DECIMAL(28, 10)"
            # A price is never rounded on the way in.
            column = (
                f"case when {column} = try_cast({column} as decimal(18, 4)) then cast({column} as decimal(18, 4)) end"
            )
        elif name in ("quantity", "invoiced_at"):
            types[column] = {"quantity": "BIGINT", "invoiced_at": "TIMESTAMP"}[name]
        selected.append(f"{column} as {name}")
    values = {
        "path": str(path),
        "delimiter": layout.delimiter,
        "types": types,
        "timestamp_format": layout.timestamp_format,
        "file_id": file_id,
    }
    loaded = connection.execute(READ.format(columns=",\n        ".join(selected)), values).fetchall()[0][0]
    rejected = connection.execute(
        "select line, any_value(csv_line), string_agg(error_message, '; ' order by column_idx)"
        " from reject_errors group by line order by line"
    ).fetchall()
    starts = _starts_of_records(path, layout.delimiter, loaded + len(rejected))
    if starts:
        _renumber(connection, file_id, starts, {record for record, *_ in rejected})
    refused = [
        Refused(starts[record] if starts else record, text.strip("\r\n"), error) for record, text, error in rejected
    ]
    return sorted(refused + _refuse_values(connection, path, file_id), key=lambda line: line.line_no)


def _starts_of_records(path: Path, delimiter: str, expected: int) -> dict[int, int]:
    """Return the first physical line of each record that is not blank, or nothing when record and line numbers agree.

    Records count from 1, the header, blank lines included: as DuckDB counts them.
    """
    with path.open("rb") as file:
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
        file.seek(-1, 2)
        lines += file.read(1) != b"\n"
    if lines == expected + 1:
        return {}
    csv.field_size_limit(LONGEST_FIELD)
    starts = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        start = 1
        for record, fields in enumerate(reader, start=1):
            if fields:
                starts[record] = start
            start = reader.line_num + 1
    starts.pop(1, None)
    if len(starts) != expected:
        raise ValueError(
            f"{path.name} holds {len(starts):,} records, but {expected:,} were read: its quotes are broken. "
            "Export it again, or mend the quotes."
        )
    return starts


def _renumber(connection: duckdb.DuckDBPyConnection, file_id: int, starts: dict[int, int], rejected: set[int]) -> None:
    numbers = [start for record, start in starts.items() if record not in rejected]
    frame = pl.DataFrame({"row_number": range(2, 2 + len(numbers)), "start": numbers}, schema_overrides=NUMBERS)
    connection.register("numbers", frame)
    connection.execute(
        "update raw.transactions set line_no = numbers.start from numbers"
        " where transactions.file_id = $file_id and transactions.line_no = numbers.row_number",
        {"file_id": file_id},
    )
    connection.unregister("numbers")


def _refuse_values(connection: duckdb.DuckDBPyConnection, path: Path, file_id: int) -> list[Refused]:
    """Take out the lines that DuckDB could read but that hold no usable value, and return them."""
    errors = dict(connection.execute(REFUSE, {"file_id": file_id}).fetchall())
    if not errors:
        return []
    connection.execute(
        "delete from raw.transactions where file_id = $file_id and line_no in (select unnest($lines))",
        {"file_id": file_id, "lines": list(errors)},
    )
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = islice(enumerate(file, start=1), max(errors))
        return [Refused(number, text.rstrip("\r\n"), errors[number]) for number, text in lines if number in errors]
