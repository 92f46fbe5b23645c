"""The engine on DuckDB."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from glob import escape
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import polars.selectors as cs

from rfm_assets.contracts import Table
from rfm_assets.contracts.schema import plain
from rfm_assets.engines.base import Contents, Exported, Parameter, Refused
from rfm_assets.engines.duckdb import csv, lists, records
from rfm_assets.engines.duckdb.errors import told_of, written
from rfm_assets.engines.duckdb.export import NONE, Writer
from rfm_assets.engines.duckdb.frames import frame_of
from rfm_assets.engines.duckdb.migrations import bring_up_to_date
from rfm_assets.engines.duckdb.tables import promised_types, quoted
from rfm_assets.engines.errors import ContractError
from rfm_assets.engines.layout import Layout

PARAMETER = re.compile(r"\$([a-z_]\w*)")


class DuckDBEngine:
    """Runs the chain on one DuckDB connection. Makes the tables of the contracts, or brings older ones up to date.

    With `is_up_to_date`, it takes them as they are: that was seen to before, on the same opened file.

    Attributes:
        migrated: what was done to bring the tables of an older version up to date, in words; mostly nothing.

    Raises:
        WarehouseVersionError: the tables are of a newer version than this program knows.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, is_up_to_date: bool = False) -> None:
        self._connection = connection
        self._in_transaction = False
        self._writer = Writer(self._rows, self.transaction, connection.cursor)
        self._compared: set[tuple[str, str]] = set()  # tables stored by partition, and their SELECTs
        self.migrated: list[str] = []
        if not is_up_to_date:
            with self.transaction():
                self.migrated = bring_up_to_date(connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block did, or nothing of it. A transaction within another is part of it."""
        if self._in_transaction:
            yield
            return
        self._connection.begin()
        self._in_transaction = True
        try:
            yield
            self._connection.commit()
        except BaseException:  # an interrupt, too, must not leave half of it
            with suppress(duckdb.Error):  # a commit that failed has ended it, and its error is the one to tell
                self._connection.rollback()
            raise
        finally:
            self._in_transaction = False

    def read(self, select: str, **parameters: Parameter) -> pl.DataFrame:
        """Return the rows of a SELECT."""
        return frame_of(self._connection.sql(select, params=self._used(select, parameters)))

    def row(self, select: str, **parameters: Parameter) -> dict[str, Any]:
        """Return the one row of a SELECT, by column, in half of the time that a frame takes."""
        result = self._connection.execute(select, self._used(select, parameters))
        names = [name for name, *_ in result.description]
        (values,) = result.fetchall()
        return dict(zip(names, values, strict=True))

    def count(self, table: Table) -> int:
        """Return the number of rows of a table."""
        return self._count(f"select count(*) from {quoted(table.name)}")

    def stage(self, name: str, select: str, **parameters: Parameter) -> int:
        """Keep the rows of a SELECT in a temporary table."""
        return self._count(f"create or replace temporary table {quoted(name)} as {select}", parameters)

    def define(self, name: str, select: str) -> None:
        """Give the rows of a SELECT a bare name, as a temporary view."""
        self._connection.execute(f"create or replace temporary view {quoted(name)} as {select}")

    def stage_frame(self, name: str, frame: pl.DataFrame) -> None:
        """Keep a frame's rows in a temporary table."""
        with self._registered(frame):
            self._connection.execute(f"create or replace temporary table {quoted(name)} as from given_frame")

    def stage_matching(
        self, name: str, table: Table, kept: Sequence[str], *, columns: Sequence[str], staged: str
    ) -> int:
        """Keep some columns of the rows whose `columns` are those of a staged row, in a temporary table."""
        select = f"create or replace temporary table {quoted(name)} as select {', '.join(map(quoted, kept))}"
        return self._count(f"{select} {_matching(table, columns, staged)}")

    def store(self, table: Table, select: str, **parameters: Parameter) -> int:
        """Replace the partition `snapshot_on`, or all rows of a table without partitions."""
        # Of a range of days each asks for the same columns: to compare them anew is a tenth of the run. What a SELECT
        # finds staged under a name has the same types each time.
        if (table.name, select) not in self._compared:
            self._compare(table, select, parameters)
            if table.partition:
                self._compared.add((table.name, select))
        with self.transaction():
            self._clear(table, table.partition, [parameters[table.partition]] if table.partition else [])
            return self._insert(table, select, parameters)

    def store_matching(self, table: Table, select: str, *, columns: Sequence[str], staged: str) -> int:
        """Replace the rows whose `columns` equal those of a staged row."""
        self._compare(table, select)
        with self.transaction(), self._in_any_order():
            self._connection.execute(f"delete {_matching(table, columns, staged)}")
            return self._insert(table, select)

    def write(
        self, table: Table, frame: pl.DataFrame, *, column: str | None = None, values: Sequence[Parameter] = ()
    ) -> None:
        """Replace the rows whose `column` is one of `values`, or all, by a frame's, cast to the contract's types."""
        missing = set(table.column_names) ^ set(frame.columns)
        if missing:
            raise ContractError(
                f"{table.name}: columns {sorted(missing)} are in the frame or the contract, not in both"
            )
        casts = ", ".join(f"cast({quoted(c.name)} as {c.type}) as {quoted(c.name)}" for c in table.columns)
        with self.transaction(), self._registered(frame):
            self._clear(table, column, values)
            self._insert(table, f"select {casts} from given_frame")

    def delete(self, table: Table, *, column: str, values: Sequence[Parameter]) -> None:
        """Delete the rows whose `column` is one of `values`."""
        statement = f"delete from {quoted(table.name)} where {quoted(column)} in (select unnest($keys))"
        self._connection.execute(statement, {"keys": list(values)})

    def load_csv(self, path: Path, layout: Layout, file_id: int) -> list[Refused]:
        """Append the lines of a UTF-8 text file to `raw.transactions` and return those that could not be read."""
        with told_of(path, "Export it again, with each quote closed"):
            return csv.load(self._connection, path, layout, file_id)

    def load_parquet(self, path: Path, layout: Layout, file_id: int) -> list[Refused]:
        """Append the rows of a Parquet file to `raw.transactions` and return those that could not be read."""
        with told_of(path):
            return records.load_parquet(self._connection, path, layout, file_id)

    def load_frames(self, frames: Iterable[pl.DataFrame], layout: Layout, file_id: int) -> list[Refused]:
        """Append records to `raw.transactions` and return those that could not be read."""
        with told_of():
            return records.load_frames(self._connection, frames, layout, file_id)

    def parquet_columns(self, path: Path) -> dict[str, str]:
        """Return the names of a Parquet file's columns and their types."""
        return records.parquet_columns(path)

    def json_elements(self, path: Path, *, is_list: bool) -> Iterator[str]:
        """Give the elements of a list of JSON, or else the objects that a file holds, as they stand in it."""
        return records.json_elements(path, is_list=is_list)

    def export(
        self,
        path: Path,
        tables: Mapping[str, tuple[Table, str]],
        *,
        base: Path | None = None,
        **parameters: Parameter,
    ) -> dict[str, Contents]:
        """Write SELECTs as tables of a new DuckDB file that DuckDB 1.0 and every later one can open."""
        for table, select in tables.values():
            self._compare(table, select, parameters)
        return self._writer.export(path, tables, base, parameters)

    def exported(self, path: Path, tables: Mapping[str, Table]) -> dict[str, Contents]:
        """Return what the tables of an exported file hold, read anew."""
        return self._writer.contents(path, tables)

    def describe_exported(self, path: Path) -> dict[str, Exported]:
        """Return the tables of an exported file with their columns."""
        return self._writer.describe(path)

    def read_exported(self, path: Path, select: str) -> pl.DataFrame:
        """Return the rows of a SELECT on an exported file."""
        with self._writer.read_only(path):
            return self.read(select)

    def copy_parquet(self, path: Path, name: str, table: Table, files: Mapping[date | None, Path]) -> None:
        """Write a table of an exported file, or partitions of it, as Parquet files."""
        self._writer.parquet(path, name, table, files)

    def export_parquet(self, path: Path, select: str, **parameters: Parameter) -> None:
        """Write a SELECT as one Parquet file."""
        statement = f"copy ({select}) to $path (format parquet, compression zstd)"
        with written(path):
            self._connection.execute(statement, {"path": str(path), **self._used(select, parameters)})

    def export_csv(self, path: Path, table: Table, select: str, **parameters: Parameter) -> None:
        """Write a SELECT as one CSV file that a spreadsheet opens without running anything."""
        self._compare(table, select, parameters)
        with written(path):
            lists.export_csv(self._connection, path, table, select, self._used(select, parameters))

    def stage_parquet(self, name: str, path: Path) -> None:
        """Keep the rows of a Parquet file in a temporary table."""
        statement = (
            f"create or replace temporary table {quoted(name)} as from read_parquet($path, hive_partitioning = false)"
        )
        self._connection.execute(statement, {"path": escape(str(path))})

    @contextmanager
    def _in_any_order(self) -> Iterator[None]:
        # In the order of the SELECT, one thread compresses and writes: 1.5 times as long for half a million lines.
        # It holds for the whole database, and is set by a cursor of its own: a failed transaction would refuse it.
        with self._connection.cursor() as settings:
            settings.execute("set preserve_insertion_order = false")
            try:
                yield
            finally:
                settings.execute("set preserve_insertion_order = true")

    @contextmanager
    def _registered(self, frame: pl.DataFrame) -> Iterator[None]:
        # A column of nothing but nulls has no type in Polars, and DuckDB reads none from a stream.
        typed = frame.with_columns(cs.by_dtype(pl.Null).cast(pl.String))
        self._connection.register("given_frame", typed.__arrow_c_stream__())
        yield
        # Not where that fails: in a transaction that is broken DuckDB refuses it, and the next frame takes the name.
        self._connection.unregister("given_frame")

    def _clear(self, table: Table, column: str | None, values: Sequence[Parameter]) -> None:
        if column:
            self.delete(table, column=column, values=values)
        else:
            self._connection.execute(f"delete from {quoted(table.name)}")

    def _insert(self, table: Table, select: str, parameters: Mapping[str, Parameter] = NONE) -> int:
        return self._count(f"insert into {quoted(table.name)} by name {select}", parameters)

    def _count(self, statement: str, parameters: Mapping[str, Parameter] = NONE) -> int:
        return int(self._rows(statement, parameters)[0][0])

    def _rows(self, statement: str, parameters: Mapping[str, Parameter] = NONE) -> list[tuple]:
        # Read to the end: in DuckDB 2.0 an unread result blocks its connection.
        return self._connection.execute(statement, self._used(statement, parameters)).fetchall()

    def _used(self, statement: str, parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
        if not parameters:
            return {}
        # DuckDB refuses a parameter that the statement does not name, and takes a millisecond to say which it names.
        named = set(PARAMETER.findall(statement))
        return {name: value for name, value in parameters.items() if name in named}

    def _compare(self, table: Table, select: str, parameters: Mapping[str, Parameter] = NONE) -> None:
        relation = self._connection.execute(f"describe {select}", self._used(select, parameters))
        found = {name: plain(type_) for name, type_, *_ in relation.fetchall()}
        promised = promised_types(table)
        if found != promised:
            differing = sorted(name for name in found.keys() | promised.keys() if found.get(name) != promised.get(name))
            raise ContractError(
                f"{table.name} was not stored. "
                + "; ".join(f"{n}: contract {promised.get(n)}, found {found.get(n)}" for n in differing)
                + ". Correct the SELECT, or the contract in rfm_assets/contracts."
            )


def _matching(table: Table, columns: Sequence[str], staged: str) -> str:
    """Return FROM and WHERE of the rows of a table whose `columns` are those of a staged row.

    Not by row id, which is faster: with `rowid in (select …)` DuckDB 2.0.0 and 2.0.1 damage the file: test_deliveries.
    """
    source = quoted(staged)
    # The equal sign lets DuckDB pass over the blocks that hold no such value.
    nullable = {column.name for column in table.columns if column.nullable}
    signs = {name: "is not distinct from" if name in nullable else "=" for name in columns}
    same = " and ".join(f"{source}.{quoted(name)} {sign} target.{quoted(name)}" for name, sign in signs.items())
    return f"from {quoted(table.name)} as target where exists (select 1 from {source} where {same})"
