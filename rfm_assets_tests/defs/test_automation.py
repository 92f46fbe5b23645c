"""What starts a run by itself: the clock, and files in landing."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from rfm_assets.defs.automation import automation


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RFM_DATA", str(tmp_path))
    (tmp_path / "landing").mkdir()
    return tmp_path / "landing"


@pytest.fixture
def look(landing: Path) -> Callable[[], object]:
    """One look of the sensor; the cursor goes on from look to look."""
    (sensor,) = automation().sensors or []
    context = dg.build_sensor_context()

    def once() -> object:
        return sensor(context)

    return once


def put(landing: Path, name: str, text: str, moment: int) -> None:
    (landing / name).write_text(text)
    os.utime(landing / name, (moment, moment))


def tick(name: str, moment: datetime) -> object:
    (schedule,) = (one for one in automation().schedules or [] if one.name == name)
    return schedule(dg.build_schedule_context(scheduled_execution_time=moment))


def test_the_daily_refresh_is_of_the_day_before_the_tick():
    request = tick("daily_refresh", datetime(2025, 2, 1, 5, tzinfo=UTC))
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key == "2025-01-31"


def test_a_tick_before_the_first_snapshot_starts_nothing_and_says_why():
    skipped = tick("daily_refresh", datetime(2009, 2, 1, 5, tzinfo=UTC))
    assert isinstance(skipped, dg.SkipReason)
    assert "2009-01-31 is not a day that can be refreshed" in (skipped.skip_message or "")


def test_files_start_one_run_when_they_are_at_rest(landing: Path, look: Callable[[], object]):
    put(landing, "monday.csv", "a", 1)
    put(landing, "tuesday.csv", "b", 2)
    assert isinstance(look(), dg.SkipReason)
    assert isinstance(look(), dg.RunRequest)
    assert isinstance(look(), dg.SkipReason)


def test_a_file_that_grows_is_waited_for(landing: Path, look: Callable[[], object]):
    put(landing, "monday.csv", "a", 1)
    look()
    put(landing, "monday.csv", "ab", 2)
    assert isinstance(look(), dg.SkipReason)
    assert isinstance(look(), dg.RunRequest)


def test_a_changed_file_starts_another_run_under_another_key(landing: Path, look: Callable[[], object]):
    put(landing, "monday.csv", "a", 1)
    look()
    first = look()
    put(landing, "monday.csv", "b", 2)
    look()
    second = look()
    assert isinstance(first, dg.RunRequest)
    assert isinstance(second, dg.RunRequest)
    assert first.run_key != second.run_key


def test_an_empty_landing_folder_starts_nothing(landing: Path, look: Callable[[], object]):
    assert all(isinstance(look(), dg.SkipReason) for _ in range(3))
