"""Assets of the RFM tables: recency, frequency, monetary and their scores, in SQL."""

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.defs.catalogue import catalogued, keys, report_day, rows, taken
from rfm_assets.defs.partitions import snapshot_days
from rfm_assets.defs.resources import Warehouse
from rfm_assets.engines.base import select
from rfm_assets.publishing import figures
from rfm_assets.segmentation.snapshots import store_customers
from rfm_assets.settings import Settings


@dg.asset(**catalogued("rfm.grid", "sql"))
def grid(warehouse: Warehouse) -> dg.MaterializeResult:
    """The customary names of the 25 recency and frequency cells: Champions, Loyal, At Risk and so on."""
    with warehouse.engine() as engine:
        return rows(engine.store(TABLES["rfm.grid"], select("rfm.grid")), duration_seconds=warehouse.seconds)


@dg.asset(**catalogued("rfm.customers", "sql", by_day=True), deps=keys("clean.orders", "clean.returns", "rfm.grid"))
def customers(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult:
    """How recently, how often and for how much each customer bought, as of the snapshot; scores from 1 to 5, 5 best."""
    with warehouse.engine() as engine:
        for day in snapshot_days(context):
            count = store_customers(engine, day, settings.monetary)
            report_day(context, "rfm.customers", day, count, figures.customers(engine, day))
        return taken(warehouse)
