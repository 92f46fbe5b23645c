"""What run monitoring is told about a run whose code server is not there."""

import json

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._core.test_utils import create_run_for_test

from rfm_assets_tests.ui.server import HOST, free_port

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


def test_a_run_that_no_code_server_was_asked_to_start_is_lost(instance):
    run = create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED)
    assert instance.run_launcher.check_run_worker_health(run).status == WorkerStatus.UNKNOWN
