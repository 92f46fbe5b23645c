"""The one partitions definition: a day is a snapshot date."""

from datetime import date, timedelta

import dagster as dg

from rfm_assets.settings import load_settings

# One run for a range of days; without it a range cannot be run from the command line, unpartitioned assets included.
ONE_RUN = dg.BackfillPolicy.single_run()


def _snapshots() -> dg.DailyPartitionsDefinition:
    settings = load_settings()
    last = settings.last_snapshot
    end = (last + timedelta(days=1)).isoformat() if last else None
    return dg.DailyPartitionsDefinition(settings.first_snapshot.isoformat(), end_date=end, timezone=settings.timezone)


SNAPSHOTS = _snapshots()


# Names the snapshots of a run when they need not follow one another; see restating.tags_for.
SNAPSHOTS_TAG = "rfm_assets/snapshots"


def snapshot_days(context: dg.AssetExecutionContext) -> list[date]:
    """Return the days of the run, in order: those of its partitions, or those that its tag names."""
    named = context.run.tags.get(SNAPSHOTS_TAG)
    return [date.fromisoformat(key) for key in sorted(named.split() if named else context.partition_keys)]
