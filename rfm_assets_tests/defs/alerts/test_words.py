"""What is told of a run or a check that failed."""

import sys

import dagster as dg
import pytest
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.events import EngineEventData
from dagster._core.test_utils import create_run_for_test
from dagster._utils.error import SerializableErrorInfo, serializable_error_info_from_exc_info

from rfm_assets.defs.restating import tags_for
from rfm_assets_tests.defs.alerts.job import DAY, ERROR


def test_a_failed_run_is_told_once_with_its_day_its_words_its_page_and_its_shop(daemon, run, hook, tmp_path):
    result = run(fails=True)
    daemon.look()
    daemon.look()
    [post] = hook.posts
    assert post["text"].splitlines()[:3] == [
        f"refresh of {DAY} failed",
        "failed: clean__ledger: no file lies in landing: put files there",
        f"http://127.0.0.1:3000/runs/{result.run_id}",
    ]
    assert f"Published: nothing yet at {tmp_path / 'published' / 'segments.duckdb'}" in post["text"]


def test_a_run_of_days_that_do_not_follow_one_another_is_told_with_how_many_they_are(daemon, run, hook):
    run(fails=True, tags=tags_for(["2011-11-02", "2011-11-30", "2011-12-05"]))
    daemon.look()
    assert hook.posts[0]["text"].splitlines()[0] == "refresh of 3 days from 2011-11-02 to 2011-12-05 failed"


def test_no_secret_of_the_settings_is_told_whatever_it_is_for(daemon, run, hook, monkeypatch):
    monkeypatch.setenv("RFM_POSTGRES_URL", "postgresql://rfm:geheim@db/bi")
    run(fails=True, words="cannot reach postgresql://rfm:geheim@db/bi")
    daemon.look()
    assert "cannot reach" in hook.posts[0]["text"]
    assert "geheim" not in hook.posts[0]["text"]


def test_what_failed_before_any_step_is_told_in_its_own_words(daemon, instance, hook):
    @dg.resource
    def disk():
        raise OSError("the disk is read-only")

    @dg.op(required_resource_keys={"disk"})
    def write():
        pass

    @dg.job(resource_defs={"disk": disk}, executor_def=dg.in_process_executor)
    def refresh():
        write()

    assert not refresh.execute_in_process(instance=instance, raise_on_error=False).success
    daemon.look()
    assert hook.posts[0]["text"].splitlines()[1] == "failed: run: the disk is read-only"


def test_of_a_run_that_never_began_the_words_of_whoever_tried_are_told(daemon, instance, hook):
    run = create_run_for_test(instance, job_name="refresh", status=dg.DagsterRunStatus.STARTING)
    try:
        raise ValueError("RFM_MONETARY is 'brutto', it may be net, gross or matched")
    except ValueError:
        error = serializable_error_info_from_exc_info(sys.exc_info())
    instance.report_engine_event("An exception was thrown", run, EngineEventData.engine_error(error))
    instance.report_run_failed(run)
    daemon.look()
    assert hook.posts[0]["text"].splitlines()[1] == (
        "failed: run: RFM_MONETARY is 'brutto', it may be net, gross or matched"
    )


@pytest.mark.parametrize("is_text", [True, False])
def test_of_a_run_whose_code_server_was_gone_that_is_told_and_not_where_it_was_noticed(daemon, instance, hook, is_text):
    run = create_run_for_test(instance, job_name="refresh", status=dg.DagsterRunStatus.STARTING)
    try:
        try:
            raise OSError("<_InactiveRpcError of RPC that terminated with: status = StatusCode.UNKNOWN")
        except OSError as failure:
            raise DagsterUserCodeUnreachableError("Could not reach user code server.") from failure
    except DagsterUserCodeUnreachableError:
        error = serializable_error_info_from_exc_info(sys.exc_info())
    if is_text:  # as the queue stores it
        error = SerializableErrorInfo(f"Failure loading rfm_assets: {error.to_string()}", [], "DagsterLoadError")
    instance.report_engine_event("An exception was thrown", run, EngineEventData.engine_error(error))
    instance.report_run_failed(run)
    daemon.look()
    (told,) = [line for line in hook.posts[0]["text"].splitlines() if line.startswith("failed: ")]
    assert told.endswith("Could not reach user code server.")
    assert len(told) < 130


def test_a_failed_blocking_check_and_the_run_that_it_stopped_are_one_message(daemon, run, hook):
    assert not run(severity=ERROR, blocking=True).success
    daemon.look()
    [post] = hook.posts
    assert post["text"].splitlines()[:2] == [
        f"refresh of {DAY} failed",
        "check failed: clean.ledger days_balanced: 3 days are off. Look there.",
    ]
    assert "DagsterAssetCheckFailedError" not in post["text"]
    assert "\nfailed:" not in post["text"]


def test_a_failed_check_that_stops_nothing_is_told(daemon, run, hook):
    assert run(severity=ERROR).success
    daemon.look()
    assert hook.posts[0]["text"].startswith(f"refresh of {DAY}: a check failed\ncheck failed: clean.ledger days_")


def test_a_failed_check_and_a_step_that_failed_for_another_reason_are_both_told(daemon, run, hook):
    assert not run(severity=ERROR, last_fails=True).success
    daemon.look()
    assert hook.posts[0]["text"].splitlines()[:3] == [
        f"refresh of {DAY} failed",
        "failed: segments: disk full",
        "check failed: clean.ledger days_balanced: 3 days are off. Look there.",
    ]


def test_a_run_of_no_job_is_told_as_a_materialisation(daemon, instance, hook):
    @dg.asset
    def ledger() -> None:
        raise OSError("disk full")

    dg.materialize([ledger], instance=instance, raise_on_error=False)
    daemon.look()
    assert hook.posts[0]["text"].startswith("a materialisation failed\n")


def test_of_a_run_that_was_killed_what_dagster_noticed_is_told_once(daemon, instance, hook):
    run = create_run_for_test(instance, job_name="refresh", status=dg.DagsterRunStatus.STARTED)
    instance.report_engine_event("Executing steps in process", run)
    instance.report_engine_event("The process was terminated by signal 9 (SIGKILL), maybe for want of memory", run)
    for _ in ("the daemon", "the process that started it"):
        instance.report_run_failed(run)
    daemon.look()
    assert hook.posts[0]["text"].count("failed: run: ") == 1
    assert "terminated by signal 9" in hook.posts[0]["text"]
    assert "Executing steps" not in hook.posts[0]["text"]
