"""Evaluations of checks: what was found the last time that one came to its end, and what a run asked one for."""

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


def is_by_itself(context: dg.AssetCheckExecutionContext) -> bool:
    """Return whether a check was asked for by itself, and not along with the assets of a run."""
    return not context.job_def.asset_layer.selected_asset_keys
