"""The tables of one snapshot, each replaced as a whole: numbers, features, segments."""

from collections.abc import Collection
from datetime import date

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, Parameter, select

FILLED = ("segments.customers", "segments.profiles", "segments.snapshots")  # are empty on no day


class NoCustomersError(ValueError):
    """A snapshot would have no customers: the message says why."""


def store_customers(engine: Engine, snapshot_on: date, monetary: str) -> int:
    """Replace a snapshot of `rfm.customers`, and what it is made from; return the number of customers.

    Raises:
        NoCustomersError: nobody bought on or before the snapshot; what was stored before stays.
    """
    first_on = engine.row(select("rfm.first_sale"))["first_on"]
    if first_on is None or first_on > snapshot_on:
        why = (
            f"the first sale is of {first_on}. Refresh a later day, or bring older files"
            if first_on
            else "clean.orders holds no sale at all. raw.files says which files were refused and why, clean.rejected "
            "which lines"
        )
        raise NoCustomersError(f"nobody bought on or before {snapshot_on}: {why}")
    values: dict[str, Parameter] = {"snapshot_on": snapshot_on, "monetary": monetary}
    with engine.transaction():
        engine.store(TABLES["rfm.snapshots"], select("rfm.snapshots"), **values)
        engine.stage("buyers", select("rfm.buyers"), **values)
        return engine.store(TABLES["rfm.customers"], select("rfm.customers"), snapshot_on=snapshot_on)


def store_snapshot(engine: Engine, table: str, snapshot_on: date) -> int:
    """Replace a snapshot of a table by its SELECT; return the number of rows.

    With other segments it is no longer complete: what is made of them follows, and `complete_snapshots` comes last.

    Raises:
        NoCustomersError: there would be none where each customer has one; what was stored before stays.
    """
    with engine.transaction():
        count = engine.store(TABLES[table], select(table), snapshot_on=snapshot_on)
        if not count and table in FILLED:
            raise NoCustomersError(
                f"{table} would be empty as of {snapshot_on}: what it is made of is not there. Refresh the day as a "
                "whole, by the job refresh"
            )
        if table == "segments.customers":
            engine.delete(TABLES["segments.snapshots"], column="snapshot_on", values=[snapshot_on])
    return count


def store_reasons(engine: Engine, days: Collection[date] = ()) -> int | None:
    """Replace `segments.reasons` when the latest snapshot is among the days, or they are of another one.

    Returns the number of customers; None when they stay. A sentence a customer and day would outweigh everything else
    that is stored of the snapshots before.
    """
    latest = engine.row(select("segments.latest"))["snapshot_on"]
    if latest not in days and engine.row(select("segments.reasons_on"))["snapshot_on"] == latest:
        return None
    return engine.store(TABLES["segments.reasons"], select("segments.reasons"))
