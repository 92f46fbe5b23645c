"""Asset of the features: the same customers, log-transformed and standardised."""

import dagster as dg

from rfm_assets.defs.catalogue import catalogued, keys, rows
from rfm_assets.defs.partitions import snapshot_days
from rfm_assets.defs.resources import Warehouse
from rfm_assets.segmentation.snapshots import store_snapshot


@dg.asset(
    **catalogued("features.customers", "sql", by_day=True),
    deps=keys("rfm.customers", "model.versions", "model.scaling"),
)
def customers(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """The logarithms of recency, frequency and monetary, standardised as the model version that scores them was."""
    with warehouse.engine() as engine:
        return rows(sum(store_snapshot(engine, "features.customers", day) for day in snapshot_days(context)))
