"""When a model version is due."""

from datetime import date, timedelta
from typing import Literal

Cadence = Literal["daily", "weekly", "monthly", "quarterly"]


def due_on(snapshot_on: date, cadence: Cadence) -> date:
    """Return the first day of the period that the snapshot lies in: the day as of which its version is fitted."""
    if cadence == "daily":
        return snapshot_on
    if cadence == "weekly":
        return snapshot_on - timedelta(days=snapshot_on.weekday())
    month = snapshot_on.month if cadence == "monthly" else 1 + 3 * ((snapshot_on.month - 1) // 3)
    return snapshot_on.replace(month=month, day=1)
