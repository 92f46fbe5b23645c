"""Asset of the page that marketing opens."""

import dagster as dg

from rfm_assets.defs.catalogue import AGGREGATES, POOL, key, keys, published_as
from rfm_assets.defs.published import require_publishable
from rfm_assets.defs.resources import Warehouse
from rfm_assets.defs.whole_days import run_days
from rfm_assets.settings import Settings

SMALL = "at_most_3_mb"


@dg.asset(
    **published_as("html", "duckdb"),
    tags=AGGREGATES,
    pool=POOL,
    # After the files: without them there is no report, and whatever becomes of the report, they stay.
    # Not after the validation, which it quotes where there is one: the UI would call every day without one missing.
    deps=keys(
        "published.segments",
        "segments.customers",
        "segments.profiles",
        "segments.moves",
        "segments.profile_products",
        "rfm.customers",
        "rfm.snapshots",
        "features.customers",
        "model.candidates",
        "model.versions",
        "model.drift",
        "clean.transactions",
        "clean.returns",
        "clean.guests",
        "clean.ledger",
        "raw.files",
    ),
    check_specs=[
        dg.AssetCheckSpec(
            SMALL, asset=key("published.report"), description="The page can be sent by mail: it has at most 3 MB."
        )
    ],
)
def report(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult:
    """The page for marketing: the latest snapshot in sentences, cards, charts and tables; opens without network.

    Its figures are read back and compared with the tables before it takes the place of the last one.
    """
    from rfm_assets.publishing.report.writing import MAX_BYTES, write_report
    from rfm_assets.segmentation.archetypes import load_archetypes

    colors = {archetype.name: archetype.color for archetype in load_archetypes(settings.archetypes)}
    with warehouse.engine() as engine:
        require_publishable(context, engine, settings.of_shop)
        written = write_report(engine, settings, colors, run_days(context))
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(written.path),
            "bytes": written.size,
            "figures compared": written.compared,
            "duration_seconds": warehouse.seconds,
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
