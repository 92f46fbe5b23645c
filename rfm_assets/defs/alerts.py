"""Sensors that tell people of failed runs and failed checks, of each run once, by webhook and by mail."""

import json

import dagster as dg

from rfm_assets.alerting.message import Trouble, compose
from rfm_assets.alerting.sending import WAYS, Way, secrets_of
from rfm_assets.defs.freshness import published_snapshot
from rfm_assets.defs.partitions import first_and_last, named_days
from rfm_assets.defs.progress import cause_of
from rfm_assets.settings import Settings, load_settings

LOOK_SECONDS = 30
RUNS_A_LOOK = 100
ENDED = (dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS)
LOOKED_AT = {
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.RUN_FAILURE,
    dg.DagsterEventType.ENGINE_EVENT,
}
# Dagster's error when a blocking check failed; the check's own words say more.
BLOCKED = "DagsterAssetCheckFailedError"


@dg.definitions
def alerts() -> dg.Definitions:
    """Return a sensor for each way; it is on when its way is set."""
    settings = load_settings()
    return dg.Definitions(sensors=[_sensor(way, settings) for way in WAYS])


def _sensor(way: Way, settings: Settings) -> dg.SensorDefinition:
    """Return the sensor of one way, with a cursor of its own: what one way could not send, the other sends once."""
    is_set = way.is_set(settings)

    @dg.sensor(
        name=f"alert_{way.name}",
        minimum_interval_seconds=LOOK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING if is_set else dg.DefaultSensorStatus.STOPPED,
        description=f"Tells of failed runs and failed checks; on when {way.variable} is set, off otherwise.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        """Send one message about the runs that ended badly since the last look.

        When it cannot be sent this look fails, which the UI shows, and the next one tries again: the cursor has not
        moved. A run is told of once, with all that failed in it.
        """
        if not is_set:
            return dg.SkipReason(f"{way.variable} is not set: nobody would be told")
        if context.cursor is None:
            context.update_cursor(json.dumps(_newest(context.instance)))
            return dg.SkipReason("from now on; what failed before is not told")
        run_ids, cursor = _ended_since(context.instance, json.loads(context.cursor))
        troubles = [found for run_id in run_ids if (found := _trouble(context, run_id, settings))]
        if troubles:
            seen = published_snapshot(settings)
            # The folder says whose; where there is no day, the words have it.
            published = f"{seen.words} ({settings.published.absolute()})" if seen.day else seen.words
            message = compose(troubles, published, settings.ui_url, secrets_of(settings))
            way.send(settings, message)
            context.log.info(f"told: {message.title}")
        context.update_cursor(json.dumps(cursor))
        return dg.SkipReason(f"told of {len(troubles)} of {len(run_ids)} runs that ended since the last look")

    return sensor


def _newest(instance: dg.DagsterInstance) -> dict[str, str]:
    """Return the cursor after everything that there is."""
    return {ended.value: instance.fetch_run_status_changes(ended, limit=1).cursor for ended in ENDED}


def _ended_since(instance: dg.DagsterInstance, cursor: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Return the runs that ended since, oldest first, and the cursor after them."""
    found: dict[str, float] = {}
    after = {}
    for ended in ENDED:
        changes = instance.fetch_run_status_changes(ended, RUNS_A_LOOK, cursor=cursor[ended.value], ascending=True)
        found |= {change.run_id: change.timestamp for change in changes.records}
        after[ended.value] = changes.cursor
    return sorted(found, key=lambda run_id: found[run_id]), after


def _trouble(context: dg.SensorEvaluationContext, run_id: str, settings: Settings) -> Trouble | None:
    """Return what went wrong in a run: nothing, when it is another project's.

    Of one that was cut off and is to be retried, the checks that failed: the retry does not look at them again.
    """
    run = context.instance.get_run_by_id(run_id)
    if run is None or not _is_ours(context, run):
        return None
    events = [entry.dagster_event for entry in context.instance.all_logs(run_id, of_type=LOOKED_AT)]
    checks, steps, outside, ends = [], [], [], []
    notes: list[str] = []
    for event in filter(None, events):
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            evaluation = event.asset_check_evaluation_data
            warns = evaluation.severity == dg.AssetCheckSeverity.WARN
            if not evaluation.passed and (settings.alert_warnings or not warns):
                name = f"{'.'.join(evaluation.asset_key.path)} {evaluation.check_name}"
                checks.append((name, evaluation.description or "see its page"))
        elif event.is_step_failure:
            error = event.step_failure_data.error
            if error and not (checks and error.cls_name == BLOCKED):
                steps.append((event.step_key or "", cause_of(error)))
        elif error := getattr(event.event_specific_data, "error", None):
            outside.append(("run", cause_of(error)))
        elif event.is_run_failure:
            # Of a run that was cut off, what Dagster noticed last says how; several of its processes may have noticed.
            ends.append(("run", " ".join([event.message or "", *notes[-1:]])))
        elif event.event_type == dg.DagsterEventType.ENGINE_EVENT and event.message:
            notes.append(event.message)
    # Dagster marks runs without a code location, too, such as those of `dg launch`, and cannot run them again.
    is_retried = run.tags.get("dagster/will_retry") == "true" and run.remote_job_origin is not None
    has_failed = run.status == dg.DagsterRunStatus.FAILURE and not is_retried
    if not (has_failed or checks):
        return None
    causes = [] if is_retried else steps or ([] if checks else outside or ends[-1:])
    job = "a materialisation" if run.job_name.startswith("__") else run.job_name
    return Trouble(job, _days(run), has_failed, f"{settings.ui_url}/runs/{run_id}", causes, checks)


def _is_ours(context: dg.SensorEvaluationContext, run: dg.DagsterRun) -> bool:
    """Return whether this code location launched the run, or a command without any did."""
    origin, here = run.remote_job_origin, context.code_location_origin
    return not origin or not here or origin.location_name == here.location_name


def _days(run: dg.DagsterRun) -> str:
    first, last = first_and_last(run) or ("", "")
    if first == last:
        return first
    named = named_days(run)
    return f"{len(named)} days from {first} to {last}" if named else f"{first} to {last}"
