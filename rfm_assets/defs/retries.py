"""Which failures of a step with the warehouse another try may help, and how long it waits.

Another process that holds the warehouse lets go of it in the end. What a person has to mend (a file, a setting, a day)
fails at once: trying again would only hide it. What talks to others tries again by itself: downloads, webhooks, mail,
and the copy on PostgreSQL.
"""

import dagster as dg

from rfm_assets.engines.errors import WarehouseInUseError

PASSING = (WarehouseInUseError,)
RETRIES = 5
FIRST_WAIT = 15.0  # seconds; each wait is twice the one before, some eight minutes in all


def another_try() -> dg.RetryRequested:
    """Return what a step raises for an error that passes."""
    tries = dg.OpExecutionContext.get().retry_number
    return dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=FIRST_WAIT * 2**tries)
