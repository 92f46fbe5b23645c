"""What is tried again and what is not: a warehouse that another process holds, and bad input."""

import subprocess
import sys
from collections import Counter
from contextlib import contextmanager

import dagster as dg
import pytest
import tenacity

from rfm_assets.defs import retries
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets_tests.defs.conftest import DAYS

WITHOUT_DEPS = {"raw", "rfm__grid", "segments__playbook"}
HOLDER = """
import sys, duckdb
with duckdb.connect(sys.argv[1]) as connection:
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held(path):
    """Hold the warehouse in another process, as somebody's SQL client does; give what lets go of it."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        try:
            yield lambda: holder.communicate(timeout=30)
        finally:
            holder.kill()


@pytest.fixture
def impatient(monkeypatch):
    """Each try waits for the lock but once, and a step's next try comes at once; return the waits asked for."""
    waits = []
    monkeypatch.setattr(open_warehouse.retry, "stop", tenacity.stop_after_attempt(1))
    monkeypatch.setattr(retries, "RETRIES", 2)
    original = dg.RetryRequested.__init__

    def noted(self, max_retries=1, seconds_to_wait=None):
        waits.append(seconds_to_wait)
        original(self, max_retries, 0.01)

    monkeypatch.setattr(dg.RetryRequested, "__init__", noted)
    return waits


def events(result, kind):
    return [event for event in result.all_events if event.event_type == kind]


def test_a_warehouse_that_somebody_holds_is_tried_again_after_longer_and_longer_waits(refreshed, refresh, impatient):
    with held(refreshed.warehouse):
        result = refresh(refreshed, DAYS[2])
    assert not result.success
    failed = events(result, dg.DagsterEventType.STEP_FAILURE)
    assert {event.step_key for event in failed} == WITHOUT_DEPS
    assert Counter(impatient) == {15: 3, 30: 3, 60: 3}  # the last is asked for and not given
    restarted = Counter(event.step_key for event in events(result, dg.DagsterEventType.STEP_RESTARTED))
    assert restarted == dict.fromkeys(WITHOUT_DEPS, 2)
    for event in failed:
        error = event.step_failure_data.error
        while error.cause:
            error = error.cause
        assert "is open in another process, and DuckDB has one writer. Close that process" in error.message


def test_a_step_waits_some_eight_minutes_in_all():
    assert sum(retries.FIRST_WAIT * 2**tries for tries in range(retries.RETRIES)) == pytest.approx(8 * 60, rel=0.05)


def test_a_run_goes_on_when_the_warehouse_is_let_go_of(refreshed, refresh, impatient, monkeypatch):
    with held(refreshed.warehouse) as let_go:
        wait = retries.another_try

        def waiting():
            let_go()
            return wait()

        monkeypatch.setattr(retries, "another_try", waiting)
        result = refresh(refreshed, DAYS[2])
    assert result.success
    assert impatient == [15]
    (restarted,) = events(result, dg.DagsterEventType.STEP_RESTARTED)
    assert restarted.step_key in WITHOUT_DEPS


def test_bad_input_fails_at_once(refreshed, refresh, impatient):
    result = refresh(refreshed, "2023-12-31")
    assert not result.success
    assert impatient == []
    assert events(result, dg.DagsterEventType.STEP_UP_FOR_RETRY) == []
