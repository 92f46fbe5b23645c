"""The validation runs by itself, monthly or on demand, and a refresh does not wait for it."""

import shutil
from datetime import UTC, datetime

import dagster as dg
import pytest

from rfm_assets.definitions import defs
from rfm_assets.defs.resources import warehouse_of
from rfm_assets_tests.defs.tables import tables

VALIDATION = ["validation.predictions", "validation.segments", "validation.stability"]
DAY = "2024-10-02"


@pytest.fixture(scope="module")
def validate():
    return defs().resolve_job_def("validate")


def run(job, settings, day=DAY):
    with dg.DagsterInstance.ephemeral() as instance:
        return job.execute_in_process(
            instance=instance,
            partition_key=day,
            resources={"settings": settings, "warehouse": warehouse_of(settings)},
            raise_on_error=False,
        )


def names(keys):
    return sorted(".".join(key.path) for key in keys)


def test_a_refresh_runs_no_validation_and_a_validation_runs_nothing_else(validate):
    refresh = defs().resolve_job_def("refresh")
    assert names(validate.asset_layer.executable_asset_keys) == VALIDATION
    assert not set(names(refresh.asset_layer.executable_asset_keys)) & set(VALIDATION)
    assert [name for name in refresh.graph.node_dict if "validation" in name] == []
    assert "validation_checks" in validate.graph.node_dict


def test_whoever_starts_a_refresh_in_the_ui_is_not_warned_of_tables_that_it_does_not_make():
    # The UI says of a day that it "cannot be materialized" when a table upstream, outside of the run, lacks that day.
    layer = defs().resolve_job_def("refresh").asset_layer
    made = set(layer.executable_asset_keys)
    assert names({parent for key in made for parent in layer.get(key).parent_keys} - made) == []


def test_a_validation_stores_its_tables_keeps_the_others_and_shows_its_figures(
    validate, day_by_day, settings_for, tmp_path
):
    shutil.copytree(day_by_day.settings.data, tmp_path / "data", symlinks=True)
    settings = settings_for(tmp_path / "data", replay_days=5)
    before = tables(settings)
    result = run(validate, settings)
    assert result.success
    after = tables(settings)
    for name, frame in before.items():
        if name not in VALIDATION:
            assert frame.equals(after[name]), name
    assert [len(after[name]) > 0 for name in VALIDATION] == [True] * 3

    shown = {
        ".".join(event.asset_key.path): event.materialization.metadata
        for event in result.get_asset_materialization_events()
        for event in [event.step_materialization_data]
        for event.asset_key in [event.materialization.asset_key]
    }
    assert sorted(shown) == VALIDATION
    assert shown["validation.stability"]["dagster/row_count"].value == 3 * 4
    assert "| frozen | 4 |" in shown["validation.stability"]["figures"].value
    assert 0 <= shown["validation.stability"]["least_agreement frozen"].value <= 1
    assert 0 <= shown["validation.predictions"]["auc purchase"].value <= 1
    assert "auc segment" not in shown["validation.predictions"]
    contracts = [e for e in result.get_asset_check_evaluations() if e.check_name == "contract"]
    assert names(e.asset_key for e in contracts) == VALIDATION
    assert all(e.passed for e in contracts)


def test_a_day_without_enough_history_fails_and_stores_nothing(validate, day_by_day):
    settings = day_by_day.settings.model_copy(update={"validation_days": 200, "replay_days": 300})
    before = tables(settings)
    result = run(validate, settings)
    assert not result.success
    causes = {event.step_key: event.step_failure_data.error.cause.message for event in result.get_step_failure_events()}
    assert "choose a later snapshot or a shorter window" in causes["out_of_time"]
    assert "choose a later snapshot or fewer days" in causes["validation__stability"]
    after = tables(settings)
    assert all(before[name].equals(after[name]) for name in VALIDATION)


def test_the_schedule_validates_the_day_before():
    schedule = defs().resolve_schedule_def("monthly_validation")
    context = dg.build_schedule_context(
        scheduled_execution_time=datetime(2024, 10, 1, 7, tzinfo=UTC), repository_def=defs().get_repository_def()
    )
    request = schedule.evaluate_tick(context).run_requests[0]
    assert request.partition_key == "2024-09-30"
    assert (schedule.job_name, schedule.cron_schedule, schedule.execution_timezone) == ("validate", "0 7 1 * *", "UTC")


def test_the_schedule_says_why_it_skips_a_day_that_cannot_be_refreshed():
    schedule = defs().resolve_schedule_def("monthly_validation")
    context = dg.build_schedule_context(scheduled_execution_time=datetime(2001, 10, 1, 7, tzinfo=UTC))
    tick = schedule.evaluate_tick(context)
    assert not tick.run_requests
    assert tick.skip_message.startswith("2001-09-30 is not a day that can be refreshed")
