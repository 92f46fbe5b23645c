"""Alerts of a real daemon: what fails in it is posted, once, and stays told when everything is stopped and started."""

from pathlib import Path

import pytest

from rfm_assets_tests.alerting.receivers import Webhook, webhook
from rfm_assets_tests.ui.server import DAGSTER_DEV, Server, ServerError, new_instance, served

DAY = "2011-12-09"
TOLD_WITHIN = 120  # seconds; the sensor looks every 30
LOOKS = """
{ sensorOrError(sensorSelector: {
    repositoryLocationName: "rfm_assets", repositoryName: "__repository__", sensorName: "alert_webhook" }) {
  ... on Sensor { sensorState { status ticks(limit: 20) { status timestamp skipReason error { message } } } } } }
"""


def ended_looks(server: Server) -> int:
    """Return how often the sensor has looked; it must be on by itself, and fail never."""
    state = server.ask(LOOKS)["sensorOrError"]["sensorState"]
    assert state["status"] == "RUNNING"
    assert [tick["error"] for tick in state["ticks"] if tick["error"]] == []
    return len([tick for tick in state["ticks"] if tick["status"] == "SKIPPED"])


def wait_for_looks(server: Server, count: int) -> None:
    server.wait_until(lambda: ended_looks(server) >= count or None, TOLD_WITHIN, f"look {count} times")


def told(hook: Webhook) -> str:
    return "\n".join(post["text"] for post in hook.posts)


def test_what_fails_is_told_once_and_not_again_after_a_restart(tmp_path: Path):
    with webhook() as hook:
        instance = new_instance(tmp_path) | {"RFM_ALERT_WEBHOOK": hook.url, "RFM_UI_URL": "http://dagster.example"}
        with served(DAGSTER_DEV, tmp_path, instance) as server:
            server.wait_until_loaded()
            wait_for_looks(server, 1)
            stale = server.launch("freshness")
            failing = server.launch("refresh", DAY)
            server.wait_until_run(stale)
            with pytest.raises(ServerError):
                server.wait_until_run(failing)
            server.wait_until(lambda: (stale in told(hook) and failing in told(hook)) or None, TOLD_WITHIN, "tell")
            looks = ended_looks(server)
            server.interrupt()
            assert "geheim" not in server.output
        before = list(hook.posts)
        with served(DAGSTER_DEV, tmp_path, instance) as server:
            server.wait_until_loaded()
            wait_for_looks(server, looks + 1)
        assert hook.posts == before
    lines = told(hook).splitlines()
    assert f"refresh of {DAY} failed" in told(hook)
    assert any(line.startswith("failed: raw: no file lies in") for line in lines)
    assert any(
        line.startswith("check failed: published.segments up_to_date: Published is nothing yet") for line in lines
    )
    assert lines.count(f"http://dagster.example/runs/{failing}") == 1
