"""The jobs, one that refreshes a day and one that validates, and what starts them: the clock, and files in landing."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import dagster as dg

from rfm_assets.defs.freshness import BY_ITSELF
from rfm_assets.defs.partitions import SNAPSHOTS
from rfm_assets.ingestion.files import landed_names
from rfm_assets.settings import Settings, load_settings

VALIDATION = dg.AssetSelection.groups("validation")

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all() - VALIDATION - BY_ITSELF,
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
    schedules = (
        _schedule("daily_refresh", "refresh", settings.refresh_cron, settings.timezone),
        _schedule("monthly_validation", "validate", settings.validation_cron, settings.timezone),
    )
    return dg.Definitions(jobs=[refresh, validate], schedules=schedules, sensors=[_landing_files(settings)])


def _schedule(name: str, job: str, cron: str, timezone: str) -> dg.ScheduleDefinition:
    @dg.schedule(name=name, job_name=job, cron_schedule=cron, execution_timezone=timezone)
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        """Run the job for yesterday, the day before the tick."""
        yesterday = (context.scheduled_execution_time - timedelta(days=1)).date().isoformat()
        if not SNAPSHOTS.has_partition_key(yesterday):
            return dg.SkipReason(
                f"{yesterday} is not a day that can be refreshed: RFM_FIRST_SNAPSHOT and RFM_LAST_SNAPSHOT set limits"
            )
        return dg.RunRequest(partition_key=yesterday)

    return schedule


def _landing_files(settings: Settings) -> dg.SensorDefinition:
    @dg.sensor(job=refresh, minimum_interval_seconds=settings.landing_seconds)
    def landing_files(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        """Refresh the last day that is over when files have come in and nothing in landing changed since the last look.

        The cursor is what landing looked like at the last look and when a run was last asked for: one run for many
        files, and none for files that are known.
        """
        now = _look(settings.landing)
        if not now:
            return dg.SkipReason(f"no file lies in {settings.landing}")
        last, _, asked = (context.cursor or " ").partition(" ")
        if now == asked:
            return dg.SkipReason("no file has come in since the last run")
        if now != last:
            context.update_cursor(f"{now} {asked}")
            return dg.SkipReason("files have come in; the next look tells whether they are at rest")
        context.update_cursor(f"{now} {now}")
        last_day = SNAPSHOTS.get_last_partition_key()
        if last_day is None:
            return dg.SkipReason("RFM_FIRST_SNAPSHOT is not over yet: there is no day to refresh")
        return dg.RunRequest(run_key=f"{last_day} {now}", partition_key=last_day)

    return landing_files


def _look(landing: Path) -> str:
    """Return a digest of the names, sizes and times of what lies in landing, nothing when it is empty."""
    facts = ((name, (landing / name).stat()) for name in landed_names(landing))
    lines = [f"{name} {fact.st_size} {fact.st_mtime_ns}" for name, fact in facts]
    return sha256("\n".join(lines).encode()).hexdigest()[:16] if lines else ""
