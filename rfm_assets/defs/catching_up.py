"""Which days a refresh is due for: the day before a tick, and those that were missed while the machine was off."""

from datetime import date, timedelta

import dagster as dg

from rfm_assets.defs.partitions import SNAPSHOTS, first_and_last, tags_of_range

PUBLISHED = dg.AssetKey(["published", "segments"])
# Not NOT_STARTED: a run is made before it is handed over, and one whose daemon or command was killed between the two
# stays so for ever. The daemon hands it over when it is back, if the schedule still asks for it.
UNDER_WAY = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


def last_day_under_way(instance: dg.DagsterInstance) -> str | None:
    """Return the last snapshot of the runs of `refresh` that wait or run, nothing without any."""
    runs = instance.get_runs(filters=dg.RunsFilter(job_name="refresh", statuses=list(UNDER_WAY)))
    return max((days[1] for run in runs if (days := first_and_last(run))), default=None)


def is_published(instance: dg.DagsterInstance, day: str) -> bool:
    """Return whether a snapshot was published."""
    return day in instance.get_materialized_partitions(PUBLISHED)


def due_days(instance: dg.DagsterInstance, last: str, most: int) -> list[str]:
    """Return the days after the newest one published, within the limits, up to `last`, which is always one of them.

    Only the end is caught up: a day left out further back was left out by somebody, or is older than the first run.
    Days of a run under way are due like others: it may yet be killed, and a day run twice has the same rows.

    Args:
        instance: knows what was published.
        last: the day that is due.
        most: the largest number of days, the newest ones; see RFM_CATCH_UP_DAYS.
    """
    known = [day for day in instance.get_materialized_partitions(PUBLISHED) if day <= last]
    if not known:
        return [last]
    newest, end = date.fromisoformat(max(known)), date.fromisoformat(last)
    days = [(end - timedelta(days=back)).isoformat() for back in range(min((end - newest).days, most))]
    return sorted(filter(SNAPSHOTS.has_partition_key, days)) or [last]


def request_for(days: list[str], run_key: str | None = None) -> dg.RunRequest:
    """Return the request for one run of `refresh` for days that follow one another."""
    if len(days) == 1:
        return dg.RunRequest(run_key=run_key, partition_key=days[0])
    return dg.RunRequest(run_key=run_key, tags=tags_of_range(days[0], days[-1]))
