"""What assets are given: the settings and the warehouse. One process a run, because DuckDB has one writer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster_duckdb import DuckDBResource
from pydantic import Field

from rfm_assets.engines.base import Engine
from rfm_assets.settings import Settings, load_settings


class Warehouse(DuckDBResource):
    """The DuckDB file that the pipeline alone opens, given as an engine."""

    # The file is attached: opened by itself, `rfm.duckdb` would be the catalogue `rfm`, and `rfm.customers` ambiguous.
    database: str = ":memory:"
    path: str = Field(description="path of the warehouse file")

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Open the warehouse, and close it whatever happens: `get_connection` leaves it open when the body raises."""
        from rfm_assets.engines.duckdb import DuckDBEngine, open_warehouse

        with self.get_connection() as connection:
            try:
                open_warehouse(connection, Path(self.path))
                engine = DuckDBEngine(connection)
                for change in engine.migrated:
                    dg.get_dagster_logger().warning(change)
                yield engine
            finally:
                connection.close()


def warehouse_of(settings: Settings) -> Warehouse:
    """Return the warehouse that the settings describe."""
    limits = {"memory_limit": settings.memory_limit, "temp_directory": f"{settings.warehouse}.tmp"}
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
