"""Assets of the raw tables: every line as it came, by file."""

from collections.abc import Iterator

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.defs.catalogue import POOL, catalogued_spec, rows
from rfm_assets.defs.partitions import ONE_RUN
from rfm_assets.defs.resources import Warehouse
from rfm_assets.ingestion.landing import load_landing
from rfm_assets.settings import Settings

DEPS: dict[str, list[str]] = {
    "raw.files": [],
    "raw.transactions": ["raw.files"],
    "raw.unreadable": ["raw.files"],
    "raw.days": ["raw.transactions"],
}


@dg.multi_asset(
    name="raw",
    specs=[catalogued_spec(table, "file", deps=deps) for table, deps in DEPS.items()],
    backfill_policy=ONE_RUN,
    pool=POOL,
)
def raw(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult]:
    """Every line of the files in landing as it came, by file; what could not be read, with its reason."""
    with warehouse.engine() as engine:
        outcomes = load_landing(engine, settings.landing, settings.max_unreadable_share, context.log.info)
        counts = {table: engine.count(TABLES[table]) for table in DEPS}
    for table, count in counts.items():
        yield rows(
            count,
            table,
            files_loaded=[outcome.name for outcome in outcomes if outcome.status == "loaded"],
            files_failed=[outcome.error for outcome in outcomes if outcome.status == "failed"],
            lines_read=sum(outcome.line_count for outcome in outcomes),
        )
