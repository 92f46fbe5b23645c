"""The asset that takes old snapshots out: dry by itself, thorough when told to, and nothing after it stumbles."""

import shutil
from datetime import date

import dagster as dg
import pytest

from rfm_assets_tests.defs.conftest import DAYS
from rfm_assets_tests.defs.tables import BY_DAY, published_bytes, tables

NEXT = "2024-10-03"


@pytest.fixture(scope="module")
def retain():
    """Run the job in this process and return the metadata of its one asset."""
    from rfm_assets.definitions import defs
    from rfm_assets.defs.resources import warehouse_of

    def run(settings, **config):
        given = {"ops": {"retention__expired_snapshots": {"config": config}}} if config else {}
        with dg.DagsterInstance.ephemeral() as instance:
            result = (
                defs()
                .resolve_job_def("retain")
                .execute_in_process(
                    instance=instance,
                    run_config=given | {"loggers": {"progress": {}}},
                    resources={"settings": settings, "warehouse": warehouse_of(settings)},
                )
            )
        (event,) = result.get_asset_materialization_events()
        return {name: entry.value for name, entry in event.materialization.metadata.items()}

    return run


@pytest.fixture
def kept_for_one_day(day_by_day, settings_for, tmp_path):
    shutil.copytree(day_by_day.settings.data, tmp_path / "data")
    return settings_for(tmp_path / "data", keep_days=1)


def days_of(settings, name):
    return {day.isoformat() for day in tables(settings)[name]["snapshot_on"]}


def test_a_click_lists_what_would_go_and_the_schedule_takes_it_out(kept_for_one_day, retain, refresh):
    published = published_bytes(kept_for_one_day)
    listed = retain(kept_for_one_day)
    assert listed["dry run"] is True
    assert listed["snapshots that would go"] == DAYS[1], "2024-09-30 is the last of its month, 2024-10-02 the latest"
    assert "| rfm.customers | 1 |" in listed["by table"]
    assert (listed["dagster/row_count"], listed["snapshots kept"]) == (1, 2)
    before = tables(kept_for_one_day)
    assert days_of(kept_for_one_day, "rfm.customers") == set(DAYS)

    taken = retain(kept_for_one_day, dry_run=False)
    after = tables(kept_for_one_day)
    gone = sum(len(before[name]) - len(after[name]) for name in before)
    assert (taken["snapshots that went"], taken["rows"], listed["rows"]) == (DAYS[1], gone, gone)
    for name in BY_DAY:
        assert days_of(kept_for_one_day, name) <= {DAYS[0], DAYS[2]}
    assert published_bytes(kept_for_one_day) == published, "what is published follows with the next refresh"

    # The day after the one taken out, and a new one: their snapshot before is the latest that is still there.
    assert refresh(kept_for_one_day, DAYS[2], NEXT).success
    found = tables(kept_for_one_day)
    moves = found["segments.moves"]
    assert set(moves.select("snapshot_on", "previous_snapshot_on").rows()) == {
        (date.fromisoformat(DAYS[2]), date.fromisoformat(DAYS[0])),
        (date.fromisoformat(NEXT), date.fromisoformat(DAYS[2])),
    }
    assert {day.isoformat() for day in found["published.segment_history"]["snapshot_on"]} == {DAYS[0], DAYS[2], NEXT}


def test_a_snapshot_of_a_wrong_day_is_taken_out_by_its_name_and_the_next_refresh_publishes_another(
    kept_for_one_day, retain, refresh
):
    taken = retain(kept_for_one_day, dry_run=False, days=[DAYS[2]])
    assert taken["snapshots that went"] == DAYS[2]
    assert days_of(kept_for_one_day, "segments.reasons") == {DAYS[1]}
    assert refresh(kept_for_one_day, DAYS[1]).success
    assert days_of(kept_for_one_day, "published.segments") == {DAYS[1]}


def test_month_ends_go_too_where_the_settings_keep_none(kept_for_one_day, retain):
    listed = retain(kept_for_one_day.model_copy(update={"keep_month_ends": False}))
    assert listed["snapshots that would go"] == f"{DAYS[0]} {DAYS[1]}"


def test_the_schedule_rests_until_switched_on_and_takes_out():
    from rfm_assets.definitions import defs

    schedule = defs().resolve_schedule_def("weekly_retention")
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
    request = schedule.evaluate_tick(dg.build_schedule_context()).run_requests[0]
    assert request.run_config == {"ops": {"retention__expired_snapshots": {"config": {"dry_run": False}}}}
