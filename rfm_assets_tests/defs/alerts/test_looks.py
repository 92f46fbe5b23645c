"""Who is told and how often: what is told at a look, and what is not or not again."""

import dagster as dg
import pytest
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

from rfm_assets.alerting import sending
from rfm_assets.alerting.errors import AlertError
from rfm_assets.defs.alerts import alerts
from rfm_assets_tests.alerting.receivers import HOST, mail_server
from rfm_assets_tests.defs.alerts.daemon import Daemon
from rfm_assets_tests.defs.alerts.job import DAY, ERROR, WARN


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


def launched(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> None:
    """Let a run be one that a code location was asked for, which the daemon can run again."""
    origin = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("rfm_assets"), "__repository__")
    instance.run_storage.replace_job_origin(result.dagster_run, RemoteJobOrigin(origin, "refresh"))


def test_a_run_that_is_to_be_retried_is_not_told(daemon, instance, run, hook):
    launched(instance, run({"dagster/will_retry": "true"}, fails=True))
    daemon.look()
    assert hook.posts == []


def test_a_run_of_a_command_is_told_for_nobody_runs_it_again_whatever_its_tag_says(daemon, run, hook):
    run({"dagster/will_retry": "true", "dagster/partition": DAY}, fails=True)
    daemon.look()
    [post] = hook.posts
    assert post["text"].startswith(f"refresh of {DAY} failed\n")


def test_of_a_run_that_is_to_be_retried_the_checks_are_told_for_the_retry_does_not_look_again(
    daemon, instance, run, hook
):
    launched(instance, run({"dagster/will_retry": "true", "dagster/partition": DAY}, severity=ERROR, last_fails=True))
    daemon.look()
    [post] = hook.posts
    assert post["text"].startswith(f"refresh of {DAY}: a check failed\n")
    assert "disk full" not in post["text"]


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
