"""Assets of the model tables: versions fitted on a cadence, frozen in between, and drift from them."""

from collections.abc import Iterator

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.contracts.model import TABLES as MODEL_TABLES
from rfm_assets.defs.catalogue import POOL, catalogued, catalogued_spec, keys, rows
from rfm_assets.defs.partitions import ONE_RUN, SNAPSHOTS, snapshot_days
from rfm_assets.defs.resources import Warehouse
from rfm_assets.engines.base import select
from rfm_assets.settings import Settings

DRIFT = "model.drift"
MODEL = [name for name in MODEL_TABLES if name != DRIFT]


@dg.multi_asset(
    name="model",
    specs=[catalogued_spec(table, "scikitlearn", deps=["rfm.customers"], by_day=True) for table in MODEL],
    partitions_def=SNAPSHOTS,
    backfill_policy=ONE_RUN,
    pool=POOL,
)
def model(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult]:
    """The K-Means version that scores the snapshot: fitted when its period has none, otherwise left as it is."""
    from rfm_assets.segmentation.fitting import ensure_version

    with warehouse.engine() as engine:
        fitted = [version for day in snapshot_days(context) if (version := ensure_version(engine, day, settings))]
        counts = {table: engine.count(TABLES[table]) for table in MODEL}
    for table, count in counts.items():
        yield rows(count, table, versions_fitted=[version.isoformat() for version in fitted])


@dg.asset(
    **catalogued(DRIFT, "sql", by_day=True),
    deps=keys("rfm.customers", "model.versions", "model.scaling", "model.centroids", "model.training"),
)
def drift(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """How far the customers of the snapshot have moved away from those that the model was fitted on."""
    from rfm_assets.segmentation.fitting import store_drift

    with warehouse.engine() as engine:
        days = snapshot_days(context)
        count = sum(store_drift(engine, day) for day in days)
        newest = engine.read(select("model.drift_measured"), snapshot_on=days[-1])
    return rows(count, DRIFT, **newest.row(0, named=True)) if count else rows(count)
