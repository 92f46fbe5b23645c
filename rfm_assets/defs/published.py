"""Assets of what BI opens: written only when the checks before them passed."""

import dagster as dg

from rfm_assets.contracts import PUBLISHED
from rfm_assets.contracts.published import CONTRACT_VERSION
from rfm_assets.defs.catalogue import OWNERS, POOL, column_schema, key, keys
from rfm_assets.defs.partitions import ONE_RUN, SNAPSHOTS
from rfm_assets.defs.resources import Warehouse
from rfm_assets.publishing.files import publish
from rfm_assets.settings import Settings


@dg.asset(
    key_prefix="published",
    group_name="published",
    kinds={"duckdb", "parquet"},
    owners=OWNERS,
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


SMALL = "at_most_3_mb"


@dg.asset(
    key_prefix="published",
    group_name="published",
    kinds={"html", "duckdb"},
    owners=OWNERS,
    partitions_def=SNAPSHOTS,
    backfill_policy=ONE_RUN,
    pool=POOL,
    # After the files: without them there is no report, and whatever becomes of the report, they stay.
    deps=keys(
        "published.segments",
        "segments.customers",
        "segments.profiles",
        "segments.moves",
        "segments.profile_products",
        "rfm.customers",
        "features.customers",
        "model.candidates",
        "model.versions",
        "model.drift",
        "clean.transactions",
        "clean.returns",
        "clean.guests",
        "clean.ledger",
        "raw.files",
        "validation.segments",
        "validation.predictions",
        "validation.stability",
    ),
    check_specs=[
        dg.AssetCheckSpec(
            SMALL, asset=key("published.report"), description="The page can be sent by mail: it has at most 3 MB."
        )
    ],
)
def report(warehouse: Warehouse, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """The page for marketing: the latest snapshot in sentences, cards, charts and tables; opens without network.

    Its figures are read back and compared with the tables before it takes the place of the last one.
    """
    from rfm_assets.publishing.report.writing import MAX_BYTES, write_report
    from rfm_assets.segmentation.archetypes import load_archetypes

    colors = {archetype.name: archetype.color for archetype in load_archetypes(settings.archetypes)}
    with warehouse.engine() as engine:
        written = write_report(engine, settings, colors)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(written.path),
            "bytes": written.size,
            "figures compared": written.compared,
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=SMALL,
                passed=written.size <= MAX_BYTES,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"bytes": written.size},
            )
        ],
    )
