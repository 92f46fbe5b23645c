"""DuckDB files for others: written, brought up to date where little changed, and read back."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import duckdb

from rfm_assets.contracts import Table
from rfm_assets.contracts.schema import plain
from rfm_assets.engines.base import Contents, Exported, Fingerprint, Parameter
from rfm_assets.engines.duckdb.errors import written
from rfm_assets.engines.duckdb.tables import comment, create, digests, promised_types, quoted
from rfm_assets.engines.errors import UnreadableFileError

# Files of DuckDB 2.0's own format cannot be opened by any DuckDB up to 1.5, which today's BI drivers bundle.
STORAGE = "v1.0.0"
WRITABLE = 0o644
PARQUET_WRITERS = 2
PARQUET_LEVEL = 1  # of Zstandard: a fifth less time than its default, 3, for a seventh more bytes
# Distinct values of a column in a group of rows; with more, they are written as they are. Ids, money and distances are
# all but unique: collecting more of them before giving up, as DuckDB does by itself, is a seventh of the time.
PARQUET_DICTIONARY = 4_000
MAX_CHANGED_SHARE = 0.5  # of a table's rows; above it, writing all of them is as fast
MAX_FREE_SHARE = 0.5  # of a file's blocks; a file of more holes than rows is written anew

NONE: Mapping[str, Parameter] = {}
Selects = Mapping[str, tuple[Table, str]]


class Run(Protocol):
    """What the engine does with a statement."""

    def __call__(self, statement: str, parameters: Mapping[str, Parameter] = NONE) -> list[tuple]:
        """Run it with its parameters, if it has any, and return all rows."""


@dataclass(frozen=True)
class Writer:
    """Writes files, by what the engine does with its connection; `run` passes the parameters that a statement names."""

    run: Run
    transaction: Callable[[], AbstractContextManager[None]]
    cursor: Callable[[], duckdb.DuckDBPyConnection]

    def export(
        self, path: Path, selects: Selects, base: Path | None, parameters: Mapping[str, Parameter]
    ) -> dict[str, Contents]:
        """Write SELECTs as tables of a new file, by name; return what was given to each.

        Of a partitioned table, the partitions that `base` holds already are taken over: a day onto 20 million rows of
        history is 3 s in place of 15 s. Whether they are the same is looked up in the rows, not remembered.
        """
        given = {
            name: self._contents(table, f"({select})", parameters)
            for name, (table, select) in selects.items()
            if base and table.partition
        }
        changed = self._changed(base, selects, given) if base else {}
        if base and changed:
            shutil.copyfile(base, path)
            path.chmod(WRITABLE)
        with written(path), self._attached(path, f"(storage_version '{STORAGE}')"):
            with self.transaction():
                for name in self.columns() if changed else ():
                    if name not in changed:
                        self.run(f"drop table exported.{quoted(name)}")
                for name, (table, select) in selects.items():
                    if name in changed:
                        self._patch(name, table, select, changed[name], parameters)
                    else:
                        create(self.run, table, f"exported.{quoted(name)}")
                        self.run(f"insert into exported.{quoted(name)} by name {select}", parameters)
                        if name not in given:
                            given[name] = self._contents(table, f"exported.{quoted(name)}")
            self.run("checkpoint exported")  # detaching would write it, too, and say nothing when it cannot
        return given

    def contents(self, path: Path, tables: Mapping[str, Table]) -> dict[str, Contents]:
        """Return what each table of a file holds."""
        with self.read_only(path):
            return {name: self._contents(table, f"exported.{quoted(name)}") for name, table in tables.items()}

    def describe(self, path: Path) -> dict[str, Exported]:
        """Return the tables of a file."""
        with self.read_only(path):
            columns = self.columns()
            grains = dict(self.run("select table_name, comment from duckdb_tables() where database_name = 'exported'"))
        return {name: Exported(grains[name] or "", found) for name, found in columns.items()}

    def columns(self) -> dict[str, dict[str, tuple[str, str]]]:
        """Return type and comment of each column of the attached file, by table and name."""
        found: dict[str, dict[str, tuple[str, str]]] = {}
        for table, column, type_, said in self.run(
            "select table_name, column_name, data_type, comment from duckdb_columns() "
            "where database_name = 'exported' and not internal and table_name in "
            "(select table_name from duckdb_tables() where database_name = 'exported') "
            "order by table_name, column_index"
        ):
            found.setdefault(table, {})[column] = (plain(type_), said or "")
        return found

    def parquet(self, path: Path, name: str, table: Table, files: Mapping[date | None, Path]) -> None:
        """Write a table of a file, or partitions of it, as Parquet files, two at a time.

        One by one leaves a processor idle for a fifth of the time: a file of a million rows is nine groups of rows.
        """
        with self.read_only(path), ThreadPoolExecutor(PARQUET_WRITERS) as writers:
            written = [writers.submit(self._parquet, file, name, table, part) for part, file in files.items()]
            for one in written:
                one.result()

    def _parquet(self, file: Path, name: str, table: Table, part: date | None) -> None:
        where = f" where {quoted(table.partition or '')} = date '{part:%Y-%m-%d}'" if part else ""
        with written(file), self.cursor() as own:
            own.execute(
                f"copy (select * from exported.{quoted(name)}{where}) to $path "
                f"(format parquet, compression zstd, compression_level {PARQUET_LEVEL}, "
                f"dictionary_size_limit {PARQUET_DICTIONARY})",
                {"path": str(file)},
            ).fetchall()

    @contextmanager
    def read_only(self, path: Path) -> Iterator[None]:
        """Attach a file as `exported` to read from.

        Raises:
            UnreadableFileError: it is no DuckDB file, or a damaged one.
        """
        try:
            with self._attached(path, "(read_only)"):
                yield
        except duckdb.Error as failure:
            raise UnreadableFileError(f"{path} cannot be read: {failure}") from failure

    def _patch(
        self, name: str, table: Table, select: str, changed: Sequence[date], parameters: Mapping[str, Parameter]
    ) -> None:
        target, column = f"exported.{quoted(name)}", quoted(table.partition or "")
        days = ", ".join(f"date '{day:%Y-%m-%d}'" for day in changed)
        if changed:
            self.run(f"delete from {target} where {column} in ({days})")
            self.run(f"insert into {target} by name select * from ({select}) where {column} in ({days})", parameters)
        comment(self.run, table, target)

    def _changed(self, base: Path, selects: Selects, given: Mapping[str, Contents]) -> dict[str, list[date]]:
        """Return, for each table that can be taken over from `base`, the partitions that cannot."""
        found: dict[str, list[date]] = {}
        with suppress(UnreadableFileError), self.read_only(base):
            ((free, total),) = self.run(
                "select free_blocks, total_blocks from pragma_database_size() where database_name = 'exported'"
            )
            ((views,),) = self.run(
                "select count(*) from duckdb_views() where database_name = 'exported' and not internal"
            )
            # What somebody put into the file beside its tables goes when it is written anew.
            columns = {} if views or free > MAX_FREE_SHARE * total else self.columns()
            for name, (table, _) in selects.items():
                types = {column: type_ for column, (type_, _) in columns.get(name, {}).items()}
                if table.partition and types == promised_types(table):
                    there, now = self._contents(table, f"exported.{quoted(name)}"), given[name]
                    days = {day for day in {*there, *now} if day and there.get(day) != now.get(day)}
                    rewritten = sum(now[day].rows for day in days & now.keys())
                    if rewritten <= MAX_CHANGED_SHARE * sum(fingerprint.rows for fingerprint in now.values()):
                        found[name] = sorted(days)
        return found

    def _contents(self, table: Table, source: str, parameters: Mapping[str, Parameter] = NONE) -> Contents:
        part = quoted(table.partition) if table.partition else "null"
        rows = self.run(f"select {part} as part, {digests(table)} from {source} group by part", parameters)
        return {day: Fingerprint(count, f"{xor:x}.{total:x}") for day, count, xor, total in rows}

    @contextmanager
    def _attached(self, path: Path, options: str) -> Iterator[None]:
        self.run(f"attach $path as exported {options}", {"path": str(path)})
        try:
            yield
        except BaseException:  # an interrupt, too, must not leave the file attached
            with suppress(duckdb.Error):  # the error to be seen is the first
                self.run("detach exported")
            raise
        self.run("detach exported")
