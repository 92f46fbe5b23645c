"""The engine on DuckDB: the one module that knows how DuckDB is called."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl
import polars.selectors as cs
import tenacity

from rfm_assets.contracts import CHECKED, TABLES, Table
from rfm_assets.engines import duckdb_csv, duckdb_records
from rfm_assets.engines.base import ContractError, Layout, Parameter, Refused, UnreadableFileError
from rfm_assets.engines.duckdb_fields import OTHER_CURRENCY

# Files of DuckDB 2.0's own format cannot be opened by any DuckDB up to 1.5, which today's BI drivers bundle.
EXPORT_STORAGE = "v1.0.0"
IN_MEMORY = ":memory:"  # a warehouse that goes with its connection
LOOKUPS = 10_000  # rows that are looked up one by one in a large table; more are joined
LOCK_RETRIES = 8
LOCK_WAIT = tenacity.wait_exponential(multiplier=0.1, max=5)  # seconds


class WarehouseInUseError(RuntimeError):
    """Another process holds the warehouse: the message says which, and what to do."""


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(WarehouseInUseError),
    stop=tenacity.stop_after_attempt(LOCK_RETRIES),
    wait=LOCK_WAIT,
    reraise=True,
)
def open_warehouse(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Attach the warehouse file to a connection and make it the default.

    Raises:
        WarehouseInUseError: another process held the file through all retries, some ten seconds.
    """
    if not path.exists() and str(path) != IN_MEMORY:
        _create_file(connection, path)
    try:
        connection.execute("attach $path as warehouse", {"path": str(path)})
    except duckdb.IOException as failure:
        if "lock" not in str(failure):
            raise
        raise WarehouseInUseError(
            f"{path} is open in another process, and DuckDB has one writer. Close that process; to read segments, open "
            f"the published file instead. ({failure})"
        ) from None
    connection.execute("use warehouse")


def _create_file(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make an empty warehouse in one step: a process killed while DuckDB makes a file leaves one that none can open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".new_", dir=path.parent) as folder:
        aside = Path(folder) / path.name
        connection.execute("attach $path as created", {"path": str(aside)})
        connection.execute("detach created")
        with suppress(FileExistsError):  # another process was faster
            path.hardlink_to(aside)


class DuckDBEngine:
    """Runs the chain on one DuckDB connection. Makes the tables of the contracts that are not there yet."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._in_transaction = False
        self._create_missing()

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
        except BaseException:
            self._connection.rollback()
            raise
        finally:
            self._in_transaction = False

    def read(self, select: str, **parameters: Parameter) -> pl.DataFrame:
        """Return the rows of a SELECT."""
        return _frame(self._connection.sql(select, params=self._used(select, parameters)))

    def count(self, table: Table) -> int:
        """Return the number of rows of a table."""
        return int(self._rows(f"select count(*) from {_quoted(table.name)}")[0][0])

    def stage(self, name: str, select: str, **parameters: Parameter) -> int:
        """Keep the rows of a SELECT in a temporary table."""
        return self._count(f"create or replace temporary table {_quoted(name)} as {select}", parameters)

    def stage_frame(self, name: str, frame: pl.DataFrame) -> None:
        """Keep a frame's rows in a temporary table."""
        with self._registered(frame):
            self._connection.execute(f"create or replace temporary table {_quoted(name)} as from given_frame")

    def stage_matching(
        self, name: str, table: Table, kept: Sequence[str], *, columns: Sequence[str], staged: str
    ) -> int:
        """Keep some columns of the rows whose `columns` are those of a staged row, in a temporary table."""
        target, source = _quoted(table.name), _quoted(staged)
        select = f"create or replace temporary table {_quoted(name)} as select {', '.join(map(_quoted, kept))}"
        matching = (
            f"from {target} as target where exists (select 1 from {source} where {_same(source, table, columns)})"
        )
        if self._rows(f"select count(*) from {source}")[0][0] > LOOKUPS:
            return self._count(f"{select} {matching}", {})
        # Only a filter made of the keys lets the scan pass over the other columns: measured on 100 million lines,
        # 1 s for the lines of 400 customers and products, and 5 s as a join.
        self._connection.execute(f"set dynamic_or_filter_threshold = {LOOKUPS}")
        try:
            self._connection.execute(f"create or replace temporary table places as select rowid as place {matching}")
            return self._count(f"{select} from {target} where rowid in (select place from places)", {})
        finally:
            self._connection.execute("reset dynamic_or_filter_threshold")

    def store(self, table: Table, select: str, **parameters: Parameter) -> int:
        """Replace the partition `snapshot_on`, or all rows of a table without partitions."""
        self._compare(table, select, parameters)
        with self.transaction():
            self._clear(table, table.partition, [parameters[table.partition]] if table.partition else [])
            return self._insert(table, select, parameters)

    def store_matching(self, table: Table, select: str, *, columns: Sequence[str], staged: str) -> int:
        """Replace the rows whose `columns` equal those of a staged row."""
        self._compare(table, select, {})
        with self.transaction():
            target, source = _quoted(table.name), _quoted(staged)
            same = _same(source, table, columns)
            self._connection.execute(
                f"delete from {target} as target where exists (select 1 from {source} where {same})"
            )
            return self._insert(table, select, {})

    def write(
        self, table: Table, frame: pl.DataFrame, *, column: str | None = None, values: Sequence[Parameter] = ()
    ) -> None:
        """Replace the rows whose `column` is one of `values`, or all, by a frame's, cast to the contract's types."""
        missing = set(table.column_names) ^ set(frame.columns)
        if missing:
            raise ContractError(
                f"{table.name}: columns {sorted(missing)} are in the frame or the contract, not in both"
            )
        casts = ", ".join(f"cast({_quoted(c.name)} as {c.type}) as {_quoted(c.name)}" for c in table.columns)
        with self.transaction(), self._registered(frame):
            self._clear(table, column, values)
            self._insert(table, f"select {casts} from given_frame", {})

    def delete(self, table: Table, *, column: str, values: Sequence[Parameter]) -> None:
        """Delete the rows whose `column` is one of `values`."""
        statement = f"delete from {_quoted(table.name)} where {_quoted(column)} in (select unnest($keys))"
        self._connection.execute(statement, {"keys": list(values)})

    def load_csv(self, path: Path, layout: Layout, file_id: int) -> list[Refused]:
        """Append the lines of a UTF-8 text file to `raw.transactions` and return those that could not be read."""
        with _unreadable("Export it again, with one kind of line end and with each quote closed"):
            return duckdb_csv.load(self._connection, path, layout, file_id)

    def load_parquet(self, path: Path, layout: Layout, file_id: int) -> list[Refused]:
        """Append the rows of a Parquet file to `raw.transactions` and return those that could not be read."""
        with _unreadable():
            return duckdb_records.load_parquet(self._connection, path, layout, file_id)

    def load_frames(self, frames: Iterable[pl.DataFrame], layout: Layout, file_id: int) -> list[Refused]:
        """Append records to `raw.transactions` and return those that could not be read."""
        with _unreadable():
            return duckdb_records.load_frames(self._connection, frames, layout, file_id)

    def parquet_columns(self, path: Path) -> tuple[str, ...]:
        """Return the names of a Parquet file's columns."""
        with _unreadable():
            return tuple(duckdb_records.parquet_columns(self._connection, path))

    def export(self, path: Path, tables: Mapping[str, tuple[Table, str]], **parameters: Parameter) -> dict[str, int]:
        """Write SELECTs as tables of a new DuckDB file that DuckDB 1.0 and every later one can open."""
        for table, select in tables.values():
            self._compare(table, select, parameters)
        self._connection.execute(f"attach $path as export (storage_version '{EXPORT_STORAGE}')", {"path": str(path)})
        try:
            return {name: self._export(name, table, select, parameters) for name, (table, select) in tables.items()}
        finally:
            self._connection.execute("detach export")

    def export_parquet(self, path: Path, select: str, **parameters: Parameter) -> None:
        """Write a SELECT as one Parquet file."""
        statement = f"copy ({select}) to $path (format parquet, compression zstd)"
        self._connection.execute(statement, {"path": str(path), **self._used(select, parameters)})

    @contextmanager
    def _registered(self, frame: pl.DataFrame) -> Iterator[None]:
        # A column of nothing but nulls has no type in Polars, and DuckDB reads none from a stream.
        typed = frame.with_columns(cs.by_dtype(pl.Null).cast(pl.String))
        self._connection.register("given_frame", typed.__arrow_c_stream__())
        yield
        self._connection.unregister("given_frame")

    def _export(self, name: str, table: Table, select: str, parameters: dict[str, Parameter]) -> int:
        target = f"export.{_quoted(name)}"
        self._create(table, target)
        return self._count(f"insert into {target} by name {select}", parameters)

    def _clear(self, table: Table, column: str | None, values: Sequence[Parameter]) -> None:
        if column:
            self.delete(table, column=column, values=values)
        else:
            self._connection.execute(f"delete from {_quoted(table.name)}")

    def _insert(self, table: Table, select: str, parameters: dict[str, Parameter]) -> int:
        return self._count(f"insert into {_quoted(table.name)} by name {select}", parameters)

    def _count(self, statement: str, parameters: dict[str, Parameter]) -> int:
        rows = self._connection.execute(statement, self._used(statement, parameters)).fetchall()
        return int(rows[0][0]) if rows else 0

    def _rows(self, statement: str) -> list[tuple]:
        # Read to the end: in DuckDB 2.0 an unread result blocks its connection.
        return self._connection.execute(statement).fetchall()

    def _used(self, statement: str, parameters: dict[str, Parameter]) -> dict[str, Parameter]:
        if not parameters:
            return {}
        # DuckDB refuses a parameter that the statement does not name.
        named = self._connection.extract_statements(statement)[0].named_parameters
        return {name: value for name, value in parameters.items() if name in named}

    def _compare(self, table: Table, select: str, parameters: dict[str, Parameter]) -> None:
        relation = self._connection.execute(f"describe {select}", self._used(select, parameters))
        found = {name: _plain(type_) for name, type_, *_ in relation.fetchall()}
        promised = {column.name: _plain(column.type) for column in table.columns}
        if found != promised:
            differing = sorted(name for name in found.keys() | promised.keys() if found.get(name) != promised.get(name))
            raise ContractError(
                f"{table.name} was not stored. "
                + "; ".join(f"{n}: contract {promised.get(n)}, found {found.get(n)}" for n in differing)
                + ". Correct the SELECT, or the contract in rfm_assets/contracts."
            )

    def _create_missing(self) -> None:
        present = {
            ".".join(row)
            for row in self._rows(
                "select schema_name, table_name from duckdb_tables() where database_name = 'warehouse'"
            )
        }
        missing = [table for table in (*TABLES.values(), *CHECKED.values()) if table.name not in present]
        if missing:
            with self.transaction():
                for table in missing:
                    self._connection.execute(f"create schema if not exists {_quoted(table.schema)}")
                    self._create(table, _quoted(table.name))

    def _create(self, table: Table, target: str) -> None:
        columns = ", ".join(f"{_quoted(column.name)} {column.type}" for column in table.columns)
        self._connection.execute(f"create table if not exists {target} ({columns})")
        self._connection.execute(f"comment on table {target} is {_literal(table.grain)}")
        for column in table.columns:
            self._connection.execute(
                f"comment on column {target}.{_quoted(column.name)} is {_literal(column.description)}"
            )


@contextmanager
def _unreadable(advice: str = "Export it again") -> Iterator[None]:
    """Turn what DuckDB says about a file into a plain error; what it says about itself goes through."""
    try:
        yield
    except (duckdb.DataError, duckdb.ProgrammingError, duckdb.NotSupportedError, duckdb.IOException) as failure:
        message = str(failure).splitlines()[0]
        _, _, own = message.partition(OTHER_CURRENCY)
        if own:
            raise UnreadableFileError(OTHER_CURRENCY + own) from failure
        raise UnreadableFileError(f"DuckDB cannot read it: {message} {advice}") from failure


def _same(source: str, table: Table, columns: Sequence[str]) -> str:
    # The equal sign lets DuckDB pass over the blocks that hold no such value.
    nullable = {column.name for column in table.columns if column.nullable}
    signs = {name: "is not distinct from" if name in nullable else "=" for name in columns}
    return " and ".join(f"{source}.{_quoted(name)} {sign} target.{_quoted(name)}" for name, sign in signs.items())


def _quoted(name: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def _literal(text: str) -> str:
    # COMMENT takes no parameter.
    return "'" + text.replace("'", "''") + "'"


def _plain(type_: str) -> str:
    return type_.lower().replace(" ", "")


def read_published(path: Path, select: str) -> pl.DataFrame:
    """Return the rows of a SELECT on a published file, opened read-only."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return _frame(connection.sql(select))


def _frame(relation: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    # DuckDB's own `.pl()` needs pyarrow, and `pl.DataFrame(relation)` makes DuckDB complain of leaks when Python exits.
    return pl.scan_arrow_c_stream(relation).collect()
