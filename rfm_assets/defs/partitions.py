"""The one partitions definition: a day is a snapshot date; and which of them a run is about, by its tags."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import dagster as dg

from rfm_assets.settings import load_settings

# One run for a range of days; without it a range cannot be run from the command line, unpartitioned assets included.
ONE_RUN = dg.BackfillPolicy.single_run()


class Days(dg.DailyPartitionsDefinition):
    """Days, listed by the calendar in 5 ms: of a run of several, Dagster asks for them all 19 times, 80 ms each."""

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> Sequence[str]:
        """Return all days."""
        if current_time or dynamic_partitions_store:
            return super().get_partition_keys(current_time, dynamic_partitions_store)
        first, last = self.get_first_partition_key(), self.get_last_partition_key()
        if first is None or last is None:
            return []
        begin = date.fromisoformat(first)
        return [(begin + number * ONE_DAY).isoformat() for number in range((date.fromisoformat(last) - begin).days + 1)]


def _snapshots() -> dg.DailyPartitionsDefinition:
    settings = load_settings()
    last = settings.last_snapshot
    end = (last + timedelta(days=1)).isoformat() if last else None
    return Days(settings.first_snapshot.isoformat(), end_date=end, timezone=settings.timezone)


SNAPSHOTS = _snapshots()

# Dagster's tags of a run for one day, and for a range.
DAY_TAG = "dagster/partition"
FIRST_TAG, LAST_TAG = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
# Names the snapshots of a run when they need not follow one another; see restating.tags_for.
SNAPSHOTS_TAG = "rfm_assets/snapshots"
TO = ".."  # between the first and the last of three or more that do
ONE_DAY = timedelta(days=1)


def tags_of_range(first: str, last: str) -> dict[str, str]:
    """Return the tags of a run for the days from a first to a last one."""
    return {DAY_TAG: first} if first == last else {FIRST_TAG: first, LAST_TAG: last}


def spans(days: Iterable[str]) -> list[list[str]]:
    """Return days in order, those that follow one another in one list."""
    found: list[list[str]] = []
    for day in sorted(days):
        if found and date.fromisoformat(day) == date.fromisoformat(found[-1][-1]) + ONE_DAY:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def tag_of(days: Iterable[str]) -> str:
    """Return the tag that names days: `2019-12-31 2020-01-06..2020-03-01`."""
    return " ".join(f"{span[0]}{TO}{span[-1]}" if len(span) > 2 else " ".join(span) for span in spans(days))


def named_days(run: dg.DagsterRun) -> list[str]:
    """Return the days that a run names by `tag_of`, in order: between them are others, which are not its own."""
    days: list[str] = []
    for span in run.tags.get(SNAPSHOTS_TAG, "").split():
        first, _, last = span.partition(TO)
        count = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1 if last else 1
        days += [(date.fromisoformat(first) + number * ONE_DAY).isoformat() for number in range(count)]
    return sorted(days)


def first_and_last(run: dg.DagsterRun) -> tuple[str, str] | None:
    """Return the first and the last day that a run is about; None when it is about none."""
    days = named_days(run) or [run.tags[tag] for tag in (DAY_TAG, FIRST_TAG, LAST_TAG) if tag in run.tags]
    return (days[0], days[-1]) if days else None


def snapshot_days(context: dg.AssetExecutionContext) -> list[date]:
    """Return the days of the run, in order: those of its partitions, or those that its tag names.

    Raises:
        Failure: it is of no day.
    """
    if not first_and_last(context.run):
        raise dg.Failure(
            "this run is of no day, and snapshots are: name one by `dg launch ... --partition 2011-12-09`, or in the "
            "UI by Materialize, and a day or a range",
            allow_retries=False,
        )
    return [date.fromisoformat(day) for day in named_days(context.run) or sorted(context.partition_keys)]
