"""Assets of what BI opens: written only when the checks before them passed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from rfm_assets.contracts import PUBLISHED, TABLES
from rfm_assets.contracts.published import CONTRACT_VERSION
from rfm_assets.defs.catalogue import POOL, columns, key, keys, published_as, tags
from rfm_assets.defs.checks import blocking_checks
from rfm_assets.defs.evaluations import ENDED, FAILED, last_evaluation
from rfm_assets.defs.freshness import FRESH
from rfm_assets.defs.resources import Warehouse
from rfm_assets.defs.whole_days import require_whole_days, run_days, withheld_days
from rfm_assets.engines.base import Engine, select
from rfm_assets.publishing.files import Published, publish
from rfm_assets.publishing.promises import ContractNotKeptError
from rfm_assets.settings import Settings

CONTRACT_KEPT = "contract_kept"
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 DuckDB's timestamps have no timezone
PUBLISHED_FROM = (
    "segments.customers", "segments.profiles", "segments.moves", "segments.reasons", "segments.playbook", "raw.files",
    "rfm.snapshots",
)  # fmt: skip
# Not published, but nothing is when a blocking check of theirs fails: the ends of the graph, all else is before them.
WAITED_FOR = (
    "raw.landed_files", "raw.unreadable", "raw.excluded_codes", "clean.copies", "clean.guests", "clean.ledger",
    "model.candidates", "model.drift", "model.rule_cards", "segments.profile_products", "segments.profile_countries",
)  # fmt: skip
LAST = "segments.snapshots"  # written when all is published
# All that a refresh writes before.
CHECKED = tuple(name for name, table in TABLES.items() if table.schema != "validation" and name != LAST)


@dg.asset(
    **published_as("duckdb", "parquet"),
    freshness_policy=FRESH,
    tags=tags(PUBLISHED["published.segments"]),
    metadata=columns(PUBLISHED["published.segments"]),
    pool=POOL,
    deps=keys(*PUBLISHED_FROM, *WAITED_FOR),
    check_specs=[
        dg.AssetCheckSpec(
            CONTRACT_KEPT,
            asset=key("published.segments"),
            blocking=True,
            description="No table or column that BI reads is gone, or has another type or meaning, without a new "
            "contract version. Looked at before anything is replaced.",
        )
    ],
)
def segments(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """The files that BI opens: the latest snapshot, the history, profiles, moves and playbook; replaced in one step."""
    with warehouse.engine() as engine:
        require_publishable(context, engine, settings.of_shop)
        try:
            published = publish(engine, settings, started_at(context), run_days(context))
            seconds = warehouse.seconds
        except ContractNotKeptError as broken:
            yield dg.AssetCheckResult(check_name=CONTRACT_KEPT, passed=False, description=str(broken))
            raise dg.Failure(str(broken), allow_retries=False) from broken
    yield dg.MaterializeResult(
        metadata={**_metadata(published), "duration_seconds": seconds}, check_results=[_kept(published)]
    )


def started_at(context: dg.AssetExecutionContext) -> datetime:
    """Return when the run started, UTC without its timezone."""
    record = context.instance.get_run_record_by_id(context.run.run_id)
    if record is None or record.start_time is None:
        raise dg.DagsterInvariantViolationError(f"run {context.run.run_id} has not started: publish as part of a run")
    return EPOCH + timedelta(seconds=record.start_time)


def require_publishable(context: dg.AssetExecutionContext, engine: Engine, of_shop: str) -> None:
    """Return when the latest snapshot may be seen by others; what other runs than this one did counts too.

    Args:
        context: of the publication.
        engine: of the warehouse.
        of_shop: what a command says of the shop.

    Raises:
        Failure: a blocking check failed the last time it came to its end, or the latest snapshot is half-made: its run
            failed a check, or was stopped, and this run did not make it; or see `require_whole_days`. The message
            names run or day.
    """
    checks = blocking_checks(CHECKED)
    latest = context.instance.event_log_storage.get_latest_asset_check_execution_by_key(checks)
    # A run that was cut off leaves checks planned, in front of what they last found.
    ended = {
        check: record if record.status in ENDED else last_evaluation(context.instance, check)
        for check, record in latest.items()
    }
    failed = {
        f"{'.'.join(check.asset_key.path)} {check.name}": record.run_id
        for check, record in ended.items()
        if record and record.status == FAILED
    }
    if failed:
        named = "; ".join(f"{name} in run {run_id}" for name, run_id in failed.items())
        raise dg.Failure(
            f"Nothing was published, what was before stays: blocking checks failed when last run: {named}. See there "
            "what to do, and run the job refresh, which checks again",
            allow_retries=False,
        )
    day = engine.row(select("segments.latest"))["snapshot_on"]
    if day in withheld_days(engine, run_days(context)):
        raise dg.Failure(
            f"Nothing was published, what was before stays: the latest snapshot, {day}, is of a run that did not come "
            f"to its end. `make refresh{of_shop} DAY={day}` makes it whole and publishes it",
            allow_retries=False,
        )
    require_whole_days(context, engine, of_shop)


def _metadata(published: Published) -> dict[str, Any]:
    return {
        "dagster/row_count": published.row_counts["segments"],
        "path": dg.MetadataValue.path(published.duckdb),
        "parquet": dg.MetadataValue.path(published.parquet),
        "history": dg.MetadataValue.path(published.history),
        "contract_version": CONTRACT_VERSION,
        "bytes": published.duckdb.stat().st_size,
        **{f"rows in {name}": count for name, count in published.row_counts.items()},
    }


def _kept(published: Published) -> dg.AssetCheckResult:
    before = published.version_before
    return dg.AssetCheckResult(
        check_name=CONTRACT_KEPT,
        passed=True,
        metadata={"contract version before": "none" if before is None else str(before), "now": str(CONTRACT_VERSION)},
    )
