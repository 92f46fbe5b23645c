"""Reading what a validation needs, and storing what it found."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import polars as pl

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, select
from rfm_assets.segmentation.fitting import ensure_version
from rfm_assets.segmentation.replay import Day, replay
from rfm_assets.segmentation.rules import rules_of
from rfm_assets.segmentation.scoring import FrozenModel
from rfm_assets.segmentation.validation import HistoryError, Window, predictions, segment_worth
from rfm_assets.segmentation.version import fit_version
from rfm_assets.settings import Settings

# A shop that is closed over a holiday still has its window; files that stopped coming do not.
LARGEST_GAP = 0.1  # of the days looked at, between the last sale and their end


class _UndoneError(Exception):
    """Ends a transaction without keeping what it did."""


def validate_out_of_time(engine: Engine, snapshot_on: date, settings: Settings) -> dict[str, pl.DataFrame]:
    """Store and return `validation.segments` and `validation.predictions` of a snapshot.

    The snapshot ends the window tested on, which begins after the cut, `RFM_VALIDATION_DAYS` before; the window learnt
    from ends with the cut and is as long. The model is fitted as of the cut and labels all three days. No order
    after the snapshot is looked at, none after the cut by the model.

    Raises:
        HistoryError: the orders reach not far enough back or forward; nothing was stored.
    """
    length = timedelta(days=settings.validation_days)
    cut_on, train_cut_on = snapshot_on - length, snapshot_on - 2 * length
    _check_reach(engine, snapshot_on, settings.validation_days)
    at = {day: _customers(engine, day, settings) for day in (train_cut_on, cut_on, snapshot_on)}
    if len(at[train_cut_on]) < settings.min_customers:
        raise HistoryError(
            f"validating {snapshot_on} learns from customers as of {train_cut_on}, twice RFM_VALIDATION_DAYS "
            f"({settings.validation_days}) before, and only {len(at[train_cut_on]):,} had bought by then, fewer than "
            f"{settings.min_customers:,} (RFM_MIN_CUSTOMERS): choose a later snapshot or a shorter window"
        )
    rules = rules_of(settings)
    model = FrozenModel.of(fit_version(at[cut_on], cut_on, rules))
    train, test = (
        Window.of(at[first], at[last], _bought(engine, first, last, settings), model)
        for first, last in ((train_cut_on, cut_on), (cut_on, snapshot_on))
    )
    snapshot, train_cut, cut = (
        pl.lit(day).alias(name)
        for day, name in ((snapshot_on, "snapshot_on"), (train_cut_on, "train_cut_on"), (cut_on, "cut_on"))
    )
    found = {
        "validation.segments": segment_worth(test, settings.seed).select(snapshot, cut, pl.all()),
        "validation.predictions": predictions(train, test, model).select(snapshot, train_cut, cut, pl.all()),
    }
    with engine.transaction():
        for name, frame in found.items():
            engine.write(TABLES[name], frame, column="snapshot_on", values=[snapshot_on])
    return found


def validate_stability(engine: Engine, snapshot_on: date, settings: Settings) -> pl.DataFrame:
    """Store and return `validation.stability` of a snapshot: its last days as if refreshed one by one.

    There are `RFM_REPLAY_DAYS` of them. Versions are fitted, judged and promoted as a refresh would, beginning with
    none, so that the outcome does not depend on which days were refreshed before. The daily refits have as many
    clusters as the last version in force.

    Raises:
        HistoryError: the orders reach not far enough back or forward; nothing was stored.
    """
    days = [snapshot_on - timedelta(days=before) for before in reversed(range(settings.replay_days))]
    _check_reach(engine, snapshot_on, settings.replay_days)
    first_customers = len(_customers(engine, days[0], settings))
    if first_customers < settings.min_customers:
        raise HistoryError(
            f"the replay of the {settings.replay_days} days (RFM_REPLAY_DAYS) up to {snapshot_on} begins on {days[0]}, "
            f"and only {first_customers:,} customers had bought by then, fewer than {settings.min_customers:,} "
            "(RFM_MIN_CUSTOMERS): choose a later snapshot or fewer days"
        )
    with _undone(engine):
        for name in (name for name in TABLES if name.startswith("model.")):
            engine.write(TABLES[name], pl.DataFrame(schema=TABLES[name].column_names))
        for day in days:
            ensure_version(engine, day, settings)
        versions = [engine.row(select("model.in_force"), snapshot_on=day)["model_version"] for day in days]
        models = {version: FrozenModel.read(engine, version) for version in set(versions)}
    in_order = (
        Day(day, _customers(engine, day, settings), version, models[version])
        for day, version in zip(days, versions, strict=True)
    )
    rules = rules_of(settings)
    found = replay(in_order, models[versions[-1]].k, settings.seed, rules.archetypes)
    found = found.select(pl.lit(snapshot_on).alias("snapshot_on"), pl.all())
    engine.write(TABLES["validation.stability"], found, column="snapshot_on", values=[snapshot_on])
    return found


@contextmanager
def _undone(engine: Engine) -> Iterator[None]:
    """Undo what the block stores: what is in force must not depend on whether somebody validated."""
    try:
        with engine.transaction():
            yield
            raise _UndoneError
    except _UndoneError:
        return


def _customers(engine: Engine, snapshot_on: date, settings: Settings) -> pl.DataFrame:
    """Return the customers as of a day, sorted: what is drawn at random must not depend on the order of the rows."""
    customers = engine.read(select("rfm.buyers"), snapshot_on=snapshot_on, monetary=settings.monetary)
    return customers.select("customer_id", "recency_days", "frequency", "monetary").sort("customer_id")


def _bought(engine: Engine, cut_on: date, snapshot_on: date, settings: Settings) -> pl.DataFrame:
    return engine.read(select("validation.window"), cut_on=cut_on, snapshot_on=snapshot_on, monetary=settings.monetary)


def _check_reach(engine: Engine, snapshot_on: date, days: int) -> None:
    last_on = engine.row(select("validation.last_sale"), snapshot_on=snapshot_on)["last_on"]
    if last_on is None:
        raise HistoryError(f"nobody bought on or before {snapshot_on}: choose a later snapshot, or bring older files")
    gap = (snapshot_on - last_on).days
    if gap > LARGEST_GAP * days:
        raise HistoryError(
            f"the last sale on or before {snapshot_on} is of {last_on}, {gap} days earlier, more than "
            f"{LARGEST_GAP:.0%} of the {days} days to be looked at: choose a snapshot that the orders reach, or bring "
            "newer files"
        )
