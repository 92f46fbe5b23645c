"""The process beside a run: what it computes, what it raises, and that it ends with the run whatever happens."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rfm_assets import beside
from rfm_assets.commands import refresh
from rfm_assets.segmentation.rules import rules_of
from rfm_assets.segmentation.version import ModelError, fit_version

WAIT = 60  # seconds until a process that hangs is given up
DAY = date(2024, 9, 30)
PARENT = """
import sys
from rfm_assets import beside
beside.start()
print(beside.call(int, "7"), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def started():
    beside.start()
    yield
    beside.stop()


def customers(count: int = 300) -> pl.DataFrame:
    return pl.DataFrame({
        "recency_days": [1 + i * 7 % 300 for i in range(count)],
        "frequency": [1 + i % 3 * (i % 11) for i in range(count)],
        "monetary": [10.0 + i * i % 997 for i in range(count)],
    })  # fmt: skip


def test_where_none_is_started_it_is_computed_here():
    assert beside.call(os.getpid) == os.getpid()


def test_where_one_is_started_it_is_computed_there_and_only_until_it_is_stopped(started):
    there = beside.call(os.getpid)
    assert there != os.getpid()
    beside.start()  # there is one already
    assert beside.call(os.getpid) == there
    beside.stop()
    assert beside.call(os.getpid) == os.getpid()


def test_a_model_fitted_beside_is_the_one_that_is_fitted_here(started, settings):
    rules = rules_of(settings)
    there = beside.call(fit_version, customers(), DAY, rules)
    here = fit_version(customers(), DAY, rules)
    assert there.keys() == here.keys()
    for name, frame in here.items():
        assert_frame_equal(there[name], frame)


def test_what_is_raised_there_is_raised_here_and_says_where_it_was_unless_it_is_our_own(started, settings):
    with pytest.raises(ModelError, match="12 customers bought on or before 2024-09-30, and a model needs 50") as raised:
        beside.call(fit_version, customers(12), DAY, rules_of(settings))
    assert not hasattr(raised.value, "__notes__")
    with pytest.raises(AttributeError) as raised:
        beside.call(fit_version, None, DAY, rules_of(settings))
    assert "in fit_version" in "".join(raised.value.__notes__)
    assert beside.call(int, "7") == 7


def test_a_process_that_was_killed_is_told_and_the_next_call_computes_here(started):
    with pytest.raises(beside.ComputingError, match="computes kill ended with status -9 and gave no answer"):
        beside.call(os.kill, beside.call(os.getpid), signal.SIGKILL)
    assert beside.call(os.getpid) == os.getpid()


def test_after_an_interrupt_no_call_gets_the_answer_of_another(started):
    # To the thread that waits, and at once: libraries let a read go on after a signal until the answer is there.
    signal.siginterrupt(signal.SIGINT, True)
    interrupt = threading.Timer(0.5, signal.pthread_kill, [threading.main_thread().ident, signal.SIGINT])
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        beside.call(time.sleep, 60)
    assert beside.call(abs, -7) == 7


def test_a_module_that_cannot_be_loaded_is_told(capfd):
    beside.start("rfm_assets.no_such_module")
    with pytest.raises(beside.ComputingError, match="ended with status 1"):
        beside.call(int, "7")
    assert "No module named 'rfm_assets.no_such_module'" in capfd.readouterr().err


def test_it_is_stopped_while_it_loads():
    beside.start("rfm_assets_tests.endless")
    process, _ = beside._at_work
    beside.stop()
    assert process.returncode == -signal.SIGTERM


def test_it_ends_when_the_run_is_killed():
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout.readline() == "7\n"
        parent.kill()
        # The other process holds the same standard output: it ends when both have.
        assert parent.communicate(timeout=WAIT) == ("", None)


@pytest.mark.parametrize(
    ("first", "last", "is_new", "is_started"),
    [
        ("2024-09-17", "2024-09-17", True, True),
        ("2024-09-17", "2024-09-17", False, False),
        ("2024-09-01", "2024-09-01", False, True),
        ("2024-08-30", "2024-09-02", False, True),
        ("2024-09-02", "2024-09-30", False, False),
        ("yesterday", "yesterday", True, False),
    ],
)
def test_it_is_started_where_a_fit_is_likely(monkeypatch, settings, first, last, is_new, is_started):
    started = []
    monkeypatch.setattr(refresh, "load_settings", lambda: settings)
    monkeypatch.setattr(beside, "start", lambda *modules: started.append(modules))
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
    if not is_new:
        settings.warehouse.touch()
    refresh._prepare_fit(first, last)
    assert bool(started) == is_started
