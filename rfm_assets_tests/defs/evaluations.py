"""Checks that a run has planned and not come to."""

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._core.test_utils import create_run_for_test


def plan(instance: dg.DagsterInstance, *checks: dg.AssetCheckKey) -> None:
    """Let a run plan checks, as it does when it starts, and go no further."""
    run = create_run_for_test(instance, job_name="refresh", status=dg.DagsterRunStatus.STARTED)
    kind = DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED.value
    for check in checks:
        planned = AssetCheckEvaluationPlanned(asset_key=check.asset_key, check_name=check.name)
        event = DagsterEvent(kind, run.job_name, event_specific_data=planned, step_key="checks")
        instance.report_dagster_event(event, run.run_id)
