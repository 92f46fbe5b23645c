"""The report as a refresh makes it: of the tables of its day, and in nobody's way when it fails."""

from collections import Counter

import dagster as dg
import duckdb

from rfm_assets.publishing.report import writing
from rfm_assets.publishing.report.writing import figures_told
from rfm_assets_tests.defs.conftest import DAYS
from rfm_assets_tests.defs.tables import published_bytes

REPORT = dg.AssetKey(["published", "report"])


def test_a_refresh_makes_a_report_that_says_what_the_published_file_does(day_by_day):
    folder = day_by_day.settings.published
    told = figures_told((folder / "report.html").read_text(encoding="utf-8"))
    with duckdb.connect(str(folder / "segments.duckdb"), read_only=True) as connection:
        expected = connection.execute(
            "select coalesce(segment, ''), count(*), sum(monetary) from segments group by rollup (segment)"
        ).fetchall()
        moved = connection.execute(
            "select coalesce(sum(customers) filter (cause = 'arrived'), 0), coalesce(sum(customers) filter "
            "(from_segment is not null and to_segment is not null), 0) from segment_moves where snapshot_on = $day",
            {"day": DAYS[-1]},
        ).fetchone()
    assert len(expected) > 2
    for segment, customers, monetary in expected:
        assert told[segment, "customers", str(customers)] == told[segment, "monetary", str(monetary)] == 1
    assert told["", "arrived", str(moved[0])] == told["", "moved", str(moved[1])] == 1


def test_its_size_is_told_and_checked(refreshed, refresh):
    result = refresh(refreshed, DAYS[-1])
    (event,) = [event for event in result.get_asset_materialization_events() if event.asset_key == REPORT]
    size = (refreshed.published / "report.html").stat().st_size
    assert event.materialization.metadata["bytes"].value == size
    (check,) = [check for check in result.get_asset_check_evaluations() if check.asset_key == REPORT]
    assert (check.check_name, check.passed, check.metadata["bytes"].value) == ("at_most_3_mb", True, size)


def test_a_report_that_fails_leaves_the_last_one_and_everything_published(refreshed, refresh, monkeypatch):
    before = published_bytes(refreshed)

    def wrong(html: str) -> Counter:
        raise writing.ReportError("the report was not replaced")

    monkeypatch.setattr(writing, "figures_told", wrong)
    result = refresh(refreshed, DAYS[-1])
    (failed,) = [event for event in result.all_node_events if event.is_step_failure]
    assert failed.step_key == "published__report"
    after = published_bytes(refreshed)
    assert after["report.html"] == before["report.html"]
    assert {"segments.duckdb", "segments.parquet", "lists", "segment_history"} < after.keys()
    assert not [name for name in after if name.endswith(".part")]
