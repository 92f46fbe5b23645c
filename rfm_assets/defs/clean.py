"""Assets of the clean tables: each line accepted or rejected, the orders, the ledger; only touched days are rebuilt."""

from collections.abc import Iterator

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.defs.catalogue import POOL, catalogued_spec, rows
from rfm_assets.defs.partitions import ONE_RUN
from rfm_assets.defs.resources import Warehouse
from rfm_assets.ingestion.cleaning import rebuild_touched_days

DEPS = {
    "clean.transactions": ["raw.transactions", "raw.days"],
    "clean.rejected": ["raw.transactions", "raw.days"],
    "clean.orders": ["clean.transactions"],
    "clean.ledger": ["clean.transactions", "clean.rejected"],
}


@dg.multi_asset(
    name="clean",
    specs=[catalogued_spec(table, "sql", deps=deps) for table, deps in DEPS.items()],
    backfill_policy=ONE_RUN,
    pool=POOL,
)
def clean(warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Each line in one class, the orders that the accepted lines make, and the ledger that adds them up."""
    with warehouse.engine() as engine:
        days = rebuild_touched_days(engine)
        counts = {table: engine.count(TABLES[table]) for table in DEPS}
    for table, count in counts.items():
        yield rows(count, table, days_rebuilt=days)
