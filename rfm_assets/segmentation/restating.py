"""Which snapshots are to be built again, because older data came in, and that a snapshot's run came to its end."""

from collections.abc import Iterable
from datetime import date

import polars as pl

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, select
from rfm_assets.segmentation.snapshots import store_snapshot

COMPLETED = TABLES["segments.snapshots"]


def outdated_snapshots(engine: Engine, monetary: str, min_customers: int) -> pl.DataFrame:
    """Return the snapshots to build again, oldest first, each with its reason and its orders now and then.

    Those whose orders are not the ones that they were built from, those whose segments are of other numbers (a run was
    stopped half-way), and those whose snapshot before is another now, which their `previous_segment` and moves tell of.
    A day that never had segments, has fewer than `min_customers` and no model from before is none: it cannot have any.
    """
    return engine.read(select("checks.outdated_snapshots"), monetary=monetary, min_customers=min_customers)


def complete_snapshots(engine: Engine, days: Iterable[date]) -> None:
    """Record what the segments of the days are made from, oldest first.

    Last of all in a run: a day whose run was stopped before is not recorded, and so is outdated.

    Raises:
        NoCustomersError: a day has no numbers.
    """
    with engine.transaction():
        for day in sorted(days):
            store_snapshot(engine, COMPLETED.name, day)
