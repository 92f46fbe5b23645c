"""On an instance with several projects, each tells of its own runs."""

import dagster as dg
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.test_utils import create_run_for_test

from rfm_assets.defs.alerts import alerts
from rfm_assets_tests.alerting.receivers import webhook


def test_a_run_of_another_project_on_the_instance_is_not_told_and_one_of_a_command_is(monkeypatch, tmp_path):
    here, there = (RegisteredCodeLocationOrigin(name) for name in ("rfm_assets", "stock"))
    monkeypatch.setattr(dg.SensorEvaluationContext, "code_location_origin", here)
    monkeypatch.setenv("RFM_DATA", str(tmp_path))
    with webhook() as hook, dg.DagsterInstance.ephemeral() as instance:
        monkeypatch.setenv("RFM_ALERT_WEBHOOK", hook.url)
        (sensor,) = (one for one in alerts().sensors or [] if one.name == "alert_webhook")
        context = dg.build_sensor_context(instance)
        sensor(context)
        for name, origin in (("theirs", there), ("ours", here)):
            job = RemoteJobOrigin(RemoteRepositoryOrigin(origin, "__repository__"), name)
            run = create_run_for_test(instance, job_name=name, remote_job_origin=job)
            instance.report_run_failed(run)
        instance.report_run_failed(create_run_for_test(instance, job_name="of_a_command"))
        sensor(context)
    [post] = hook.posts
    told = [line for line in post["text"].splitlines() if line.endswith(" failed")]
    assert told == ["ours failed", "of_a_command failed"]
