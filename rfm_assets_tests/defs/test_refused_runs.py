"""Runs that stop, or leave something out, with what to do; what is published stays."""

import dagster as dg
import pytest

from rfm_assets.definitions import defs
from rfm_assets.defs.progress import cause_of
from rfm_assets.defs.resources import warehouse_of
from rfm_assets_tests.defs.conftest import DAYS
from rfm_assets_tests.defs.evaluations import failed_checks, failure
from rfm_assets_tests.defs.tables import published_bytes, tables
from rfm_assets_tests.rows import line, write_csv


def test_an_empty_landing_folder_stops_with_what_to_do_and_publishes_nothing(settings, refresh):
    result = refresh(settings, DAYS[-1])
    assert f"no file lies in {settings.landing}" in failure(result)
    assert not settings.published.exists()


@pytest.mark.parametrize("name", ["refresh", "validate"])
def test_a_run_of_no_day_stops_with_how_a_day_is_named_whatever_its_job(refreshed, name):
    job = defs().resolve_job_def(name)
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            instance=instance,
            run_config={"loggers": {"progress": {}}},  # not the console
            resources={"settings": refreshed, "warehouse": warehouse_of(refreshed)},
            raise_on_error=False,
        )
    words = {cause_of(event.step_failure_data.error) for event in result.all_node_events if event.is_step_failure}
    assert words == {
        "this run is of no day, and snapshots are: name one by `dg launch ... --partition 2011-12-09`, or in the UI by "
        "Materialize, and a day or a range"
    }


def test_a_day_before_the_first_order_stops_and_leaves_what_is_published(refreshed, refresh):
    before = published_bytes(refreshed)
    assert "nobody bought on or before 2023-12-31: the first sale is of 2024-01-01" in failure(
        refresh(refreshed, "2023-12-31")
    )
    assert published_bytes(refreshed) == before


def test_a_day_with_too_few_customers_for_a_model_stops_and_says_how_many_are_needed(refreshed, refresh):
    before = published_bytes(refreshed)
    assert "and a model needs 50 (RFM_MIN_CUSTOMERS)" in failure(refresh(refreshed, "2024-01-02"))
    assert published_bytes(refreshed) == before


def test_bad_files_among_good_ones_are_named_and_do_not_stop_the_others(day_by_day, refreshed, refresh):
    (refreshed.landing / "empty.csv").touch()
    (refreshed.landing / "columns.csv").write_text("InvoiceNo,Sum\n1,2\n")
    write_csv(refreshed.landing / "more.csv", [line("900001", "new", "9/30/2024 9:00")])
    result = refresh(refreshed, DAYS[-1])
    assert result.success
    failed = failed_checks(result)
    check = failed.pop("raw.files files_readable")
    assert all(other.severity == dg.AssetCheckSeverity.WARN for other in failed.values())
    assert check.severity == dg.AssetCheckSeverity.ERROR
    shown = check.metadata["first 10"].value
    assert "empty.csv" in shown
    assert "the file is empty" in shown
    assert "columns.csv" in shown
    assert "columns missing: StockCode" in shown
    assert "found: InvoiceNo, Sum" in shown
    assert "Broken by 2 rows: name columns.csv, error columns.csv: columns missing: " in check.description
    assert "; name empty.csv, error empty.csv: the file is empty" in check.description
    found, expected = tables(refreshed), day_by_day.tables[-1]
    assert len(found["published.segments"]) == len(expected["published.segments"]) + 1
    assert "new" in found["published.segments"]["customer_id"]


def test_only_bad_files_stop_the_run_and_publish_nothing(settings, refresh):
    (settings.landing / "empty.csv").touch()
    result = refresh(settings, DAYS[-1])
    assert "clean.orders holds no sale at all" in failure(result)
    assert "empty.csv" in failed_checks(result)["raw.files files_readable"].description
    assert not settings.published.exists()
