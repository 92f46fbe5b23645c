"""Snapshots that late data changed: the last step of a run, the check that lists them, the job that builds them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import dagster as dg

from rfm_assets.defs.catalogue import POOL, catalogued, key, keys, report_day, taken
from rfm_assets.defs.catching_up import UNDER_WAY
from rfm_assets.defs.checks import CONTRACT, SHOWN, contract_result, contract_spec, snapshots_of
from rfm_assets.defs.evaluations import last_evaluation
from rfm_assets.defs.freshness import BY_ITSELF
from rfm_assets.defs.partitions import (
    DAY_TAG,
    SNAPSHOTS,
    SNAPSHOTS_TAG,
    named_days,
    snapshot_days,
    spans,
    tag_of,
)
from rfm_assets.defs.resources import Warehouse
from rfm_assets.defs.retention import DRY_RUN
from rfm_assets.defs.whole_days import require_whole_days
from rfm_assets.publishing.markdown import COUNT, HUNDREDTHS, Columns, as_markdown
from rfm_assets.settings import Settings, load_settings

if TYPE_CHECKING:
    import polars as pl

COMPLETED = "segments.snapshots"
EXPIRED = "retention.expired_snapshots"
AT_ONCE = set(keys("segments.reasons"))  # report once for all days of a run
UP_TO_DATE = dg.AssetCheckKey(key("rfm.customers"), "snapshots_up_to_date")
LISTED = "snapshots to restate"  # metadata: all of them, for the sensor
MOST_SPANS = 100  # days, or days that follow one another, in a tag: PostgreSQL indexes none above 2,704 bytes
COLUMNS: Columns = {
    "snapshot_on": ("snapshot", str),
    "reason": ("reason", str),
    "orders": ("orders now", COUNT),
    "orders_then": ("orders then", COUNT),
    "amount": ("their money now", HUNDREDTHS),
    "amount_then": ("their money then", HUNDREDTHS),
}
BY_DAY = (
    dg.AssetSelection.groups("rfm", "features", "model", "segments", "published")
    - dg.AssetSelection.assets("rfm/grid", "segments/playbook")
    - BY_ITSELF
)  # fmt: skip

restate = dg.define_asset_job(
    "restate",
    selection=BY_DAY,
    description="Build the snapshots that older data changed again, in one run: those that its tag "
    f"{SNAPSHOTS_TAG} names. `make restate` and the sensor restated_snapshots start it.",
)


@dg.asset(
    **catalogued(COMPLETED, by_day=True),
    deps=keys(
        "rfm.snapshots",
        "model.drift",
        "model.rule_cards",
        "segments.customers",
        "segments.reasons",
        "segments.profiles",
        "segments.profile_products",
        "segments.profile_countries",
        "segments.moves",
        "published.segments",
    ),
)
def snapshots(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult:
    """Which snapshots are complete, and what their segments are made from; the last step of a run."""
    from rfm_assets.segmentation.restating import complete_snapshots

    days = snapshot_days(context)
    with warehouse.engine() as engine:
        require_whole_days(context, engine, settings.of_shop)
        complete_snapshots(engine, days)
    if SNAPSHOTS_TAG in context.run.tags:
        others = {day.isoformat() for day in days} - set(context.partition_keys)
        _show_partitions(context, sorted(others))
    for day in days:
        report_day(context, COMPLETED, day, 1)
    return taken(warehouse)


def _show_partitions(context: dg.AssetExecutionContext, days: list[str]) -> None:
    """Tell Dagster that the run made these partitions, too, of what does not report day by day."""
    layer = context.job_def.asset_layer
    # In the graph's order: to Dagster, what is told before something that it is made from is out of date.
    for asset in layer.asset_graph.toposorted_asset_keys:
        if asset in layer.executable_asset_keys and (asset.path[0] == "published" or asset in AT_ONCE):
            for day in days:
                context.log_event(dg.AssetMaterialization(asset, partition=day))


def batches(days: Iterable[str]) -> list[list[str]]:
    """Return the days as few runs can name them: one run, but where hundreds of them do not follow one another."""
    found = spans(days)
    return [list(chain(*found[at : at + MOST_SPANS])) for at in range(0, len(found), MOST_SPANS)]


def tags_for(days: Sequence[str]) -> dict[str, str]:
    """Return the tags of a run for the snapshots of one of the `batches`.

    To Dagster it is a run of the last of them, for its own tags name one partition or a range without gaps, and every
    day of the range would count as built. The others are told to it at the end. It knows no day outside
    RFM_FIRST_SNAPSHOT and RFM_LAST_SNAPSHOT, where a snapshot may lie since they were changed: a run of such days alone
    is of the first day to it, for with the last one every day before it would count as caught up.
    """
    known = [day for day in days if SNAPSHOTS.has_partition_key(day)]
    last = max(known, default=SNAPSHOTS.get_first_partition_key() or max(days))
    return {DAY_TAG: last, SNAPSHOTS_TAG: tag_of(days)}


# With the last step's contract, for a step of its own would cost each run more than the check itself.
@dg.multi_asset_check(
    name="segments_snapshots_checks",
    specs=[
        contract_spec(COMPLETED),
        dg.AssetCheckSpec(
            UP_TO_DATE.name, asset=UP_TO_DATE.asset_key, additional_deps=[key(COMPLETED)],
            description="Each snapshot is of the orders that clean.orders now has, and its run came to its end.",
        ),
    ],
    pool=POOL,
    can_subset=True,
)  # fmt: skip
def snapshots_checks(
    context: dg.AssetCheckExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.AssetCheckResult]:
    """The contract of the last step's table, and the snapshots that are to be built again."""
    from rfm_assets.segmentation.restating import outdated_snapshots

    asked = context.selected_asset_check_keys
    with warehouse.engine() as engine:
        if dg.AssetCheckKey(key(COMPLETED), CONTRACT) in asked:
            yield contract_result(engine, COMPLETED, snapshots_of(context.run), days=named_days(context.run))
        if UP_TO_DATE in asked:
            outdated = outdated_snapshots(engine, settings.monetary, settings.min_customers)
            yield _up_to_date(outdated, settings.of_shop)


def _up_to_date(outdated: "pl.DataFrame", of_shop: str) -> dg.AssetCheckResult:
    metadata: dict[str, dg.RawMetadataValue] = {"outdated snapshots": len(outdated)}
    if len(outdated):
        metadata[LISTED] = " ".join(day.isoformat() for day in outdated["snapshot_on"])
        metadata[f"first {SHOWN}"] = dg.MetadataValue.md(as_markdown(outdated.head(SHOWN), COLUMNS))
    return dg.AssetCheckResult(
        asset_key=UP_TO_DATE.asset_key,
        check_name=UP_TO_DATE.name,
        passed=outdated.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        description=outdated_in_words(outdated, of_shop) if len(outdated) else None,
        metadata=metadata,
    )


def outdated_in_words(outdated: "pl.DataFrame", of_shop: str) -> str:
    """Return what is outdated, why, and what to do, in three sentences; `of_shop` goes with the command."""
    days, reasons = outdated["snapshot_on"], outdated["reason"].value_counts(sort=True).rows()
    several = f"{len(days):,} snapshots from {days[0]} to {days[-1]} are"
    return (
        f"{several if len(days) > 1 else f'Snapshot {days[0]} is'} to be built again: "
        f"{', '.join(f'{reason} ({count:,})' for reason, count in reasons)}. "
        f"`make restate{of_shop}` does it in one run, and so does the sensor restated_snapshots when it is on. "
        "Until then, what is published of them stays as it is, and a day whose run did not come to its end is left out."
    )


@dg.definitions
def restating() -> dg.Definitions:
    """Return the job and the sensor, which rests until switched on."""
    return dg.Definitions(
        assets=[snapshots],
        asset_checks=[snapshots_checks],
        jobs=[restate],
        sensors=[_restated_snapshots(load_settings())],
    )


def _restated_snapshots(settings: Settings) -> dg.SensorDefinition:
    @dg.sensor(
        job=restate,
        minimum_interval_seconds=settings.landing_seconds,
        description="Builds the snapshots again that the last check found outdated, in one run.",
    )
    def restated_snapshots(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        """Ask for one run an evaluation of the check, unless one is under way or has just shown that it does not help.

        The cursor is the evaluation that was acted on: a run that was cut off is asked for again by the next check.
        """
        record = last_evaluation(context.instance, UP_TO_DATE)
        entry = record.event if record else None
        if record is None or entry is None or entry.dagster_event is None:
            return dg.SkipReason("no run has checked the snapshots yet")
        found = entry.dagster_event.asset_check_evaluation_data
        if found.passed:
            return dg.SkipReason("no snapshot is outdated")
        days = str(found.metadata[LISTED].value)
        if context.cursor == str(record.id):
            return dg.SkipReason(f"a run for these snapshots was asked for already: {days}")
        if context.instance.get_runs(filters=dg.RunsFilter(job_name=restate.name, statuses=list(UNDER_WAY)), limit=1):
            return dg.SkipReason("a run for snapshots waits or runs already")
        now = batches(days.split())[0]  # the check at the end of the run lists those that are left
        if _has_restated(context.instance, record.run_id, now):
            return dg.SkipReason(f"a run for these snapshots did not bring them up to date: {days}")
        if _taken_out_since(context.instance, entry.timestamp):
            return dg.SkipReason("old snapshots went since the last check: the next run says what is left to build")
        context.update_cursor(str(record.id))
        return dg.RunRequest(run_key=f"restate {record.id}", tags=tags_for(now))

    return restated_snapshots


def _has_restated(instance: dg.DagsterInstance, run_id: str, days: Sequence[str]) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is not None and run.tags.get(SNAPSHOTS_TAG) == tag_of(days)


def _taken_out_since(instance: dg.DagsterInstance, moment: float) -> bool:
    event = instance.get_latest_materialization_event(key(EXPIRED))
    if event is None or event.asset_materialization is None or event.timestamp < moment:
        return False
    told = event.asset_materialization.metadata
    return told[DRY_RUN].value is False and told["dagster/row_count"].value != 0
