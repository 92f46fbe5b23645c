"""Assets of what BI opens: written only when the checks before them passed."""

import dagster as dg

from rfm_assets.contracts import PUBLISHED
from rfm_assets.contracts.published import CONTRACT_VERSION
from rfm_assets.defs.catalogue import OWNERS, POOL, column_schema, keys
from rfm_assets.defs.freshness import FRESH
from rfm_assets.defs.partitions import ONE_RUN, SNAPSHOTS
from rfm_assets.defs.resources import Warehouse
from rfm_assets.publishing.files import publish
from rfm_assets.settings import Settings


@dg.asset(
    key_prefix="published",
    group_name="published",
    kinds={"duckdb", "parquet"},
    owners=OWNERS,
    freshness_policy=FRESH,
    metadata={"dagster/column_schema": column_schema(PUBLISHED["published.segments"])},
    partitions_def=SNAPSHOTS,
    backfill_policy=ONE_RUN,
    pool=POOL,
    deps=keys(
        "segments.customers",
        "segments.profiles",
        "segments.moves",
        "segments.reasons",
        "segments.playbook",
        "raw.files",
    ),
)
def segments(warehouse: Warehouse, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """The files that BI opens: the latest snapshot, the history, profiles, moves and playbook; replaced in one step."""
    with warehouse.engine() as engine:
        published = publish(engine, settings)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": published.row_counts["segments"],
            "path": dg.MetadataValue.path(published.duckdb),
            "parquet": dg.MetadataValue.path(published.parquet),
            "contract_version": CONTRACT_VERSION,
            **{f"rows in {name}": count for name, count in published.row_counts.items()},
        }
    )
