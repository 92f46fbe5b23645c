"""Assets of the validation: what the segments are worth and how still they stay; run monthly and on demand."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import dagster as dg

from rfm_assets.defs.catalogue import POOL, catalogued, catalogued_spec, keys, report_day, taken
from rfm_assets.defs.partitions import ONE_RUN, snapshot_days
from rfm_assets.defs.resources import Warehouse
from rfm_assets.publishing.catalogue.entries import Entry
from rfm_assets.publishing.catalogue.validation import PREDICTIONS, SEGMENTS, STABILITY
from rfm_assets.publishing.markdown import Columns, as_markdown
from rfm_assets.settings import Settings

if TYPE_CHECKING:
    import polars as pl

DEPS = ["clean.orders", "clean.returns"]
# By table: how it is shown, and which of its numbers make a series over the snapshots.
OUT_OF_TIME: Mapping[str, tuple[Columns, tuple[str, ...]]] = {
    "validation.segments": (SEGMENTS, ("bought_again_share",)),
    "validation.predictions": (PREDICTIONS, ("accuracy", "auc")),
}


@dg.multi_asset(
    specs=[catalogued_spec(table, "scikitlearn", deps=DEPS, by_day=True) for table in OUT_OF_TIME],
    backfill_policy=ONE_RUN,
    pool=POOL,
)
def out_of_time(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult]:
    """What the customers of each segment did in the days up to the snapshot, and how well that could be foretold."""
    from rfm_assets.segmentation.validating import validate_out_of_time

    with warehouse.engine() as engine:
        for day in snapshot_days(context):
            found = validate_out_of_time(engine, day, settings)
            for table, (columns, series) in OUT_OF_TIME.items():
                report_day(context, table, day, len(found[table]), _entry(found[table], columns, *series))
        for table in OUT_OF_TIME:
            yield taken(warehouse, table)


@dg.asset(**catalogued("validation.stability", "scikitlearn", by_day=True), deps=keys(*DEPS))
def stability(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult:
    """How many customers keep their segment from day to day: ours, beside a model fitted anew each day."""
    from rfm_assets.segmentation.replay import summary
    from rfm_assets.segmentation.validating import validate_stability

    with warehouse.engine() as engine:
        for day in snapshot_days(context):
            found = validate_stability(engine, day, settings)
            entry = _entry(summary(found), STABILITY, "mean_agreement", "least_agreement", "permutations")
            report_day(context, "validation.stability", day, len(found), entry)
        return taken(warehouse)


def _entry(frame: "pl.DataFrame", columns: Columns, *series: str) -> Entry:
    """Return the table as people read it, and the numbers that make a series over the snapshots, by row."""
    numbers = {
        f"{name} {row[next(iter(columns))]}": row[name]
        for row in frame.select(list(columns)).iter_rows(named=True)
        for name in series
        if row[name] is not None
    }
    return Entry({"figures": as_markdown(frame, columns)}, numbers)
