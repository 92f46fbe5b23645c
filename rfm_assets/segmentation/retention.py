"""Taking out old snapshots: every one of the newest days stays, and before them the last of each month."""

from collections.abc import Collection, Container, Iterable, Mapping
from datetime import date, timedelta

import polars as pl

from rfm_assets.contracts import TABLES, Table
from rfm_assets.engines.base import Engine, select
from rfm_assets.segmentation.restating import COMPLETED
from rfm_assets.segmentation.snapshots import store_reasons

# A validation is a report of its own day, no snapshot of customers, and small.
BY_DAY = [table for table in TABLES.values() if table.partition and table.schema != "validation"]
BY_VERSION = [table for table in TABLES.values() if table.schema == "model" and not table.partition]
ROWS = {"table": pl.String, "snapshot_on": pl.Date, "rows": pl.Int64}


def expired(
    days: Iterable[date], keep_days: int, *, keep_month_ends: bool, complete: Container[date] = ()
) -> list[date]:
    """Return the days that go, in order.

    Args:
        days: all snapshots.
        keep_days: how many calendar days stay whole; the latest snapshot is the last of them.
        keep_month_ends: whether the last snapshot of each month before them stays as well.
        complete: those whose run came to its end: the last of them is a month's, where the month has any.
    """
    ordered = sorted(set(days))
    if not ordered:
        return []
    first_kept = ordered[-1] - timedelta(days=keep_days - 1)
    whole_last = sorted(ordered, key=lambda day: day in complete)
    month_ends = {(day.year, day.month): day for day in whole_last} if keep_month_ends else {}
    return [day for day in ordered if day < first_kept and day not in month_ends.values()]


class NoSnapshotError(ValueError):
    """A day that is to be taken out is none that there is a snapshot of."""


def take_out(
    engine: Engine, keep_days: int, *, keep_month_ends: bool, dry_run: bool, named: Collection[str] = ()
) -> tuple[pl.DataFrame, list[date]]:
    """Take old snapshots out unless it is a dry run; return the rows that go, by table and snapshot, and the days kept.

    All tables change in one transaction, so that a snapshot is there as a whole or not at all. With the latest ones go
    the model versions that are of a later day than every snapshot kept: a wrong day would have fitted the version of a
    period that is still to come. The reasons, of the latest snapshot alone, are then those of the one that is now.

    Args:
        engine: the warehouse.
        keep_days: see `expired`.
        keep_month_ends: see `expired`.
        dry_run: whether nothing goes.
        named: the snapshots to take out in place of those that have expired, such as `2011-12-09`.

    Raises:
        NoSnapshotError: there is none of a named day.
    """
    held = {table.name: _held(engine, table) for table in BY_DAY}
    days = {day for counts in held.values() for day in counts}
    if unknown := sorted(set(named) - {day.isoformat() for day in days}):
        raise NoSnapshotError(
            f"there is no snapshot of {', '.join(unknown)}: nothing was taken out. Days are written 2011-12-09; "
            "segments.snapshots has those there are"
        )
    if named:
        going = sorted(day for day in days if day.isoformat() in named)
    else:
        going = expired(days, keep_days, keep_month_ends=keep_month_ends, complete=held[COMPLETED.name])
    if going and not dry_run:
        with engine.transaction():
            for table in BY_DAY:
                engine.delete(table, column=str(table.partition), values=going)
            _take_out_versions(engine, after=max(days - set(going), default=date.min))
            store_reasons(engine)
    rows = [(name, day, counts[day]) for name, counts in held.items() for day in going if day in counts]
    return pl.DataFrame(rows, schema=ROWS, orient="row"), sorted(days - set(going))


def _take_out_versions(engine: Engine, after: date) -> None:
    versions = engine.read(select("model.versions_after"), snapshot_on=after)["model_version"].to_list()
    for table in BY_VERSION if versions else ():
        engine.delete(table, column="model_version", values=versions)


def _held(engine: Engine, table: Table) -> Mapping[date, int]:
    query = f"select {table.partition}, count(*) from {table.name} group by {table.partition}"  # noqa: S608  our contracts' names
    return dict(engine.read(query).rows())
