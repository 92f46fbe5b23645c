"""What assets are given: the settings and the warehouse. One process a run, because DuckDB has one writer."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field, PrivateAttr

from rfm_assets.defs import retries
from rfm_assets.engines.base import Engine
from rfm_assets.engines.errors import MemoryLimitError
from rfm_assets.one_at_a_time import alone
from rfm_assets.settings import Settings, load_settings

if TYPE_CHECKING:
    import duckdb

# The size of the log from which on DuckDB compresses it into the file, as it does when the file is closed. At its own
# 16 MB it would do so after each file loaded, in one thread, while the run waits.
CHECKPOINT = "256MB"


def alone_on(warehouse: Path, say: Callable[[str], object]) -> AbstractContextManager[None]:
    """Keep runs on a warehouse out; while one is on it, wait, and say so."""
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    return alone(Path(f"{warehouse}.run"), say, f"waiting for another run on {warehouse} to end")


class Warehouse(dg.ConfigurableResource):
    """The DuckDB file that the pipeline alone opens, given as an engine."""

    path: str = Field(description="path of the warehouse file")
    connection_config: dict[str, str] = Field(default={}, description="settings of DuckDB")
    _run: ExitStack | None = PrivateAttr(default=None)
    _held: "duckdb.DuckDBPyConnection | None" = PrivateAttr(default=None)
    _is_up_to_date: bool = PrivateAttr(default=False)  # the held one
    _opened_at: float = PrivateAttr(default=0.0)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator["Warehouse"]:
        """Keep other runs out until this one has ended, also those that are in no queue of Dagster's.

        Between two steps of a run the tables do not agree, and another run's checks would fail for it. The warehouse
        stays open from the first step that needs it to the end: opening it takes 35 ms.
        """
        with ExitStack() as turn, ExitStack() as self._run:
            if not _is_over(context):
                turn.enter_context(alone_on(Path(self.path), dg.get_dagster_logger().info))
            yield self
        self._run = self._held = None
        self._is_up_to_date = False

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Give an engine with a connection of its own; closed whatever happens, and its temporary tables with it."""
        import duckdb

        from rfm_assets.engines.duckdb.engine import DuckDBEngine
        from rfm_assets.engines.duckdb.warehouse import require_whole

        self._opened_at = perf_counter()
        try:
            with ExitStack() as alone, (self._held or self._opened(self._run or alone)).cursor() as connection:
                connection.execute("use warehouse")
                engine = DuckDBEngine(connection, is_up_to_date=self._is_up_to_date)
                self._is_up_to_date = self._held is not None
                for change in engine.migrated:
                    dg.get_dagster_logger().warning(change)
                yield engine
        except retries.PASSING as held:
            raise retries.another_try() from held
        except duckdb.OutOfMemoryException as failure:
            raise MemoryLimitError(
                f"{str(failure).splitlines()[0]}: DuckDB may use {self.connection_config['memory_limit']}. Raise "
                "RFM_MEMORY_LIMIT, or lower RFM_THREADS, and run it again: every table is as before or as after"
            ) from failure
        except duckdb.Error as failure:
            require_whole(Path(self.path), failure)
            raise

    def _opened(self, stack: ExitStack) -> "duckdb.DuckDBPyConnection":
        from dagster_duckdb import DuckDBResource

        from rfm_assets.engines.duckdb.warehouse import open_warehouse

        # The file is attached: opened by itself, `rfm.duckdb` would be the catalogue `rfm`, `rfm.customers` ambiguous.
        in_memory = DuckDBResource(database=":memory:", connection_config=dict(self.connection_config))
        # `get_connection` leaves its connection open when the body raises.
        connection = stack.enter_context(in_memory.get_connection())
        stack.callback(connection.close)
        open_warehouse(connection, Path(self.path))
        self._held = connection if self._run else None
        return connection

    @property
    def seconds(self) -> float:
        """Seconds since an engine was last asked for: what an asset took, when it asks at its end."""
        return round(perf_counter() - self._opened_at, 3)


def _is_over(context: dg.InitResourceContext) -> bool:
    """Return whether the run has ended: `dg launch` makes the resources once more then, and would wait for the next."""
    run = context.instance.get_run_by_id(context.run.run_id) if context.instance and context.run else None
    return run is not None and run.is_finished


def warehouse_of(settings: Settings) -> Warehouse:
    """Return the warehouse that the settings describe."""
    limits = {
        "memory_limit": settings.memory_limit,
        "temp_directory": f"{settings.warehouse}.tmp",
        "checkpoint_threshold": CHECKPOINT,
        "write_buffer_row_group_count": "1",  # written when it is full: five of them, DuckDB's default, hold 40 MB
    }
    if settings.threads:
        limits["threads"] = str(settings.threads)
    return Warehouse(path=str(settings.warehouse), connection_config=limits)


@dg.definitions
def resources() -> dg.Definitions:
    """Return the resources and the executor."""
    settings = load_settings()
    return dg.Definitions(
        resources={"settings": settings, "warehouse": warehouse_of(settings)},
        executor=dg.in_process_executor,
    )
