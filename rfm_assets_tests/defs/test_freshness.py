"""Whether BI sees yesterday: the check of the published file, by days and deadlines."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from rfm_assets.defs.freshness import CHECK, compare, freshness, published_snapshot
from rfm_assets.settings import Settings

NINE = datetime(2011, 12, 10, 9, tzinfo=UTC)
BEFORE_NINE = datetime(2011, 12, 10, 8, 59, tzinfo=UTC)


@pytest.fixture
def published(settings_for: Callable[..., Settings], tmp_path: Path) -> Callable[..., Settings]:
    """Publish a snapshot, and give the settings."""

    def build(day: str, **chosen: object) -> Settings:
        settings = settings_for(tmp_path / "data", **chosen)
        settings.published.mkdir()
        with duckdb.connect(str(settings.published / "segments.duckdb")) as connection:
            connection.execute("create table about as select cast(? as date) as snapshot_on, 1234 as customers", [day])
        return settings

    return build


def test_yesterday_has_to_be_published_by_the_deadline(published):
    settings = published("2011-12-08")
    assert compare(settings, BEFORE_NINE).passed
    late = compare(settings, NINE)
    assert not late.passed
    assert late.description.startswith(
        "Published is 2011-12-08, 1,234 customers; 2011-12-09 had to be there by 2011-12-10 09:00 UTC (RFM_FRESH_CRON)."
    )
    assert f"is on; then `make refresh RFM_DATA={settings.data} DAY=2011-12-09`." in late.description
    assert late.metadata["days behind"].value == 1


def test_what_is_published_in_time_is_fresh_until_the_next_deadline(published):
    settings = published("2011-12-09")
    assert compare(settings, NINE).passed
    assert not compare(settings, datetime(2011, 12, 11, 9, tzinfo=UTC)).passed


def test_a_day_published_ahead_is_fresh_and_none_behind(published):
    found = compare(published("2011-12-10"), NINE)
    assert (found.passed, found.metadata["days behind"].value) == (True, 0)


def test_a_deadline_is_of_the_timezone(published):
    settings = published("2011-12-08", timezone="America/New_York")
    assert compare(settings, NINE).passed
    assert not compare(settings, datetime(2011, 12, 10, 14, tzinfo=UTC)).passed


def test_on_days_without_a_deadline_the_last_one_counts(published):
    settings = published("2011-12-08", fresh_cron="0 9 * * 1-5")  # 2011-12-09 is a Friday
    assert compare(settings, datetime(2011, 12, 11, 12, tzinfo=UTC)).passed
    assert not compare(settings, datetime(2011, 12, 12, 12, tzinfo=UTC)).passed


def test_a_shop_that_gets_no_more_data_stays_fresh(published):
    settings = published("2011-12-09", last_snapshot=date(2011, 12, 9))
    assert compare(settings, datetime(2026, 1, 1, tzinfo=UTC)).passed


def test_nothing_is_due_before_the_first_snapshot(settings):
    assert compare(settings, datetime(2010, 12, 1, 12, tzinfo=UTC)).passed


def test_nothing_published_is_stale_and_so_is_a_file_that_cannot_be_read(settings):
    assert "Published is nothing yet at" in compare(settings, NINE).description
    settings.published.mkdir()
    (settings.published / "segments.duckdb").write_text("broken")
    assert "cannot be read" in compare(settings, NINE).description
    assert published_snapshot(settings).day is None
    (settings.published / "segments.duckdb").unlink()
    duckdb.connect(settings.published / "segments.duckdb").close()
    assert "cannot be read" in published_snapshot(settings).words


def test_the_job_runs_the_check_alone_and_fails_nothing(published):
    from rfm_assets.definitions import defs

    settings = published("2011-12-09")
    with dg.DagsterInstance.ephemeral() as instance:
        result = (
            defs()
            .resolve_job_def("freshness")
            .execute_in_process(
                instance=instance, resources={"settings": settings}, run_config={"loggers": {"progress": {}}}
            )
        )
    [evaluation] = result.get_asset_check_evaluations()
    assert evaluation.asset_check_key == CHECK
    assert not evaluation.passed
    assert evaluation.severity == dg.AssetCheckSeverity.ERROR
    assert result.success


def test_a_run_of_assets_that_takes_the_check_along_as_a_backfill_does_only_warns(refreshed):
    from rfm_assets.definitions import defs
    from rfm_assets.defs.resources import warehouse_of

    job = defs().resolve_implicit_global_asset_job_def()
    checks = {CHECK, dg.AssetCheckKey(CHECK.asset_key, "contract_kept")}
    job = job.get_subset(asset_selection={CHECK.asset_key}, asset_check_selection=checks)
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            instance=instance,
            tags={"dagster/partition": "2024-10-02"},
            resources={"settings": refreshed, "warehouse": warehouse_of(refreshed)},
        )
    [evaluation] = [found for found in result.get_asset_check_evaluations() if found.check_name == CHECK.name]
    assert (evaluation.passed, evaluation.severity) == (False, dg.AssetCheckSeverity.WARN)


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("RFM_ALERT_WEBHOOK", "http://127.0.0.1/hook", "RUNNING"),
        ("RFM_ALERT_MAIL_TO", "oncall@example.com", "RUNNING"),
        ("RFM_UI_URL", "http://127.0.0.1:3000", "STOPPED"),
    ],
)
def test_the_schedule_is_on_where_somebody_is_told(settings, monkeypatch, name, value, status):
    monkeypatch.setenv(name, value)
    (schedule,) = freshness().schedules
    assert schedule.default_status == dg.DefaultScheduleStatus[status]
