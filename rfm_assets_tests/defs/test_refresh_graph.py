"""The whole graph, run in this process: on a small shop, and once on the real file."""

import csv
from datetime import date, datetime
from decimal import Decimal

import dagster as dg
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rfm_assets.contracts import PUBLISHED, TABLES
from rfm_assets_tests.defs.conftest import DAYS, materialised
from rfm_assets_tests.defs.evaluations import failed_checks
from rfm_assets_tests.defs.publications import day_after
from rfm_assets_tests.defs.tables import BY_DAY, REFRESHED, assert_same_tables, execute, published_bytes, tables
from rfm_assets_tests.rows import write_csv

LAST_DAY = "2025-01-31"


def test_a_day_of_the_sample_shop_passes_every_check(shop_of, refresh):
    settings = shop_of(max_psi=1.0)  # the shares of 300 customers in ten bins are noise
    result = refresh(settings, LAST_DAY)
    assert result.success
    # The sample has lines that cannot be read. Recency drifts in a quiet January, whose model is a month old.
    assert set(failed_checks(result)) <= {"raw.files lines_readable", "model.drift customers_as_trained"}
    checked = {".".join(check.asset_key.path) for check in result.get_asset_check_evaluations()}
    assert checked == {*REFRESHED, "published.segments", "published.report"}
    assert tables(settings)["published.about"]["snapshot_on"].to_list() == [date.fromisoformat(LAST_DAY)]


def test_a_day_of_the_real_file_passes_every_check(online_retail, settings_for, refresh, tmp_path):
    settings = settings_for(tmp_path / "data")
    (settings.landing / "online_retail.csv").symlink_to(online_retail / "online_retail.csv")
    result = refresh(settings, "2011-12-09")
    assert result.success
    assert failed_checks(result) == {}
    found = tables(settings)
    segments = found["published.segments"]
    assert len(segments) == segments["customer_id"].n_unique() == 4_338
    assert segments["monetary"].sum() == Decimal("8288930.664")
    assert segments["recency_days"].sum() == 403_692 - 4_338  # one day less each than on 2011-12-10
    profiles = found["published.segment_profiles"]
    assert (profiles["customers"].sum(), profiles["monetary"].sum()) == (4_338, Decimal("8288930.664"))
    assert set(profiles["segment"]) == set(segments["segment"])
    assert segments["recommended_action"].null_count() == 0


def test_every_table_gets_rows(day_by_day):
    empty = {name for name, frame in day_by_day.tables[-1].items() if frame.is_empty() and "validation." not in name}
    assert empty == {"raw.excluded_codes", "clean.copies"}, "nothing is left out or delivered twice"


def test_a_range_in_one_run_gives_the_tables_of_day_by_day(day_by_day, in_one_run):
    assert_same_tables(in_one_run[1], day_by_day.tables[-1])


def test_a_day_run_again_gives_the_same_rows(day_by_day, refreshed, refresh):
    assert refresh(refreshed, DAYS[1]).success
    assert_same_tables(tables(refreshed), day_by_day.tables[-1])


def test_days_out_of_order_give_the_same_segments_and_run_again_in_order_the_same_tables(shop_of, refresh_tables):
    # Where versions have to agree with the one before, it matters which one that is.
    settings, in_order = shop_of(min_agreement=0.0), shop_of(min_agreement=0.0)
    for day in (DAYS[2], DAYS[0], DAYS[1]):
        assert refresh_tables(settings, day).success
    assert refresh_tables(in_order, DAYS[0], DAYS[-1]).success
    found, expected = tables(settings), tables(in_order)
    for name in ("rfm.customers", "features.customers", "segments.profiles", *(n for n in TABLES if "model." in n)):
        assert_frame_equal(without_agreement(found[name]), without_agreement(expected[name]), check_exact=True)
    # The snapshot before a day is the one that was there when the day was run.
    before = ["previous_segment", "previous_snapshot_on", "unmoved_segment"]
    assert_frame_equal(
        found["segments.customers"].drop(before), expected["segments.customers"].drop(before), check_exact=True
    )
    assert refresh_tables(settings, DAYS[0], DAYS[-1]).success
    found = tables(settings)
    assert_same_tables(
        {name: without_agreement(frame) for name, frame in found.items()},
        {name: without_agreement(frame) for name, frame in expected.items()},
    )


def without_agreement(frame):
    """Return a table without what a version says of the one before it, which there was when it was fitted, or not."""
    return frame.drop("agreement", "reason", strict=False)


def test_orders_after_the_snapshot_change_nothing(day_by_day, settings_for, sample_csv, tmp_path, refresh_tables):
    settings = settings_for(tmp_path / "data")
    known = lines_until(sample_csv, DAYS[0])
    write_csv(settings.landing / "known.csv", known[1:], header=known[0])
    assert refresh_tables(settings, DAYS[0]).success
    found, expected = tables(settings), day_by_day.tables[-1]
    at_snapshot = pl.col("snapshot_on") == date.fromisoformat(DAYS[0])
    for name in BY_DAY:
        assert_frame_equal(found[name], expected[name].filter(at_snapshot), check_exact=True)
    in_force = pl.col("model_version") <= date.fromisoformat(DAYS[0])
    for name in TABLES:
        if name.startswith("model.") and name not in BY_DAY:
            assert_frame_equal(found[name], expected[name].filter(in_force), check_exact=True)


def lines_until(path, day):
    """Return the header and the lines of a file but those after a day; a line without a date stays."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    kept = []
    for fields in lines:
        try:
            late = datetime.strptime(fields[4], "%m/%d/%Y %H:%M").date() > date.fromisoformat(day)  # noqa: DTZ007
        except ValueError:
            late = False
        if not late:
            kept.append(fields)
    assert 0 < len(kept) < len(lines)
    return [header, *kept]


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("update raw.files set line_count = line_count + 1", "raw.files every_line_stored"),
        ("update raw.files set sha256 = null", "raw.files contract"),
        (
            "update clean.transactions set amount = amount + 1 where line_no = (select min(line_no) from "
            "clean.transactions)",
            "clean.transactions files_reconciled",
        ),
        ("update clean.ledger set sale_lines = sale_lines + 1", "clean.ledger days_balanced"),
    ],
)
def test_a_blocking_check_that_fails_leaves_what_is_published_as_it_is(refreshed, refresh, statement, check):
    execute(refreshed, statement)
    before = published_bytes(refreshed)
    result = refresh(refreshed, day_after(DAYS[-1]))
    assert not result.success
    assert check in failed_checks(result)
    assert published_bytes(refreshed) == before
    assert set(before) >= {"segments.duckdb", "segments.parquet"}


def test_files_taken_out_of_landing_stay_loaded(day_by_day, refreshed, refresh):
    for file in refreshed.landing.iterdir():
        file.unlink()
    assert refresh(refreshed, DAYS[-1]).success
    assert_same_tables(tables(refreshed), day_by_day.tables[-1])


def test_a_day_without_new_data_is_the_day_before_grown_a_day_older(settings_for, sample_csv, tmp_path, refresh_tables):
    settings = settings_for(tmp_path / "data")
    known = lines_until(sample_csv, DAYS[-1])
    write_csv(settings.landing / "known.csv", known[1:], header=known[0])
    next_day = day_after(DAYS[-1])
    result = refresh_tables(settings, DAYS[-1], next_day)
    assert result.success
    assert set(failed_checks(result)) == {"raw.files lines_readable", "rfm.customers snapshot_within_data"}
    assert failed_checks(result)["rfm.customers snapshot_within_data"].severity == dg.AssetCheckSeverity.WARN
    numbers = ["customer_id", "recency_days", "frequency", "monetary", "gross_sales", "returned", "first_order_on"]
    rfm = tables(settings)["rfm.customers"]
    first, second = (rfm.filter(snapshot_on=date.fromisoformat(day)).select(numbers) for day in (DAYS[-1], next_day))
    assert_frame_equal(second, first.with_columns(pl.col("recency_days") + 1))


def test_the_row_counts_reported_are_those_of_the_tables_and_of_each_day(in_one_run):
    result, found = in_one_run
    reported = {
        (table, day): metadata["dagster/row_count"].value
        for (table, day), metadata in materialised(result).items()
        if "dagster/row_count" in metadata and table != "published.lists"  # which counts files of its own
    }
    assert {table for table, _ in reported} >= {*REFRESHED, "published.segments"}
    assert reported.pop(("raw.landed_files", None)) == 1
    for (table, day), count in reported.items():
        frame = found[table].filter(snapshot_on=date.fromisoformat(day)) if table in BY_DAY else found[table]
        assert count == len(frame) or (table.startswith("model.") and table not in BY_DAY), (table, day)
    assert reported["model.versions", DAYS[-1]] == len(found["model.versions"])


@pytest.fixture(scope="module")
def graph():
    from rfm_assets.definitions import defs

    return defs().resolve_asset_graph()


def test_every_table_is_an_asset_of_its_schema_with_owner_kinds_description_and_columns(graph):
    specs = {".".join(spec.key.path): spec for asset in graph.assets_defs for spec in asset.specs}
    assert set(specs) >= {*TABLES, "published.segments"}
    for spec in specs.values():
        assert spec.group_name == spec.key.path[0]
        assert spec.kinds
        assert spec.owners
        assert spec.tags.keys() >= {"personal_data", "grows"}, spec.key
        assert spec.description
    for name in {*TABLES, "published.segments"}:
        spec, declared = specs[name], {**TABLES, **PUBLISHED}
        assert "duckdb" in spec.kinds
        columns = spec.metadata["dagster/column_schema"].columns
        assert [column.name for column in columns] == list(declared[name].column_names)
        assert all(column.description for column in columns)


def test_every_asset_runs_a_range_at_once_and_every_step_of_the_warehouse_waits_for_it(graph):
    for asset in graph.assets_defs:
        if asset.keys:
            assert asset.backfill_policy == dg.BackfillPolicy.single_run(), asset.keys
        has_warehouse = "warehouse" in asset.required_resource_keys
        assert (asset.op.pool == "warehouse") == has_warehouse, asset.keys or asset.check_keys
