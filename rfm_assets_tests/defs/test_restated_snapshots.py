"""The sensor that lets snapshots be built again: what it asks for, once, and when it does not."""

from datetime import date, timedelta

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._core.test_utils import create_run_for_test

from rfm_assets.defs.partitions import SNAPSHOTS_TAG, named_days, tag_of
from rfm_assets.defs.restating import LISTED, MOST_SPANS, UP_TO_DATE, restating, tags_for
from rfm_assets.defs.retention import DRY_RUN
from rfm_assets_tests.defs.evaluations import plan


@pytest.fixture
def asks(instance):
    """Return the snapshots that the sensor asks for at a look, None when it does not."""
    (sensor,) = restating().sensors or []
    context = dg.build_sensor_context(instance)

    def asks() -> str | None:
        asked = sensor(context)
        return asked.tags[SNAPSHOTS_TAG] if isinstance(asked, dg.RunRequest) else None

    return asks


def report(instance, *days, run=None):
    """Let a check find these days outdated, in a run of its own or a given one."""
    run = run or create_run_for_test(instance, job_name="refresh", status=dg.DagsterRunStatus.SUCCESS)
    evaluation = dg.AssetCheckEvaluation(
        asset_key=UP_TO_DATE.asset_key,
        check_name=UP_TO_DATE.name,
        passed=not days,
        metadata={LISTED: dg.MetadataValue.text(" ".join(days))},
        severity=dg.AssetCheckSeverity.WARN,
    )
    kind = DagsterEventType.ASSET_CHECK_EVALUATION.value
    event = DagsterEvent(kind, run.job_name, event_specific_data=evaluation, step_key="checks")
    instance.report_dagster_event(event, run.run_id)


def restating_run(instance, *days, status=dg.DagsterRunStatus.SUCCESS):
    return create_run_for_test(instance, job_name="restate", status=status, tags=tags_for(days))


def test_to_dagster_a_run_for_snapshots_is_of_the_last_of_them():
    assert tags_for(["2020-01-06", "2019-12-31"]) == {
        "dagster/partition": "2020-01-06", SNAPSHOTS_TAG: "2019-12-31 2020-01-06"
    }  # fmt: skip


def test_a_run_for_snapshots_is_of_a_day_within_the_limits_also_where_they_were_narrowed_since(monkeypatch):
    limits = dg.DailyPartitionsDefinition("2024-09-20", end_date="2024-09-23")
    monkeypatch.setattr("rfm_assets.defs.restating.SNAPSHOTS", limits)
    days = ["2024-09-19", "2024-09-22", "2024-09-24"]
    assert tags_for(days) == {"dagster/partition": "2024-09-22", SNAPSHOTS_TAG: " ".join(days)}
    # Not of the last day, up to which everything would count as caught up.
    assert tags_for(["2024-09-19"]) == {"dagster/partition": "2024-09-20", SNAPSHOTS_TAG: "2024-09-19"}


def test_an_evaluation_is_acted_on_once_and_the_same_days_anew_in_the_next_one(instance, asks):
    assert asks() is None
    report(instance, "2020-01-05", "2020-01-06")
    assert asks() == "2020-01-05 2020-01-06"
    assert asks() is None
    report(instance)
    assert asks() is None
    report(instance, "2020-01-05", "2020-01-06")
    assert asks() == "2020-01-05 2020-01-06"


def test_what_a_later_check_found_up_to_date_is_not_asked_for(instance, asks):
    report(instance, "2020-01-05")
    report(instance)
    assert asks() is None


def test_while_a_run_for_snapshots_waits_none_is_asked_for(instance, asks):
    report(instance, "2020-01-05")
    run = restating_run(instance, "2020-01-05", status=dg.DagsterRunStatus.STARTED)
    assert asks() is None
    instance.report_run_canceling(run)
    assert asks() is None
    instance.report_run_canceled(run)
    assert asks() == "2020-01-05"


def test_a_run_that_did_not_help_is_not_asked_for_again_on_its_own_word(instance, asks):
    report(instance, "2020-01-05", "2020-01-06", run=restating_run(instance, "2020-01-05", "2020-01-06"))
    assert asks() is None
    report(instance, "2020-01-06", run=restating_run(instance, "2020-01-05", "2020-01-06"))
    assert asks() == "2020-01-06"


def days_of(*places):
    return [(date(2020, 1, 1) + timedelta(days=place)).isoformat() for place in places]


def test_however_many_snapshots_follow_one_another_they_are_one_run(instance, asks):
    report(instance, *days_of(*range(5_000)))
    assert asks() == "2020-01-01..2033-09-08"


def test_hundreds_of_snapshots_apart_are_several_runs_whose_tags_postgresql_can_index(instance, asks):
    # Three days in four: the longest way to name them.
    days = days_of(*(place for place in range(4 * MOST_SPANS + 4) if place % 4))
    report(instance, *days)
    first = asks()
    assert first.split()[0] == "2020-01-02..2020-01-04"
    assert len(first.split()) == MOST_SPANS
    assert len(first) < 2704
    report(instance, *days[-3:], run=restating_run(instance, *days[:-3]))
    assert asks() == f"{days[-3]}..{days[-1]}"
    report(instance, *days, run=restating_run(instance, *days[:-3]))
    assert asks() is None, "they have just been built"


@pytest.mark.parametrize(
    ("places", "tag"),
    [
        ([], ""),
        ([1, 0], "2020-01-01 2020-01-02"),
        ([30, 31, 33, 32, 0], "2020-01-01 2020-01-31..2020-02-03"),
        ([58, 59, 60], "2020-02-28..2020-03-01"),
    ],
)
def test_days_are_named_so_that_they_are_found_again(instance, places, tag):
    assert tag_of(days_of(*places)) == tag
    run = create_run_for_test(instance, tags={SNAPSHOTS_TAG: tag})
    assert named_days(run) == sorted(days_of(*places))


def test_a_check_that_is_planned_does_not_hide_the_last_one(instance, asks):
    report(instance, "2020-01-05")
    plan(instance, UP_TO_DATE)
    assert asks() == "2020-01-05"


@pytest.mark.parametrize(
    ("dry_run", "count", "asked"), [(False, 3, None), (True, 3, "2020-01-05"), (False, 0, "2020-01-05")]
)
def test_snapshots_that_were_taken_out_since_the_check_are_not_built_again(instance, asks, dry_run, count, asked):
    report(instance, "2020-01-05")
    gone = dg.AssetMaterialization(["retention", "expired_snapshots"], metadata={
        DRY_RUN: dry_run, "dagster/row_count": count
    })  # fmt: skip
    instance.report_runless_asset_event(gone)
    assert asks() == asked
    report(instance, "2020-01-05")
    assert asks() == "2020-01-05"
