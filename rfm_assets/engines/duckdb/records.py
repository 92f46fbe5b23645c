"""Reading rows of Parquet files, lists of JSON and records that come as frames: each is loaded or refused."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from glob import escape
from itertools import chain
from pathlib import Path

import duckdb
import polars as pl

from rfm_assets.engines.base import Refused
from rfm_assets.engines.duckdb.errors import told_of
from rfm_assets.engines.duckdb.lines import insert_lines, refuse_lines
from rfm_assets.engines.layout import IN_UTC, Layout

BATCH = 10_000  # elements
# DuckDB's types of what could be no field of ours.
NO_FIELDS = ("array", "bit", "geometry", "interval", "list", "map", "struct", "union", "variant")
# No folder of the file stands for a column. Impala, Hive and older Sparks do not say of a text that it is one.
AS_IT_IS = "hive_partitioning = false, binary_as_string = true"
# Every column by its position, so that no name out of a file comes near the SQL; nor is the file's own a pattern.
PARQUET = """
    select
        1 + file_row_number as line_no,
        {fields},
    from read_parquet($path, file_row_number = true, {as_it_is}) as rows_of_file({names})
"""


def parquet_columns(path: Path) -> dict[str, str]:
    """Return the names of a Parquet file's columns and their DuckDB types; INT96, as Spark has moments, is in UTC.

    Raises:
        UnreadableFileError: it is no Parquet file, or a damaged one.
    """
    statement, values = f"describe select * from read_parquet($path, {AS_IT_IS})", {"path": escape(str(path))}
    with told_of(path, is_alone=True), duckdb.connect() as connection:
        described = connection.execute(statement, values).fetchall()
        stored = connection.execute("select name from parquet_schema($path) where type = 'INT96'", values).fetchall()
    in_utc = {name for (name,) in stored}
    return {
        name: IN_UTC[0] if name in in_utc and type_.startswith("TIMESTAMP") else type_ for name, type_, *_ in described
    }


def parquet_texts(path: Path, most: int) -> tuple[list[str], list[tuple[str | None, ...]]]:
    """Return the columns of a Parquet file that could be fields of ours: their names, and their first rows as text.

    Raises:
        UnreadableFileError: it is no Parquet file, or a damaged one.
    """
    # Not by Polars, which ends in a panic at an interval, or at a day without end.
    values = {"path": escape(str(path))}
    with told_of(path, is_alone=True), duckdb.connect() as connection:
        found = connection.read_parquet(values["path"], hive_partitioning=False)
        kinds, names = [type_.id for type_ in found.types], found.columns
        fields = [at for at, kind in enumerate(kinds) if kind not in NO_FIELDS]
        if not fields:
            return [], []
        texts = (f"try(decode(c{at}))" if kinds[at] == "blob" else f"cast(c{at} as varchar)" for at in fields)
        columns = ", ".join(f"c{at}" for at in range(len(kinds)))
        source = f"read_parquet($path, hive_partitioning = false) as rows_of_file({columns})"
        rows = connection.execute(f"select {', '.join(texts)} from {source} limit {most:d}", values).fetchall()
    # Bytes that are a text nowhere are a picture or the like.
    shown = [i for i, at in enumerate(fields) if kinds[at] != "blob" or any(row[i] is not None for row in rows)]
    return [names[fields[i]] for i in shown], [tuple(row[i] for i in shown) for row in rows]


def json_elements(path: Path, *, is_list: bool) -> Iterator[str]:
    """Give the elements of a list of JSON, or else the objects that a file holds, as they stand in it.

    Raises:
        UnreadableFileError: it is cut off, or no list, or an element is larger than DuckDB allows.
    """
    advice = "Export it again; if it is large, as one object a line"
    with told_of(path, advice), duckdb.connect(config={"threads": 1}) as connection:
        # A name says nothing of what is in the file.
        statement = "select json from read_json_objects($path, format = $format, compression = 'none')"
        values = {"path": escape(str(path)), "format": "array" if is_list else "unstructured"}
        found = connection.execute(statement, values)
        while rows := found.fetchmany(BATCH):
            yield from (text for (text,) in rows)


def load_parquet(connection: duckdb.DuckDBPyConnection, path: Path, layout: Layout, file_id: int) -> list[Refused]:
    """Append the rows of a Parquet file to `raw.transactions`; return those that could not be read.

    Line numbers are row numbers, from 1.
    """
    types = dict(enumerate(parquet_columns(path).values()))
    columns = [f"c{position}" for position in range(layout.width)]
    used = sorted(set(chain.from_iterable(layout.positions.values())))
    _require_whole(path, columns, used)
    fields = (f"nullif(c{at}, '') as c{at}" if types[at] == "VARCHAR" else f"c{at}" for at in used)
    records = PARQUET.format(
        fields=", ".join(fields), names=", ".join([*columns, "file_row_number"]), as_it_is=AS_IT_IS
    )
    values = {"path": escape(str(path))}
    insert_lines(connection, records, layout, file_id, values, types)
    errors = refuse_lines(connection, file_id, layout)
    return _refused(connection, f"({records})", values, errors) if errors else []


def _require_whole(path: Path, columns: Sequence[str], used: Sequence[int]) -> None:
    """Read the columns once, apart from the warehouse: some damages end the whole database that meets them.

    Raises:
        duckdb.Error: the file is damaged.
    """
    largest = ", ".join(f"max(c{at})" for at in used)
    source = f"read_parquet($path, {AS_IT_IS}) as rows_of_file({', '.join(columns)})"
    with duckdb.connect() as apart:
        apart.execute(f"select {largest} from {source}", {"path": escape(str(path))}).fetchall()


def load_frames(
    connection: duckdb.DuckDBPyConnection, frames: Iterable[pl.DataFrame], layout: Layout, file_id: int
) -> list[Refused]:
    """Append records to `raw.transactions`; return those that could not be read, by number."""
    columns = ", ".join(f"c{position} varchar" for position in range(layout.width))
    connection.execute(f"create or replace temporary table records_of_file (line_no bigint, {columns})")
    for frame in frames:
        connection.register("frame_of_records", frame.__arrow_c_stream__())
        connection.execute("insert into records_of_file by name select * from frame_of_records").fetchall()
        connection.unregister("frame_of_records")
    fields = ", ".join(f"nullif(c{position}, '') as c{position}" for position in range(layout.width))
    insert_lines(connection, f"select line_no, {fields} from temp.records_of_file", layout, file_id, {})
    errors = refuse_lines(connection, file_id, layout)
    refused = _refused(connection, "temp.records_of_file", {}, errors)
    connection.execute("drop table temp.records_of_file")
    return refused


def _refused(
    connection: duckdb.DuckDBPyConnection, records: str, values: Mapping[str, object], errors: Mapping[int, str]
) -> list[Refused]:
    """Return the records that were refused, with their texts, by number."""
    texts = connection.execute(
        f"select line_no, cast(to_json(records) as varchar) from {records} as records"
        " where line_no in (select unnest($numbers)) order by line_no",
        {**values, "numbers": list(errors)},
    ).fetchall()
    return [Refused(number, text, errors[number]) for number, text in texts]
