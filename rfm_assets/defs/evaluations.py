"""What checks found the last time that they came to their end."""

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

FAILED = AssetCheckExecutionRecordStatus.FAILED
ENDED = {AssetCheckExecutionRecordStatus.SUCCEEDED, FAILED}


def last_evaluation(instance: dg.DagsterInstance, check: dg.AssetCheckKey) -> AssetCheckExecutionRecord | None:
    """Return the last evaluation of a check that came to its end, behind any that is planned or was cut off."""
    return next(iter(instance.event_log_storage.get_asset_check_execution_history(check, 1, status=ENDED)), None)
