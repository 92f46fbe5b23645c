"""Assets of the segments: who is where, what each segment is like, who moved and why, and what to do."""

from collections.abc import Callable, Iterator
from datetime import date

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.defs.catalogue import POOL, catalogued, catalogued_spec, keys, report_day, rows, taken
from rfm_assets.defs.partitions import ONE_RUN, snapshot_days
from rfm_assets.defs.resources import Warehouse
from rfm_assets.engines.base import Engine, select
from rfm_assets.publishing.catalogue import entries
from rfm_assets.publishing.catalogue.entries import Entry
from rfm_assets.segmentation.snapshots import store_reasons, store_snapshot
from rfm_assets.settings import Settings

WHO_MOVED = "segments.customer_moves"


@dg.asset(**catalogued("segments.playbook"))
def playbook(warehouse: Warehouse, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Who the customers of each segment are and what to do with them; yours to edit, see RFM_ARCHETYPES."""
    from rfm_assets.segmentation.archetypes import load_archetypes, playbook_rows

    archetypes = load_archetypes(settings.archetypes)
    with warehouse.engine() as engine:
        frame = playbook_rows(archetypes, engine.read(select("segments.playbook_in_force")))
        engine.write(TABLES["segments.playbook"], frame)
    return rows(len(frame), entry=entries.playbook(frame), duration_seconds=warehouse.seconds)


@dg.asset(
    **catalogued("segments.customers", "sql", by_day=True),
    deps=keys("rfm.customers", "features.customers", "model.centroids", "segments.playbook"),
)
def customers(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """The segment of each customer as of the snapshot, the one before, how clear it is, and what to do."""
    return _store_days(context, warehouse, "segments.customers", entries.segments)


@dg.asset(
    **catalogued("segments.reasons", "sql", by_day=True),
    deps=keys("segments.customers", "model.scaling", "model.centroids"),
)
def reasons(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """Why each customer of the latest snapshot is in the segment, in a sentence; an older day leaves it as it is."""
    with warehouse.engine() as engine:
        store_reasons(engine, snapshot_days(context))
        return rows(engine.count(TABLES["segments.reasons"]), duration_seconds=warehouse.seconds)


@dg.asset(**catalogued("segments.profiles", "sql", by_day=True), deps=keys("segments.customers", "rfm.customers"))
def profiles(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """How many customers each segment has, what they bring, and how they buy."""
    return _store_days(context, warehouse, "segments.profiles", entries.segments)


@dg.asset(
    **catalogued("segments.profile_products", "sql", by_day=True), deps=keys("segments.customers", "clean.transactions")
)
def profile_products(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """The ten products that the customers of each segment bought, and kept, for most, up to the snapshot."""
    return _store_days(context, warehouse, "segments.profile_products", entries.top_products)


@dg.asset(
    **catalogued("segments.profile_countries", "sql", by_day=True),
    deps=keys("segments.customers", "clean.transactions"),
)
def profile_countries(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """The ten countries that the customers of each segment bought from, and kept, for most, up to the snapshot."""
    return _store_days(context, warehouse, "segments.profile_countries", entries.top_countries)


@dg.multi_asset(
    specs=[
        catalogued_spec(WHO_MOVED, "sql", by_day=True, deps=("segments.customers", "rfm.customers", "clean.orders")),
        catalogued_spec("segments.moves", "sql", by_day=True, deps=(WHO_MOVED,)),
    ],
    backfill_policy=ONE_RUN,
    pool=POOL,
)
def moves(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Who moved, and how many."""
    with warehouse.engine() as engine:
        for day in snapshot_days(context):
            report_day(context, WHO_MOVED, day, store_snapshot(engine, WHO_MOVED, day))
            count = store_snapshot(engine, "segments.moves", day)
            report_day(context, "segments.moves", day, count, entries.moves(engine, day))
        for table in (WHO_MOVED, "segments.moves"):
            yield taken(warehouse, table)


def _store_days(
    context: dg.AssetExecutionContext, warehouse: Warehouse, table: str, entry_of: Callable[[Engine, date], Entry]
) -> dg.MaterializeResult:
    with warehouse.engine() as engine:
        for day in snapshot_days(context):
            count = store_snapshot(engine, table, day)
            report_day(context, table, day, count, entry_of(engine, day))
        return taken(warehouse)
