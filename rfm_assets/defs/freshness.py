"""Whether BI sees yesterday: freshness policies, which look at when a table was made, and a check of which day it is.

Policies know no partitions: a backfill of old days passes them. So the check asks the published file itself.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import dagster as dg

from rfm_assets.alerting.sending import WAYS
from rfm_assets.defs.evaluations import is_by_itself
from rfm_assets.defs.freshness_policy import fresh_policy
from rfm_assets.publishing.files import DUCKDB_FILE
from rfm_assets.settings import Settings, load_settings

CHECK = dg.AssetCheckKey(dg.AssetKey(["published", "segments"]), "up_to_date")
# A refresh of an old day does not answer for yesterday: the job `refresh` leaves the check out.
BY_ITSELF = dg.AssetSelection.checks(CHECK)
ONE_SNAPSHOT = "select snapshot_on, customers from about"


@dataclass(frozen=True)
class PublishedSnapshot:
    """The day that BI sees, none when there is none, and this in words."""

    day: date | None
    words: str


def published_snapshot(settings: Settings) -> PublishedSnapshot:
    """Return which snapshot is published."""
    import duckdb

    from rfm_assets.engines.duckdb.frames import read_published

    path = settings.published.absolute() / DUCKDB_FILE
    if not path.is_file():
        return PublishedSnapshot(None, f"nothing yet at {path}")
    try:
        about = read_published(path, ONE_SNAPSHOT).row(0, named=True)
    except duckdb.Error as wrong:
        return PublishedSnapshot(None, f"{path} cannot be read: {wrong}")
    return PublishedSnapshot(about["snapshot_on"], f"{about['snapshot_on']}, {about['customers']:,} customers")


# Of the tables that BI depends on: made in the day before RFM_FRESH_CRON.
FRESH = fresh_policy(load_settings())


def last_deadline(settings: Settings, moment: datetime) -> datetime | None:
    """Return when segments last had to be published, as of a moment; none before the first such time."""
    deadlines = dg.TimeWindowPartitionsDefinition(
        start=settings.first_snapshot.isoformat(),
        fmt="%Y-%m-%d",
        cron_schedule=settings.fresh_cron,
        timezone=settings.timezone,
    )
    window = deadlines.get_prev_partition_window(moment)
    return window.end if window else None


@dg.asset_check(
    asset=CHECK.asset_key,
    name=CHECK.name,
    description="The newest snapshot that BI sees is the day before RFM_FRESH_CRON. Run by the job `freshness`.",
)
def up_to_date(context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Compare the published snapshot with the one that had to be there when the run was asked for."""
    [record] = context.instance.get_run_records(dg.RunsFilter(run_ids=[context.run.run_id]))
    found = compare(settings, record.create_timestamp)
    # A backfill in the UI runs every check of its assets, whatever the job leaves out: there it is no alarm.
    return found if is_by_itself(context) else found._replace(severity=dg.AssetCheckSeverity.WARN)


def compare(settings: Settings, moment: datetime) -> dg.AssetCheckResult:
    """Return whether the published snapshot is the one that had to be there at a moment."""
    deadline = last_deadline(settings, moment)
    if deadline is None:
        return dg.AssetCheckResult(passed=True, description="no day had to be published yet")
    due = min(deadline.date() - timedelta(days=1), settings.last_snapshot or date.max)
    published = published_snapshot(settings)
    passed = bool(published.day and published.day >= due)
    remedy = (
        f"Published is {published.words}; {due} had to be there by {deadline:%Y-%m-%d %H:%M %Z} (RFM_FRESH_CRON). "
        "BI goes on with it. Look at the last runs of refresh, and whether the schedule daily_refresh is on; then "
        f"`make refresh{settings.of_shop} DAY={due}`. A shop that gets no more data sets RFM_LAST_SNAPSHOT."
    )
    return dg.AssetCheckResult(
        passed=passed,
        description=None if passed else remedy,
        metadata={
            "published": published.words,
            "had to be there": due.isoformat(),
            **({"days behind": max(0, (due - published.day).days)} if published.day else {}),
        },
    )


@dg.definitions
def freshness() -> dg.Definitions:
    """Return the check, its job, and the schedule, which is on when somebody is to be told."""
    settings = load_settings()
    is_told = any(way.is_set(settings) for way in WAYS)
    job = dg.define_asset_job(
        "freshness", selection=BY_ITSELF, description="Look whether yesterday's segments are published."
    )
    schedule = dg.ScheduleDefinition(
        name="daily_freshness",
        job=job,
        cron_schedule=settings.fresh_cron,
        execution_timezone=settings.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING if is_told else dg.DefaultScheduleStatus.STOPPED,
        description=f"On when {' or '.join(way.variable for way in WAYS)} is set, who are then told of a stale table.",
    )
    return dg.Definitions(asset_checks=[up_to_date], jobs=[job], schedules=[schedule])
