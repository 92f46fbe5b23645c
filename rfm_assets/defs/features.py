"""Asset of the features: the same customers, log-transformed and standardised."""

import dagster as dg

from rfm_assets.defs.catalogue import catalogued, keys, report_day, taken
from rfm_assets.defs.partitions import snapshot_days
from rfm_assets.defs.resources import Warehouse
from rfm_assets.publishing.catalogue import model_entries
from rfm_assets.segmentation.snapshots import store_snapshot


@dg.asset(
    **catalogued("features.customers", "sql", by_day=True),
    deps=keys("rfm.customers", "model.versions", "model.scaling"),
)
def customers(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """The logarithms of recency, frequency and monetary, standardised as the model version that scores them was."""
    with warehouse.engine() as engine:
        for day in snapshot_days(context):
            count = store_snapshot(engine, "features.customers", day)
            report_day(context, "features.customers", day, count, model_entries.scaling(engine, day))
        return taken(warehouse)
