"""The jobs, one that refreshes a day and one that validates, and what starts them: the clock, and files in landing."""

from datetime import timedelta

import dagster as dg

from rfm_assets.defs.catalogue import key
from rfm_assets.defs.catching_up import due_days, is_published, last_day_under_way, request_for
from rfm_assets.defs.freshness import BY_ITSELF
from rfm_assets.defs.partitions import SNAPSHOTS
from rfm_assets.defs.raw import LANDED, LOOKS
from rfm_assets.ingestion.files import digest_of, settled_looks
from rfm_assets.settings import Settings, load_settings

VALIDATION = dg.AssetSelection.groups("validation")
RETENTION = dg.AssetSelection.groups("retention")

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all() - VALIDATION - RETENTION - BY_ITSELF,
    description="Bring new files in, rebuild what they touch, segment the customers as of the day, and publish.",
)
validate = dg.define_asset_job(
    "validate",
    selection=VALIDATION,
    description="Measure what segments were worth in the days up to the snapshot, and how still their names stay.",
)


@dg.definitions
def automation() -> dg.Definitions:
    """Return the jobs, schedules and the sensor, by the settings in force; what starts runs rests until switched on."""
    settings = load_settings()
    return dg.Definitions(
        jobs=[refresh, validate],
        schedules=[_daily_refresh(settings), _monthly_validation(settings)],
        sensors=[_landing_files(settings)],
    )


def _daily_refresh(settings: Settings) -> dg.ScheduleDefinition:
    @dg.schedule(
        job=refresh,
        cron_schedule=settings.refresh_cron,
        execution_timezone=settings.timezone,
        description="Refreshes yesterday, and in the same run the days before it that were missed.",
    )
    def daily_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        """Refresh yesterday, the day before the tick, and in the same run the days before it that were missed.

        After an outage Dagster makes up for up to five ticks: the first of them asks for all that is over, the others
        find it under way. Behind RFM_LAST_SNAPSHOT its day is due until it is published.
        """
        yesterday, last = _yesterday(context), SNAPSHOTS.get_last_partition_key()
        is_missed = last is not None and yesterday > last and not is_published(context.instance, last)
        if last is None or not (SNAPSHOTS.has_partition_key(yesterday) or is_missed):
            return _no_such_day(yesterday)
        under_way = last_day_under_way(context.instance)
        if under_way and under_way >= last:
            return dg.SkipReason(f"a run for {under_way} waits or runs already")
        return request_for(due_days(context.instance, last, settings.catch_up_days))

    return daily_refresh


def _monthly_validation(settings: Settings) -> dg.ScheduleDefinition:
    @dg.schedule(
        job=validate,
        cron_schedule=settings.validation_cron,
        execution_timezone=settings.timezone,
        description="Validates as of yesterday.",
    )
    def monthly_validation(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        """Validate as of yesterday, the day before the tick."""
        yesterday = _yesterday(context)
        if not SNAPSHOTS.has_partition_key(yesterday):
            return _no_such_day(yesterday)
        return dg.RunRequest(partition_key=yesterday)

    return monthly_validation


def _yesterday(context: dg.ScheduleEvaluationContext) -> str:
    return (context.scheduled_execution_time - timedelta(days=1)).date().isoformat()


def _no_such_day(day: str) -> dg.SkipReason:
    return dg.SkipReason(
        f"{day} is not a day that can be refreshed: RFM_FIRST_SNAPSHOT and RFM_LAST_SNAPSHOT set limits"
    )


def _landing_files(settings: Settings) -> dg.SensorDefinition:
    @dg.sensor(
        job=refresh,
        minimum_interval_seconds=settings.landing_seconds,
        description="Refreshes the last day that is over when new files have come to rest in landing.",
    )
    def landing_files(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        """Refresh the last day that is over when files have come in and nothing in landing changed since the last look.

        Days before it that were missed are refreshed in the same run.

        The cursor is what landing looked like at the last look and when a run was last asked for: one run for many
        files. None is asked for while landing looks as the last run left it.
        """
        # Without files that a run would leave waiting: it would be asked for now, and not again once they are whole.
        settled_before = (context.last_tick_completion_time or 0) - settings.settle_seconds
        looks = settled_looks(settings.landing, settled_before if settings.settle_seconds else None)
        if not looks:
            return dg.SkipReason(f"no file that is at rest lies in {settings.landing}")
        now = digest_of(looks)
        if now == _known(context.instance):
            return dg.SkipReason("no file has come in since they were last read")
        last, _, asked = (context.cursor or " ").partition(" ")
        if now == asked:
            return dg.SkipReason("no file has come in since the last run")
        if now != last:
            context.update_cursor(f"{now} {asked}")
            return dg.SkipReason("files have come in; the next look tells whether they are at rest")
        last_day = SNAPSHOTS.get_last_partition_key()
        if last_day is None:
            return dg.SkipReason("RFM_FIRST_SNAPSHOT is not over yet: there is no day to refresh")
        context.update_cursor(f"{now} {now}")
        days = due_days(context.instance, last_day, settings.catch_up_days)
        # Files that are put back as they were, times and all, are read again: the key has what was there before.
        return request_for(days, run_key=f"{last_day} {asked} {now}")

    return landing_files


def _known(instance: dg.DagsterInstance) -> str | None:
    """Return the digest of the files that the last run has read, failed ones among them."""
    event = instance.get_latest_materialization_event(key(LANDED))
    told = event.asset_materialization.metadata.get(LOOKS) if event and event.asset_materialization else None
    return str(told.value) if told else None
