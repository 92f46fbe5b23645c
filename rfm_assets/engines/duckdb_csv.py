"""Reading a CSV file with DuckDB so that each of its lines is found again: loaded, or refused with its text."""

from pathlib import Path

import duckdb
import polars as pl

from rfm_assets.engines.base import CsvLayout, Refused
from rfm_assets.engines.csv_records import line_count, records_of, records_of_one_line, with_texts

# Read with more decimals than they may have, or DuckDB would round them silently, 1.5 units to 2.
EXACT = {"quantity": "bigint", "unit_price": "decimal(18, 4)"}

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
            when quantity is null then 'quantity is missing or not a whole number'
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

# DuckDB reports a line once for each column that it lacks.
REJECTED = """
select
    line,
    string_agg(error_message, '; ' order by column_idx),
from reject_errors
group by line
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
        if name in EXACT:
            types[column] = "DECIMAL(28, 10)"
            exact = EXACT[name]
            column = f"case when {column} = try_cast({column} as {exact}) then cast({column} as {exact}) end"
        elif name == "invoiced_at":
            types[column] = "TIMESTAMP"
        selected.append(f"{column} as {name}")
    values = {
        "path": str(path),
        "delimiter": layout.delimiter,
        "types": types,
        "timestamp_format": layout.timestamp_format,
        "file_id": file_id,
    }
    loaded = connection.execute(READ.format(columns=",\n        ".join(selected)), values).fetchall()[0][0]
    rejected = dict(connection.execute(REJECTED).fetchall())
    if not rejected and line_count(path) == loaded + 1:
        errors = _refuse_values(connection, file_id)
        return with_texts(path, records_of_one_line(loaded), errors) if errors else []
    records = records_of(path, layout.delimiter, loaded + len(rejected))
    is_rejected = pl.col("record").is_in(list(rejected))
    _renumber(connection, file_id, records.filter(~is_rejected)["line_no"])
    lines = records.filter(is_rejected).iter_rows()
    errors = {line_no: rejected[record] for record, line_no in lines} | _refuse_values(connection, file_id)
    # DuckDB keeps the texts too, but only a piece of an overlong line.
    return with_texts(path, records, errors)


def _renumber(connection: duckdb.DuckDBPyConnection, file_id: int, numbers: pl.Series) -> None:
    """Give the loaded lines, so far numbered one after the other, their numbers in the file."""
    connection.register("numbers", records_of_one_line(len(numbers)).with_columns(line_no=numbers))
    connection.execute(
        "update raw.transactions set line_no = numbers.line_no from numbers"
        " where transactions.file_id = $file_id and transactions.line_no = numbers.record",
        {"file_id": file_id},
    )
    connection.unregister("numbers")


def _refuse_values(connection: duckdb.DuckDBPyConnection, file_id: int) -> dict[int, str]:
    """Take out the lines that DuckDB could read but that hold no usable value; return their numbers and errors."""
    errors = dict(connection.execute(REFUSE, {"file_id": file_id}).fetchall())
    if errors:
        connection.execute(
            "delete from raw.transactions where file_id = $file_id and line_no in (select unnest($lines))",
            {"file_id": file_id, "lines": list(errors)},
        )
    return errors
