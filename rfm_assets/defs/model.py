"""Assets of the model tables: versions fitted on a cadence, frozen in between, and drift from them."""

from collections.abc import Iterator

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.contracts.model import TABLES as MODEL_TABLES
from rfm_assets.defs.catalogue import NOTHING, POOL, catalogued, catalogued_spec, keys, report_day, taken
from rfm_assets.defs.partitions import ONE_RUN, snapshot_days
from rfm_assets.defs.pictures import CANDIDATES, Pictures
from rfm_assets.defs.resources import Warehouse
from rfm_assets.engines.base import select
from rfm_assets.publishing.catalogue import model_entries
from rfm_assets.settings import Settings

DRIFT = "model.drift"
MODEL = [name for name in MODEL_TABLES if name != DRIFT]
ENTRIES = {
    CANDIDATES: model_entries.candidates,
    "model.versions": model_entries.versions,
    "model.centroids": model_entries.centroids,
}


@dg.multi_asset(
    specs=[catalogued_spec(table, "scikitlearn", deps=["rfm.customers"], by_day=True) for table in MODEL],
    backfill_policy=ONE_RUN,
    pool=POOL,
)
def model(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult]:
    """The K-Means version that scores the snapshot: fitted when its period has none, otherwise left as it is."""
    from rfm_assets.segmentation.fitting import ensure_version

    pictures = Pictures(context.instance, settings)
    with warehouse.engine() as engine:
        for day in snapshot_days(context):
            fitted = ensure_version(engine, day, settings, context.log.warning)
            for table in MODEL:
                told = ENTRIES[table](engine, day) if table in ENTRIES else NOTHING
                drawn = pictures.elbow(engine, day, told) if table == CANDIDATES else {}
                versions = [fitted.isoformat()] if fitted else []
                report_day(context, table, day, engine.count(TABLES[table]), told, **drawn, versions_fitted=versions)
        for table in MODEL:
            yield taken(warehouse, table)


@dg.asset(
    **catalogued(DRIFT, "sql", by_day=True),
    deps=keys("rfm.customers", "model.versions", "model.scaling", "model.centroids", "model.training"),
)
def drift(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """How far the customers of the snapshot have moved away from those that the model was fitted on."""
    from rfm_assets.segmentation.fitting import store_drift

    with warehouse.engine() as engine:
        for day in snapshot_days(context):
            count = store_drift(engine, day)
            measured = engine.read(select("model.drift_measured"), snapshot_on=day)
            report_day(context, DRIFT, day, count, **(measured.row(0, named=True) if count else {}))
        return taken(warehouse)
