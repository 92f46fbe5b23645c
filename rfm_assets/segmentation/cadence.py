"""When a model version is due."""

from datetime import date, timedelta
from typing import Literal

Cadence = Literal["daily", "weekly", "monthly", "quarterly"]


def due_on(snapshot_on: date, cadence: Cadence, first_on: date | None = None) -> date:
    """Return the day as of which a snapshot's version is fitted: the first of its period, or a later one in a new shop.

    On the day that a shop opens everybody is recent, and a version as of it could not tell who stays away. While there
    is less than a period behind the first day of the period, a version is due as soon as the shop is twice as old as
    when the one before was: one, two, four, eight... days after its first sale.

    Args:
        snapshot_on: the snapshot's day.
        cadence: how long a period is.
        first_on: the day of the shop's first sale; none where only the period matters.
    """
    begins = _period_of(snapshot_on, cadence)
    if first_on is None or first_on >= snapshot_on or first_on <= _period_of(begins - timedelta(days=1), cadence):
        return begins
    age = (snapshot_on - first_on).days
    return max(begins, first_on + timedelta(days=1 << (age.bit_length() - 1)))


def _period_of(snapshot_on: date, cadence: Cadence) -> date:
    if cadence == "daily":
        return snapshot_on
    if cadence == "weekly":
        return snapshot_on - timedelta(days=snapshot_on.weekday())
    month = snapshot_on.month if cadence == "monthly" else 1 + 3 * ((snapshot_on.month - 1) // 3)
    return snapshot_on.replace(month=month, day=1)
