"""Assets of the RFM tables: recency, frequency, monetary and their scores, in SQL."""

from collections.abc import Iterator

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.defs.catalogue import POOL, catalogued, catalogued_spec, report_day, rows, taken
from rfm_assets.defs.partitions import ONE_RUN, snapshot_days
from rfm_assets.defs.resources import Warehouse
from rfm_assets.engines.base import select
from rfm_assets.publishing.catalogue import entries
from rfm_assets.segmentation.snapshots import store_customers
from rfm_assets.settings import Settings

DEPS = ("clean.orders", "clean.returns", "clean.daily_orders", "rfm.grid")


@dg.asset(**catalogued("rfm.grid", "sql"))
def grid(warehouse: Warehouse) -> dg.MaterializeResult:
    """The customary names of the 25 recency and frequency cells: Champions, Loyal, At Risk and so on."""
    with warehouse.engine() as engine:
        return rows(engine.store(TABLES["rfm.grid"], select("rfm.grid")), duration_seconds=warehouse.seconds)


@dg.multi_asset(
    name="rfm__customers",
    specs=[
        catalogued_spec("rfm.customers", "sql", deps=DEPS, by_day=True),
        catalogued_spec("rfm.snapshots", "sql", deps=["clean.daily_orders"], by_day=True),
    ],
    backfill_policy=ONE_RUN,
    pool=POOL,
)
def customers(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult]:
    """The numbers of each customer as of the snapshot, and what they are made from; both in one transaction."""
    days = snapshot_days(context)
    with warehouse.engine() as engine:
        for day in days:
            count = store_customers(engine, day, settings.monetary)
            report_day(context, "rfm.customers", day, count, entries.customers(engine, day))
            report_day(context, "rfm.snapshots", day, 1)
        for table in ("rfm.customers", "rfm.snapshots"):
            yield taken(warehouse, table)
