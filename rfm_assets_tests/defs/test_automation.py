"""What starts a run by itself: the clock, and files in landing."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.test_utils import create_run_for_test

from rfm_assets.defs import automation as automation_module
from rfm_assets.defs import catching_up, partitions
from rfm_assets.defs.automation import automation
from rfm_assets.defs.freshness import freshness
from rfm_assets.defs.partitions import tags_of_range
from rfm_assets.defs.raw import LANDED, LOOKS
from rfm_assets.defs.retention import retention
from rfm_assets.ingestion.files import digest_of, settled_looks


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RFM_DATA", str(tmp_path))
    (tmp_path / "landing").mkdir()
    return tmp_path / "landing"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:  # a schedule takes no ephemeral one
        yield instance


@pytest.fixture
def look(landing: Path, instance: dg.DagsterInstance) -> Callable[[], object]:
    """One look of the sensor; the cursor goes on from look to look."""
    (sensor,) = automation().sensors or []
    context = dg.build_sensor_context(instance)

    def once() -> object:
        return sensor(context)

    return once


def put(landing: Path, name: str, text: str, moment: int) -> None:
    (landing / name).write_text(text)
    os.utime(landing / name, (moment, moment))


def tick(name: str, moment: datetime, instance: dg.DagsterInstance, late_by: timedelta = timedelta(0)) -> object:
    """Return what a schedule asks for at a tick that comes at its moment, or late."""
    (schedule,) = (one for one in automation().schedules or [] if one.name == name)
    with partition_loading_context(moment + late_by):
        return schedule(dg.build_schedule_context(instance, moment))


def published(instance: dg.DagsterInstance, *days: str) -> None:
    """Let the instance know that days are published."""
    for day in days:
        instance.report_runless_asset_event(dg.AssetMaterialization(["published", "segments"], partition=day))


def days_of(request: object) -> tuple[str, str]:
    """Return the first and the last day of a request."""
    assert isinstance(request, dg.RunRequest), request
    if request.partition_key:
        return request.partition_key, request.partition_key
    return tuple(request.tags[f"dagster/asset_partition_range_{end}"] for end in ("start", "end"))


MORNING = datetime(2025, 2, 1, 5, tzinfo=UTC)


def test_the_daily_refresh_is_of_the_day_before_the_tick(instance):
    assert days_of(tick("daily_refresh", MORNING, instance)) == ("2025-01-31", "2025-01-31")
    published(instance, "2025-01-28", "2025-01-31")  # what was left out before it stays so
    assert days_of(tick("daily_refresh", MORNING, instance)) == ("2025-01-31", "2025-01-31")


def test_days_missed_since_the_last_one_published_are_refreshed_in_the_same_run(instance):
    published(instance, "2025-01-20", "2025-01-27")
    assert days_of(tick("daily_refresh", MORNING, instance)) == ("2025-01-28", "2025-01-31")


def test_a_day_published_ahead_does_not_hide_those_missed(instance):
    published(instance, "2025-01-29", "2025-06-30")
    assert days_of(tick("daily_refresh", MORNING, instance)) == ("2025-01-30", "2025-01-31")


def test_no_more_days_are_caught_up_than_the_setting_says(instance, monkeypatch):
    published(instance, "2011-12-09")
    assert days_of(tick("daily_refresh", MORNING, instance)) == ("2025-01-01", "2025-01-31")
    monkeypatch.setenv("RFM_CATCH_UP_DAYS", "2")
    assert days_of(tick("daily_refresh", MORNING, instance)) == ("2025-01-30", "2025-01-31")


def test_of_the_ticks_made_up_for_after_an_outage_the_first_asks_for_all_days_and_the_others_for_none(instance):
    published(instance, "2025-01-30")
    outage = timedelta(days=3, minutes=10)
    request = tick("daily_refresh", MORNING, instance, late_by=outage)
    assert days_of(request) == ("2025-01-31", "2025-02-03")
    tags = request.tags | {"dagster/schedule_name": "daily_refresh"}
    create_run_for_test(instance, job_name="refresh", status=dg.DagsterRunStatus.STARTED, tags=tags)
    for days in (1, 2, 3):
        skipped = tick("daily_refresh", MORNING + timedelta(days=days), instance, late_by=outage - timedelta(days=days))
        assert isinstance(skipped, dg.SkipReason)
        assert skipped.skip_message == "a run for 2025-02-03 waits or runs already"


ORIGIN = RemoteJobOrigin(RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("rfm_assets"), "rfm_assets"), "refresh")


@pytest.mark.parametrize("status", ["QUEUED", "STARTING", "STARTED", "CANCELING"])
def test_days_that_a_run_waits_for_or_works_at_are_asked_for_again_for_it_may_be_killed(instance, status):
    published(instance, "2025-01-20")
    for job, first, last in (
        ("refresh", "2025-01-21", "2025-01-29"), ("refresh", "2025-01-05", "2025-01-05"),
        ("restate", "2025-01-30", "2025-01-31"),
    ):  # fmt: skip
        create_run_for_test(
            instance, job_name=job, status=dg.DagsterRunStatus[status], tags=tags_of_range(first, last),
            remote_job_origin=ORIGIN,
        )  # fmt: skip
    assert days_of(tick("daily_refresh", MORNING, instance)) == ("2025-01-21", "2025-01-31")


def within(monkeypatch, **limits: str) -> None:
    """Let the days have limits, as a code location has that starts with them."""
    for name, day in limits.items():
        monkeypatch.setenv(f"RFM_{name.upper()}_SNAPSHOT", day)
    for module in (partitions, catching_up, automation_module):
        monkeypatch.setattr(module, "SNAPSHOTS", partitions._snapshots())


def test_no_day_before_the_first_snapshot_is_caught_up(instance, monkeypatch):
    published(instance, "2025-01-20")
    within(monkeypatch, first="2025-01-28")
    assert days_of(tick("daily_refresh", MORNING, instance)) == ("2025-01-28", "2025-01-31")


def test_the_last_snapshot_is_due_until_it_is_published(instance, monkeypatch):
    published(instance, "2025-01-25")
    within(monkeypatch, last="2025-01-27")
    assert days_of(tick("daily_refresh", MORNING, instance)) == ("2025-01-26", "2025-01-27")
    published(instance, "2025-01-27")
    assert isinstance(tick("daily_refresh", MORNING, instance), dg.SkipReason)


def test_a_run_that_was_made_and_never_handed_over_keeps_no_day_from_being_refreshed(instance):
    # As a daemon leaves it that is killed between the two, or a command that is killed while it waits for another run.
    orphan = create_run_for_test(
        instance, job_name="refresh", status=dg.DagsterRunStatus.NOT_STARTED, tags={"dagster/partition": "2025-01-31"}
    )
    assert days_of(tick("daily_refresh", MORNING, instance)) == ("2025-01-31", "2025-01-31")
    published(instance, "2025-01-30")
    next_morning = MORNING + timedelta(days=1)
    assert days_of(tick("daily_refresh", next_morning, instance)) == ("2025-01-31", "2025-02-01")
    assert instance.get_run_by_id(orphan.run_id).status == dg.DagsterRunStatus.NOT_STARTED


def test_the_validation_is_of_the_day_before_the_tick(instance):
    assert days_of(tick("monthly_validation", MORNING, instance)) == ("2025-01-31", "2025-01-31")


def test_each_schedule_goes_by_its_setting_on_the_shops_clock(monkeypatch):
    settings = {"daily_refresh": "REFRESH", "daily_freshness": "FRESH", "weekly_retention": "RETENTION"}
    settings["monthly_validation"] = "VALIDATION"
    monkeypatch.setenv("RFM_TIMEZONE", "Asia/Tokyo")
    for hour, name in enumerate(settings.values()):
        monkeypatch.setenv(f"RFM_{name}_CRON", f"7 {hour} * * *")
    schedules = [one for part in (automation, freshness, retention) for one in part().schedules]
    assert {one.name: (one.cron_schedule, one.execution_timezone) for one in schedules} == {
        name: (f"7 {hour} * * *", "Asia/Tokyo") for hour, name in enumerate(settings)
    }


def test_files_that_come_in_after_an_outage_refresh_the_missed_days_too(landing, look, instance):
    put(landing, "monday.csv", "a", 1)
    look()
    last_day = date.fromisoformat(days_of(look())[0])
    published(instance, (last_day - timedelta(days=3)).isoformat())
    before = digest_of(settled_looks(landing))
    put(landing, "monday.csv", "b", 2)
    look()
    request = look()
    assert days_of(request) == ((last_day - timedelta(days=2)).isoformat(), last_day.isoformat())
    assert request.run_key == f"{last_day} {before} {digest_of(settled_looks(landing))}"


@pytest.mark.parametrize("name", ["daily_refresh", "monthly_validation"])
def test_a_tick_before_the_first_snapshot_starts_nothing_and_says_why(instance, name):
    skipped = tick(name, datetime(2009, 2, 1, 5, tzinfo=UTC), instance)
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


def test_a_file_that_is_put_back_with_its_time_starts_a_run_under_a_key_of_its_own(landing: Path, look):
    keys = []
    for content, moment in (("a", 1), ("b", 2), ("a", 1)):
        put(landing, "monday.csv", content, moment)
        look()
        keys.append(look().run_key)
    assert len(set(keys)) == 3


def test_files_that_came_before_the_first_day_was_over_are_refreshed_when_it_is(landing: Path, look):
    put(landing, "monday.csv", "a", 1)
    look()
    with partition_loading_context(datetime(2009, 2, 1, 5, tzinfo=UTC)):
        skipped = look()
    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message == "RFM_FIRST_SNAPSHOT is not over yet: there is no day to refresh"
    assert isinstance(look(), dg.RunRequest)


def test_an_empty_landing_folder_starts_nothing(landing: Path, look: Callable[[], object]):
    assert all(isinstance(look(), dg.SkipReason) for _ in range(3))


def read(instance: dg.DagsterInstance, landing: Path) -> None:
    """Let the instance know that a run has read what lies in landing."""
    looks = digest_of(settled_looks(landing))
    instance.report_runless_asset_event(dg.AssetMaterialization(LANDED.split("."), metadata={LOOKS: looks}))


def test_files_that_a_run_has_read_start_none_whoever_started_it(landing, look, instance):
    put(landing, "monday.csv", "a", 1)
    read(instance, landing)
    assert [type(look()) for _ in range(3)] == [dg.SkipReason] * 3
    put(landing, "tuesday.csv", "b", 2)
    look()
    assert isinstance(look(), dg.RunRequest)


def test_a_file_is_not_asked_for_before_a_run_would_take_it(landing, monkeypatch, instance):
    monkeypatch.setenv("RFM_SETTLE_SECONDS", "3600")
    (sensor,) = automation().sensors or []
    context = dg.build_sensor_context(instance)

    def look(last_look: int | None) -> object:
        monkeypatch.setattr(context, "_last_tick_completion_time", last_look)
        return sensor(context)

    put(landing, "monday.csv", "a", 1_000_000)
    for last_look in (None, 1_000_000, 1_003_599):
        skipped = look(last_look)
        assert isinstance(skipped, dg.SkipReason)
        assert skipped.skip_message == f"no file that is at rest lies in {landing}"
    put(landing, "tomorrow.csv", "a clock that is ahead", 9_000_000)
    put(landing, "tuesday.csv.part", "half a file", 1_000_000)
    assert isinstance(look(1_003_600), dg.SkipReason), "it has come in, and is to be looked at once more"
    assert isinstance(look(1_003_660), dg.RunRequest)
    assert isinstance(look(1_003_720), dg.SkipReason)
