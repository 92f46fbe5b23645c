"""The tables of one snapshot, each replaced as a whole: numbers, features, segments."""

from collections.abc import Collection
from datetime import date

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, Parameter, select

FILLED = ("segments.customers", "segments.profiles", "segments.snapshots")  # are empty on no day


class NotOfOneRunError(ValueError):
    """What a table would be made of was made apart, and does not go together: the message says what, and what to do."""


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
        NotOfOneRunError: the features that customers are scored by are of another version than that in force.
    """
    if table == "segments.customers":
        _require_features_in_force(engine, snapshot_on)
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


def _require_features_in_force(engine: Engine, snapshot_on: date) -> None:
    in_force = engine.row(select("model.in_force"), snapshot_on=snapshot_on)["model_version"]
    for (version,) in engine.read(select("features.versions"), snapshot_on=snapshot_on).iter_rows():
        if version != in_force:
            raise NotOfOneRunError(
                f"the features of {snapshot_on} are of the model of {version}, and that of {in_force} is in force. "
                "Refresh the day as a whole, by the job refresh"
            )


def store_reasons(engine: Engine, days: Collection[date] = ()) -> int | None:
    """Replace `segments.reasons` when the latest snapshot is among the days, or they are of another one.

    Returns the number of customers; None when they stay. A sentence a customer and day would outweigh everything else
    that is stored of the snapshots before.

    Raises:
        NotOfOneRunError: the model that scored the latest snapshot was fitted anew since, and the snapshot is of a day.
    """
    latest = engine.row(select("segments.latest"))["snapshot_on"]
    if latest not in days and engine.row(select("segments.reasons_on"))["snapshot_on"] == latest:
        return None
    for version, digest in engine.read(select("model.scored_with"), snapshot_on=latest).iter_rows():
        if digest not in (None, engine.row(select("model.digest"), model_version=version)["model_digest"]):
            if latest not in days:
                return None
            raise NotOfOneRunError(
                f"the model of {version} was fitted anew since it scored {latest}. Refresh the day as a whole, by the "
                "job refresh"
            )
    return engine.store(TABLES["segments.reasons"], select("segments.reasons"))
