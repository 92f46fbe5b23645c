"""Who is told when a run or a check failed, of what, and how often: sensors looking at runs of a small job."""

import sys
from collections.abc import Callable, Iterator

import dagster as dg
import pytest
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.events import EngineEventData
from dagster._core.test_utils import create_run_for_test
from dagster._utils.error import SerializableErrorInfo, serializable_error_info_from_exc_info

from rfm_assets.alerting import sending
from rfm_assets.alerting.errors import AlertError
from rfm_assets.defs.alerts import alerts
from rfm_assets.defs.restating import tags_for
from rfm_assets_tests.alerting.receivers import HOST, Webhook, mail_server, webhook

DAY = "2011-12-09"
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
Run = Callable[..., dg.ExecuteInProcessResult]


def job(
    fails: bool = False,
    severity: dg.AssetCheckSeverity | None = None,
    blocking: bool = False,
    words: str = "no file lies in landing: put files there",
    last_fails: bool = False,
) -> dg.JobDefinition:
    """Return a job of two tables: each may fail, or the check of the first, which may keep the second out."""

    @dg.asset(key_prefix="clean")
    def ledger() -> None:
        if fails:
            raise ValueError(words)

    @dg.asset_check(asset=ledger, blocking=blocking)
    def days_balanced() -> dg.AssetCheckResult:
        told = severity or ERROR
        return dg.AssetCheckResult(passed=severity is None, severity=told, description="3 days are off. Look there.")

    @dg.asset(deps=[ledger])
    def segments() -> None:
        if last_fails:
            raise OSError("disk full")

    definitions = dg.Definitions(
        assets=[ledger, segments],
        asset_checks=[days_balanced],
        jobs=[dg.define_asset_job("refresh", selection=dg.AssetSelection.all())],
        executor=dg.in_process_executor,
    )
    return definitions.resolve_job_def("refresh")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LONGEST_WAIT", 0)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def run(instance: dg.DagsterInstance) -> Run:
    def once(tags: dict[str, str] | None = None, run_id: str | None = None, **how: object) -> dg.ExecuteInProcessResult:
        tags = {"dagster/partition": DAY} if tags is None else tags
        return job(**how).execute_in_process(instance=instance, tags=tags, run_id=run_id, raise_on_error=False)

    return once


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[Webhook]:
    monkeypatch.setenv("RFM_DATA", str(tmp_path))
    with webhook() as found:
        monkeypatch.setenv("RFM_ALERT_WEBHOOK", found.url)
        yield found


class Daemon:
    """Looks with a sensor as the daemon does: made anew for each look, and a cursor kept only when the look ended."""

    def __init__(self, instance: dg.DagsterInstance, name: str = "alert_webhook") -> None:
        self._instance = instance
        self._name = name
        self._cursor: str | None = None

    def look(self) -> str:
        (sensor,) = (one for one in alerts().sensors or [] if one.name == self._name)
        context = dg.build_sensor_context(self._instance, cursor=self._cursor)
        skipped = sensor(context)
        self._cursor = context.cursor
        assert isinstance(skipped, dg.SkipReason)
        return skipped.skip_message or ""


@pytest.fixture
def daemon(hook: Webhook, instance: dg.DagsterInstance) -> Daemon:
    """A daemon that has looked once."""
    daemon = Daemon(instance)
    daemon.look()
    return daemon


def test_a_failed_run_is_told_once_with_its_day_its_words_and_its_page(daemon, run, hook):
    result = run(fails=True)
    daemon.look()
    daemon.look()
    [post] = hook.posts
    assert post["text"].splitlines()[:3] == [
        f"refresh of {DAY} failed",
        "failed: clean__ledger: no file lies in landing: put files there",
        f"http://127.0.0.1:3000/runs/{result.run_id}",
    ]
    assert "Published: nothing yet" in post["text"]


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


def test_a_warning_is_told_only_when_it_is_asked_for(daemon, run, hook, monkeypatch):
    run(severity=WARN)
    daemon.look()
    assert hook.posts == []
    monkeypatch.setenv("RFM_ALERT_WARNINGS", "true")
    run(severity=WARN)
    daemon.look()
    assert len(hook.posts) == 1


def test_a_run_in_which_nothing_failed_is_not_told(daemon, run, hook):
    assert run().success
    assert daemon.look() == "told of 0 of 1 runs that ended since the last look"
    assert hook.posts == []


def test_what_failed_before_the_first_look_is_not_told(instance, run, hook):
    run(fails=True)
    daemon = Daemon(instance)
    daemon.look()
    daemon.look()
    assert hook.posts == []


def test_a_run_that_is_to_be_retried_is_not_told(daemon, run, hook):
    run({"dagster/will_retry": "true"}, fails=True)
    daemon.look()
    assert hook.posts == []


def test_runs_that_failed_between_two_looks_are_one_message_the_oldest_first(daemon, run, hook):
    days = {"dagster/asset_partition_range_start": DAY, "dagster/asset_partition_range_end": "2011-12-11"}
    run({"dagster/partition": "2011-12-12"}, "ffffffff-ffff-4fff-bfff-ffffffffffff", severity=ERROR)
    run(days, "00000000-0000-4000-8000-000000000000", fails=True)
    daemon.look()
    [post] = hook.posts
    assert post["text"].startswith("refresh of 2011-12-12: a check failed, and 1 more\n")
    assert f"refresh of {DAY} to 2011-12-11 failed" in post["text"]


def test_a_webhook_that_is_down_fails_the_look_and_is_told_once_when_it_is_back(daemon, run, hook):
    run(fails=True)
    hook.statuses = [503] * sending.ATTEMPTS
    with pytest.raises(AlertError, match="answered 503"):
        daemon.look()
    daemon.look()
    daemon.look()
    assert len(hook.posts) == 1


def test_mail_is_a_way_of_its_own_and_misses_nothing_while_the_webhook_is_down(
    daemon, run, hook, instance, monkeypatch
):
    with mail_server() as server:
        variables = {"ALERT_MAIL_TO": "a@shop.example", "SMTP_HOST": HOST, "SMTP_PORT": str(server.port)}
        for name, value in (variables | {"SMTP_SECURITY": "none"}).items():
            monkeypatch.setenv(f"RFM_{name}", value)
        post = Daemon(instance, "alert_mail")
        post.look()
        run(fails=True)
        hook.statuses = [404]
        with pytest.raises(AlertError):
            daemon.look()
        post.look()
        post.look()
        daemon.look()
    assert [letter["Subject"] for letter in server.letters] == [f"rfm_assets: refresh of {DAY} failed"]
    assert len(hook.posts) == 1


def test_sensors_are_on_when_their_way_is_set_and_say_so_when_it_is_not(instance, hook):
    states = {sensor.name: sensor.default_status for sensor in alerts().sensors or []}
    assert states == {
        "alert_webhook": dg.DefaultSensorStatus.RUNNING,
        "alert_mail": dg.DefaultSensorStatus.STOPPED,
    }
    assert Daemon(instance, "alert_mail").look() == "RFM_ALERT_MAIL_TO is not set: nobody would be told"


def test_of_a_run_that_was_killed_what_dagster_noticed_is_told(daemon, instance, hook):
    run = create_run_for_test(instance, job_name="refresh", status=dg.DagsterRunStatus.STARTED)
    instance.report_engine_event("Executing steps in process", run)
    instance.report_engine_event("The process was terminated by signal 9 (SIGKILL), maybe for want of memory", run)
    instance.report_run_failed(run)
    daemon.look()
    assert "terminated by signal 9" in hook.posts[0]["text"]
    assert "Executing steps" not in hook.posts[0]["text"]
