"""Assets of the clean tables: each line accepted or rejected, what they make, the ledger; only touched days change."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.defs.catalogue import NOTHING, POOL, catalogued_spec, rows
from rfm_assets.defs.partitions import ONE_RUN
from rfm_assets.defs.resources import Warehouse
from rfm_assets.publishing.catalogue import entries

LISTED = 50  # days rebuilt
WITH_LEDGER = ("clean.transactions", "clean.rejected", "clean.ledger")

DEPS = {
    "clean.transactions": ["raw.transactions", "raw.days"],
    "clean.rejected": ["raw.transactions", "raw.days"],
    "clean.copies": ["raw.transactions", "raw.days"],
    "clean.guests": ["raw.transactions", "raw.days"],
    "clean.orders": ["clean.transactions"],
    "clean.returns": ["clean.transactions"],
    "clean.daily_orders": ["clean.orders", "clean.returns"],
    "clean.ledger": ["clean.transactions", "clean.rejected"],
}


@dg.multi_asset(
    specs=[catalogued_spec(table, "sql", deps=deps) for table, deps in DEPS.items()],
    backfill_policy=ONE_RUN,
    pool=POOL,
)
def clean(warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Each line in one class, the orders and returns that the accepted lines make, and the ledger that adds them up."""
    from rfm_assets.ingestion.cleaning import rebuild_touched_days

    with warehouse.engine() as engine:
        days = _shown(rebuild_touched_days(engine))
        counts = {table: engine.count(TABLES[table]) for table in DEPS}
        ledger = entries.ledger(engine)
    for table, count in counts.items():
        told = ledger if table in WITH_LEDGER else NOTHING
        yield rows(count, table, told, **days, duration_seconds=warehouse.seconds)


def _shown(days: Sequence[date]) -> dict[str, Any]:
    """Return the days rebuilt as metadata: how many, from when to when, and the first of them by name."""
    if not days:
        return {"days_rebuilt": 0}
    return {
        "days_rebuilt": len(days),
        "first_day_rebuilt": days[0].isoformat(),
        "last_day_rebuilt": days[-1].isoformat(),
        f"first {LISTED} days rebuilt": [day.isoformat() for day in days[:LISTED]],
    }
