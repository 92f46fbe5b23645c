"""Dagster's own SQLite storage, same files and tables, with connections that are kept: `dagster_home/dagster.yaml`."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from dagster import DagsterInvariantViolationError
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.schedules import SqliteScheduleStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS, create_db_conn_string
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage, SqliteStorageConfig
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text

Storage = TypeVar("Storage", SqliteRunStorage, SqliteScheduleStorage)
KEPT = 16  # files: runs, schedules, the index of events, and the runs looked at last, which have a file each


@lru_cache(maxsize=KEPT)
def kept_engine(address: str) -> Engine:
    """Return the engine of a SQLite file, one a process.

    Dagster makes an engine, with its own compiled statements, and a connection for every event, and SQLite folds its
    log into the file whenever the last connection closes. A run stores some 300 events.
    """
    engine = create_engine(address, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})

    @event.listens_for(engine, "connect")
    def _write_ahead(connection: Any, _: object) -> None:
        # With a write-ahead log, which these files have, losing power loses the last events, never the file.
        connection.execute("pragma synchronous = normal")

    return engine


def is_made(engine: Engine) -> bool:
    """Return whether Dagster has made the tables of a SQLite file.

    Dagster itself reads all of its migrations to find that out, a tenth of a second for the files of an instance.
    """
    if not Path(str(engine.url.database)).exists():
        return False
    with engine.connect() as connection:
        has_version = "alembic_version" in inspect(connection).get_table_names()
        return has_version and connection.execute(text("select 1 from alembic_version")).first() is not None


class KeptEventLog(SqliteEventLogStorage):
    """The event log on kept connections, which looks once whether its tables are there, and not at every event."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._tables: set[str] = set()
        self._asset_key_columns: set[str] = set()
        super().__init__(base_dir, inst_data)

    def has_table(self, table_name: str) -> bool:
        """Return whether the index has a table."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        if column_name not in self._asset_key_columns and super()._has_asset_key_col_on_connection(conn, column_name):
            self._asset_key_columns.add(column_name)
        return column_name in self._asset_key_columns

    def _initdb(self, engine: Engine, for_index_shard: bool = False) -> None:
        if not is_made(engine):
            super()._initdb(engine, for_index_shard)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = kept_engine(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def dispose(self) -> None:
        """Close the connections: SQLite folds a file's log, 4 MB for a run of 0.8, into the file when the last goes."""
        super().dispose()
        for shard in self._initialized_dbs:
            kept_engine(self.conn_string_for_shard(shard)).dispose()


class KeptRuns(SqliteRunStorage):
    """The runs on kept connections."""

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Give a connection within a transaction."""
        with kept_engine(self._conn_string).begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close the connections."""
        super().dispose()
        kept_engine(self._conn_string).dispose()


class KeptSqliteStorage(DagsterSqliteStorage):
    """What `storage: sqlite` is, on kept connections. Either reads what the other wrote."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        _require_readable(base_dir)
        self.base_dir = base_dir
        history = Path(base_dir) / "history"
        self._run_storage = _opened(KeptRuns, history, "runs")
        self._event_log_storage = KeptEventLog(str(history / "runs"))
        self._schedule_storage = _opened(SqliteScheduleStorage, Path(base_dir) / "schedules", "schedules")
        self._inst_data = inst_data

    @classmethod
    def from_config_value(  # type: ignore[override]  # as Dagster's own does
        cls, inst_data: ConfigurableClassData | None, config_value: SqliteStorageConfig
    ) -> "KeptSqliteStorage":
        """Return the storage that a `dagster.yaml` describes."""
        return cls.from_local(inst_data=inst_data, **config_value)


def _require_readable(folder: str) -> None:
    """Return when SQLite's files in a folder can be named by an address, as Dagster does.

    Raises:
        DagsterInvariantViolationError: the address would be read as that of another file.
    """
    address = create_db_conn_string(folder, "runs")
    if make_url(address).database != address.removeprefix("sqlite:///"):
        raise DagsterInvariantViolationError(
            f"DAGSTER_HOME is {folder!r}, which `make` sets by RFM_DATA: Dagster does not find its files in a path "
            "with a ?, or a % before two hexadecimal digits. Choose a folder without"
        )


def _opened(storage: type[Storage], folder: Path, name: str) -> Storage:
    address = create_db_conn_string(str(folder), name)
    return storage(address) if is_made(kept_engine(address)) else storage.from_local(str(folder))
