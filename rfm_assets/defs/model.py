"""Assets of the model tables: versions fitted on a cadence, frozen in between."""

from collections.abc import Iterator

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.contracts.model import TABLES as MODEL_TABLES
from rfm_assets.defs.catalogue import POOL, catalogued_spec, rows
from rfm_assets.defs.partitions import ONE_RUN, SNAPSHOTS, snapshot_days
from rfm_assets.defs.resources import Warehouse
from rfm_assets.settings import Settings

MODEL = list(MODEL_TABLES)


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
