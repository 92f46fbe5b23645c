"""A validation looks at nothing after its days, changes nothing but its tables, and says when it cannot be done."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from polars.testing import assert_frame_equal

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.segmentation.fitting import ensure_version
from rfm_assets.segmentation.validating import validate_out_of_time, validate_stability
from rfm_assets.segmentation.validation import HistoryError
from rfm_assets_tests.defs.tables import assert_same_tables
from rfm_assets_tests.rows import write_rows
from rfm_assets_tests.segmentation.shops import write_orders

LAST = date(2024, 6, 30)
CUSTOMERS = 150
VALIDATED = ("validation.segments", "validation.predictions", "validation.stability")
MODEL = [name for name in TABLES if name.startswith("model.")]
CHOSEN = {"clusters": 3, "min_customers": 20, "validation_days": 60, "replay_days": 12}


@pytest.fixture
def settings(settings_for, tmp_path):
    return settings_for(tmp_path / "data", **CHOSEN)


@pytest.fixture
def engine(warehouse):
    warehouse.store(TABLES["rfm.grid"], select("rfm.grid"))
    write_orders(warehouse, customers=CUSTOMERS, last_on=LAST)
    return warehouse


def order(day, customer="c0000", kind="sale", amount="5000.00", invoice="extra"):
    return (invoice, customer, day, kind, Decimal(amount), 1, 1 if kind == "sale" else -1, day, 0)


def days_after(day, days):
    return day + timedelta(days=days)


def stored(engine, *names):
    return {name: engine.read(f"from {name} order by all") for name in names}


def fit_another(engine, day, settings):
    """Fit a version, as of the day itself, that no replay with these settings would fit."""
    ensure_version(engine, day, settings.model_copy(update={"model_cadence": "daily", "clusters": 4}))


def validated(engine, settings, day=LAST):
    validate_out_of_time(engine, day, settings)
    validate_stability(engine, day, settings)
    return stored(engine, *VALIDATED)


def test_each_table_holds_what_its_contract_says(engine, settings):
    found = validated(engine, settings)
    cut = days_after(LAST, -60)
    assert found["validation.segments"].select("snapshot_on", "cut_on").unique().rows() == [(LAST, cut)]
    assert found["validation.segments"]["customers"].sum() == CUSTOMERS
    assert found["validation.predictions"].select("train_cut_on", "cut_on", "target").rows() == [
        (days_after(LAST, -120), cut, "purchase"),
        (days_after(LAST, -120), cut, "segment"),
    ]
    assert len(found["validation.stability"]) == 3 * 11
    assert found["validation.stability"]["day_on"].unique().to_list() == [days_after(LAST, i) for i in range(-10, 1)]


def test_the_window_is_what_was_ordered_after_the_cut_up_to_the_snapshot(engine, settings):
    found = validate_out_of_time(engine, LAST, settings)["validation.segments"]
    counted = engine.read(
        "select count(*) as orders, sum(amount) as monetary from clean.orders where ordered_on > $cut",
        cut=days_after(LAST, -60),
    ).row(0)
    assert (found["orders"].sum(), found["monetary"].sum()) == counted


def test_orders_after_the_snapshot_change_nothing(engine, settings):
    day = days_after(LAST, -30)
    before = validated(engine, settings, day)
    write_orders(engine, customers=CUSTOMERS, last_on=LAST, extra=[order(days_after(day, 1)), order(LAST, "new")])
    assert_same_tables(before, validated(engine, settings, day))


def test_orders_after_the_cut_change_what_came_of_a_segment_but_not_who_is_in_it(engine, settings):
    before = validate_out_of_time(engine, LAST, settings)["validation.segments"]
    # The last customer of each kind, and a newcomer, spend a lot in the window.
    extra = [order(days_after(LAST, -59), f"c{i:04}", invoice=f"extra-{i}") for i in (146, 147, 148, 149, 9999)]
    write_orders(engine, customers=CUSTOMERS, last_on=LAST, extra=extra)
    after = validate_out_of_time(engine, LAST, settings)["validation.segments"]
    members = ["segment", "customers"]
    assert_frame_equal(before.select(members).sort("segment"), after.select(members).sort("segment"))
    assert after["monetary"].sum() - before["monetary"].sum() == 4 * 5000
    assert after["orders"].sum() - before["orders"].sum() == 4


def test_an_order_on_the_day_of_the_cut_belongs_to_what_is_known(engine, settings):
    before = validate_out_of_time(engine, LAST, settings)["validation.segments"]
    write_orders(engine, customers=CUSTOMERS, last_on=LAST, extra=[order(days_after(LAST, -60), "new")])
    after = validate_out_of_time(engine, LAST, settings)["validation.segments"]
    assert (after["customers"].sum(), after["orders"].sum()) == (CUSTOMERS + 1, before["orders"].sum())


@pytest.mark.parametrize(("monetary", "difference"), [("net", -40), ("matched", -40), ("gross", 0)])
def test_returns_in_the_window_count_as_the_setting_says(engine, settings, monetary, difference):
    settings = settings.model_copy(update={"monetary": monetary})
    before = validate_out_of_time(engine, LAST, settings)["validation.segments"]
    write_orders(engine, customers=CUSTOMERS, last_on=LAST, extra=[order(LAST, kind="return", amount="-40.00")])
    after = validate_out_of_time(engine, LAST, settings)["validation.segments"]
    assert after["monetary"].sum() - before["monetary"].sum() == difference
    assert after["orders"].sum() == before["orders"].sum()


def test_who_brought_back_all_he_had_is_no_customer_of_the_window_where_matched(engine, settings):
    bought, returned = days_after(LAST, -70), days_after(LAST, -5)
    extra = [
        order(bought, "fickle", amount="10.00"),
        order(returned, "fickle", kind="return", amount="-10.00", invoice="back"),
    ]
    write_orders(engine, customers=CUSTOMERS, last_on=LAST, extra=extra)
    back = (1, 1, "back", "fickle", "A", returned, 1, Decimal(-10), "extra", bought, Decimal(10))
    write_rows(engine, "clean.returns", back)

    def counted(monetary):
        chosen = settings.model_copy(update={"monetary": monetary})
        return validate_out_of_time(engine, LAST, chosen)["validation.segments"]["customers"].sum()

    assert (counted("net"), counted("matched")) == (CUSTOMERS + 1, CUSTOMERS)


def test_a_validation_leaves_the_model_as_it_was(engine, settings):
    fit_another(engine, LAST, settings)
    before = stored(engine, *MODEL)
    assert len(before["model.versions"]) == 1
    validated(engine, settings)
    assert_same_tables(before, stored(engine, *MODEL))


def test_a_replay_does_not_depend_on_what_was_fitted_before(engine, settings):
    fresh = validated(engine, settings)
    fit_another(engine, days_after(LAST, -3), settings)
    assert_same_tables(fresh, validated(engine, settings))


def test_a_replay_says_on_which_days_another_version_took_over(engine, settings):
    settings = settings.model_copy(update={"replay_days": 45})
    found = validate_stability(engine, LAST, settings).filter(labelling="frozen")
    for day in (days_after(LAST, -44), LAST):
        ensure_version(engine, day, settings)
    versions = engine.read("select model_version, promoted from model.versions order by model_version").rows()
    assert versions[0] == (date(2024, 5, 1), True)
    taken_over = [day for day, promoted in versions[1:] if promoted]
    assert found.filter("is_refitted")["day_on"].to_list() == taken_over
    assert set(found["k"]) == {3}


def test_a_day_validated_again_is_replaced_and_another_is_kept(engine, settings):
    earlier = days_after(LAST, -10)
    validated(engine, settings, earlier)
    once = validated(engine, settings)
    assert_same_tables(once, validated(engine, settings))
    assert set(once["validation.segments"]["snapshot_on"]) == {earlier, LAST}


@pytest.mark.parametrize(
    ("validate", "days", "words"),
    [
        (validate_out_of_time, -185, r"learns from customers as of 2023-08-30.*only 0 had bought.*choose a later"),
        (validate_stability, -271, r"begins on 2023-09-22, and only 17 customers.*choose a later"),
        (validate_out_of_time, 7, r"last sale on or before 2024-07-07 is of 2024-06-30, 7 days earlier, more than 10%"),
        (validate_stability, 3, r"last sale on or before 2024-07-03 is of 2024-06-30, 3 days earlier, more than 10%"),
        (validate_out_of_time, -1000, r"nobody bought on or before 2021-10-04"),
        (validate_stability, -1000, r"nobody bought on or before 2021-10-04"),
    ],
)
def test_too_little_history_is_an_error_and_keeps_what_was_stored(engine, settings, validate, days, words):
    validate(engine, LAST, settings)
    before = stored(engine, *VALIDATED)
    with pytest.raises(HistoryError, match=words):
        validate(engine, days_after(LAST, days), settings)
    assert_same_tables(before, stored(engine, *VALIDATED))


def test_a_few_days_without_sales_at_the_end_are_no_gap(engine, settings):
    validate_out_of_time(engine, days_after(LAST, 6), settings)
    validate_stability(engine, days_after(LAST, 1), settings)


def test_a_return_after_the_last_sale_fills_no_gap(engine, settings):
    day = days_after(LAST, 7)
    write_orders(engine, customers=CUSTOMERS, last_on=LAST, extra=[order(day, kind="return", amount="-1.00")])
    with pytest.raises(HistoryError, match=r"last sale on or before 2024-07-07 is of 2024-06-30, 7 days earlier"):
        validate_out_of_time(engine, day, settings)
