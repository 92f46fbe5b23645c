"""Assets of the raw tables: every line as it came, by file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.defs.catalogue import NOTHING, POOL, catalogued_spec, rows
from rfm_assets.defs.partitions import ONE_RUN
from rfm_assets.defs.resources import Warehouse
from rfm_assets.engines.base import select
from rfm_assets.publishing.catalogue import entries
from rfm_assets.settings import Settings

if TYPE_CHECKING:
    from rfm_assets.ingestion.intake import Intake

LANDED = "raw.landed_files"
NAMED = 3  # files, in a message
LOOKS = "what landing looked like"  # metadata: for the sensor
DEPS: dict[str, list[str]] = {
    "raw.files": [],
    LANDED: [],
    "raw.transactions": ["raw.files"],
    "raw.unreadable": ["raw.files"],
    "raw.days": ["raw.transactions"],
    "raw.excluded_codes": [],
}


def intake_of(settings: Settings, run: dg.RunRecord | None) -> "Intake":
    """Return what files are read by; the run's own time says only which of them are still being written."""
    from rfm_assets.ingestion.intake import Intake
    from rfm_assets.ingestion.mappings import load_sources
    from rfm_assets.ingestion.non_products import codes_left_out

    started = run.create_timestamp.timestamp() if run and settings.settle_seconds else None
    return Intake(
        sources=load_sources(settings.sources),
        currency=settings.currency,
        timezone=settings.timezone,
        excluded_codes=codes_left_out(settings),
        settled_before=started - settings.settle_seconds if started else None,
        scratch=settings.warehouse.parent,  # with as much room as the data, and one run at a time
    )


@dg.multi_asset(
    specs=[catalogued_spec(table, "file", deps=deps) for table, deps in DEPS.items()],
    backfill_policy=ONE_RUN,
    pool=POOL,
)
def raw(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult]:
    """Every line of the files in landing as it came, by file; what could not be read, with its reason."""
    from rfm_assets.ingestion.files import Look, digest_of
    from rfm_assets.ingestion.landing import load_landing

    with warehouse.engine() as engine:
        intake = intake_of(settings, context.instance.get_run_record_by_id(context.run.run_id))
        outcomes = load_landing(engine, settings.landing, settings.max_unreadable_share, context.log.info, intake)
        for outcome in outcomes:
            if outcome.status == "waiting":
                context.log.warning(f"{outcome.error}: it waits for the next run")
            if outcome.above_headers:
                context.log.info(f"{outcome.name}: lines passed over above its header: {outcome.above_headers}")
            for sheet in outcome.sheets_left_out:
                context.log.warning(f"{outcome.name}: sheet {sheet!r} is left out, for no mapping fits its columns")
        if left := [outcome.name for outcome in outcomes if outcome.status == "left"]:
            context.log.warning(
                f"files that are not in landing stay as another form of their mapping read them: {len(left):,} "
                f"({', '.join(left[:NAMED])}{', …' if len(left) > NAMED else ''}). "
                "Put them into landing again to have them by the present one"
            )
        counts = {table: engine.count(TABLES[table]) for table in DEPS}
        newest = entries.files(engine)
        looks = digest_of(Look(*look) for *look, _ in engine.read(select("raw.landed_files")).rows())
    for table, count in counts.items():
        yield rows(
            count,
            table,
            newest if table == "raw.files" else NOTHING,
            **({LOOKS: looks} if table == LANDED else {}),
            files_loaded=[outcome.name for outcome in outcomes if outcome.status == "loaded"],
            files_waiting=[outcome.error for outcome in outcomes if outcome.status == "waiting"],
            sheets_left_out=[f"{outcome.name}: {name}" for outcome in outcomes for name in outcome.sheets_left_out],
            files_failed=[outcome.error for outcome in outcomes if outcome.status == "failed"],
            lines_read=sum(outcome.line_count for outcome in outcomes),
            duration_seconds=warehouse.seconds,
        )
