"""What run monitoring is told about a run whose code server is not there."""

import json
import os
import subprocess
import sys

import dagster as dg
import psutil
import pytest
import yaml
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._core.test_utils import create_run_for_test

from rfm_assets_tests.ui.server import HOST, ROOT, free_port

LAUNCHER = {"module": "rfm_assets.instance.launcher", "class": "WatchedRunLauncher"}


@pytest.fixture
def instance(tmp_path):
    with dg.instance_for_test(temp_dir=str(tmp_path), overrides={"run_launcher": LAUNCHER}) as instance:
        yield instance


def test_a_code_server_that_does_not_answer_is_given_time(instance):
    server = json.dumps({"host": HOST, "port": free_port()})
    run = create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED, tags={GRPC_INFO_TAG: server})
    found = instance.run_launcher.check_run_worker_health(run)
    assert instance.run_launcher.supports_check_run_worker_health
    assert found.status == WorkerStatus.RUNNING
    assert "does not answer" in found.msg


def test_a_run_that_a_command_executes_is_left_alone(instance):
    run = create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED)
    assert instance.run_launcher.check_run_worker_health(run).status == WorkerStatus.RUNNING


@pytest.fixture
def local(tmp_path):
    launcher = {**LAUNCHER, "class": "LocalRunLauncher"}
    with dg.instance_for_test(temp_dir=str(tmp_path), overrides={"run_launcher": launcher}) as instance:
        yield instance


def started_by(instance, pid):
    """Return a run in progress whose start was told by a process."""
    run = create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED)
    start = DagsterEvent(DagsterEventType.RUN_START.value, run.job_name, pid=pid)
    instance.report_dagster_event(start, run.run_id)
    return run


def test_on_one_machine_a_run_is_lost_when_its_process_is_gone(local):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    run = started_by(local, process.pid)
    health = local.run_launcher.check_run_worker_health
    assert (health(run).status, health(started_by(local, os.getpid())).status) == (WorkerStatus.RUNNING,) * 2
    process.kill()
    process.stdin.close()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and nobody has asked for its end yet
    lost = health(run)
    assert (lost.status, lost.msg) == (WorkerStatus.NOT_FOUND, f"its process {process.pid} is gone: it was killed")
    process.wait()
    assert health(run).status == WorkerStatus.NOT_FOUND


def test_another_process_of_the_same_number_is_not_the_run(local):
    run = create_run_for_test(local, status=dg.DagsterRunStatus.STARTED)
    start = DagsterEvent(DagsterEventType.RUN_START.value, run.job_name, pid=os.getpid())
    local.report_dagster_event(start, run.run_id, timestamp=psutil.Process().create_time() - 60)
    assert local.run_launcher.check_run_worker_health(run).status == WorkerStatus.NOT_FOUND


def test_the_developers_instance_watches_its_runs():
    config = yaml.safe_load((ROOT / "dagster_home" / "dagster.yaml").read_text(encoding="utf-8"))
    assert config["run_launcher"] == {"module": "rfm_assets.instance.launcher", "class": "LocalRunLauncher"}
    assert config["run_monitoring"]["enabled"]
