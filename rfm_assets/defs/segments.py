"""Assets of the segments: who is where, what each segment is like, who moved and why, and what to do."""

from collections.abc import Iterator

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.defs.catalogue import POOL, catalogued, catalogued_spec, keys, rows
from rfm_assets.defs.partitions import ONE_RUN, snapshot_days
from rfm_assets.defs.resources import Warehouse
from rfm_assets.engines.base import select
from rfm_assets.publishing.profile import as_markdown
from rfm_assets.segmentation.snapshots import store_reasons, store_snapshot
from rfm_assets.settings import Settings


@dg.asset(**catalogued("segments.playbook"))
def playbook(warehouse: Warehouse, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Who the customers of each segment are and what to do with them; yours to edit, see RFM_ARCHETYPES."""
    from rfm_assets.segmentation.archetypes import load_archetypes, playbook_rows

    frame = playbook_rows(load_archetypes(settings.archetypes))
    with warehouse.engine() as engine:
        engine.write(TABLES["segments.playbook"], frame)
    return rows(len(frame))


@dg.asset(
    **catalogued("segments.customers", "sql", by_day=True),
    deps=keys("rfm.customers", "features.customers", "model.centroids", "segments.playbook"),
)
def customers(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """The segment of each customer as of the snapshot, the one before, how clear it is, and what to do."""
    with warehouse.engine() as engine:
        return rows(sum(store_snapshot(engine, "segments.customers", day) for day in snapshot_days(context)))


@dg.asset(
    **catalogued("segments.reasons", "sql", by_day=True),
    deps=keys("segments.customers", "model.scaling", "model.centroids"),
)
def reasons(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """Why each customer of the latest snapshot is in the segment, in a sentence; an older day leaves it as it is."""
    with warehouse.engine() as engine:
        store_reasons(engine, snapshot_days(context))
        return rows(engine.count(TABLES["segments.reasons"]))


@dg.asset(**catalogued("segments.profiles", "sql", by_day=True), deps=keys("segments.customers", "rfm.customers"))
def profiles(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """How many customers each segment has, what they bring, and how they buy."""
    with warehouse.engine() as engine:
        days = snapshot_days(context)
        count = sum(store_snapshot(engine, "segments.profiles", day) for day in days)
        profile = engine.read(select("segments.profile"), snapshot_on=days[-1])
    return rows(count, profile=dg.MetadataValue.md(as_markdown(profile)))


@dg.asset(
    **catalogued("segments.profile_products", "sql", by_day=True), deps=keys("segments.customers", "clean.transactions")
)
def profile_products(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """The ten products that the customers of each segment bought, and kept, for most, up to the snapshot."""
    with warehouse.engine() as engine:
        return rows(sum(store_snapshot(engine, "segments.profile_products", day) for day in snapshot_days(context)))


@dg.asset(
    **catalogued("segments.profile_countries", "sql", by_day=True),
    deps=keys("segments.customers", "clean.transactions"),
)
def profile_countries(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """The ten countries that the customers of each segment bought from, and kept, for most, up to the snapshot."""
    with warehouse.engine() as engine:
        return rows(sum(store_snapshot(engine, "segments.profile_countries", day) for day in snapshot_days(context)))


@dg.multi_asset(
    specs=[
        catalogued_spec(
            "segments.customer_moves", "sql", by_day=True,
            deps=("segments.customers", "rfm.customers", "clean.orders"),
            description="Who went from which segment to which since the snapshot before, each move with its one cause.",
        ),
        catalogued_spec(
            "segments.moves", "sql", by_day=True, deps=("segments.customer_moves",),
            description="How many customers went from which segment to which since the snapshot before, and why.",
        ),
    ],
    backfill_policy=ONE_RUN,
    pool=POOL,
)  # fmt: skip
def moves(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Who moved, and how many."""
    with warehouse.engine() as engine:
        for table in ("segments.customer_moves", "segments.moves"):
            yield rows(sum(store_snapshot(engine, table, day) for day in snapshot_days(context)), table)
