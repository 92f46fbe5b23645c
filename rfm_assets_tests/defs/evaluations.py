"""What a run found: its failed checks, its failure, and checks that one has planned and not come to."""

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


def failed_checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """Return the checks that failed, those that only warn too, by table and name."""
    return {
        f"{'.'.join(check.asset_key.path)} {check.check_name}": check
        for check in result.get_asset_check_evaluations()
        if not check.passed
    }


def blocked_by(result: dg.ExecuteInProcessResult) -> dict[str, str | None]:
    """Return what those say that failed and block, by table and name."""
    found = failed_checks(result).items()
    return {name: check.description for name, check in found if check.severity == dg.AssetCheckSeverity.ERROR}


def failure(result: dg.ExecuteInProcessResult) -> str:
    """Return the message of the first error behind the step that failed."""
    assert not result.success
    (step,) = [event for event in result.all_node_events if event.is_step_failure]
    error = step.step_failure_data.error
    while error.cause:
        error = error.cause
    return error.message
