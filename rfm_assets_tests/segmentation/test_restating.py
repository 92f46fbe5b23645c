"""Which snapshots no longer match the orders, by hand: small files, and what is stored of each snapshot."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.segmentation.restating import complete_snapshots, outdated_snapshots
from rfm_assets.segmentation.snapshots import store_customers
from rfm_assets_tests.rows import line, write_rows

SEGMENTS = TABLES["segments.customers"]
COLUMNS = SEGMENTS.column_names
FIRST = date(2010, 12, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(4)]


def at(day, hour=9):
    return f"{day:%m/%d/%Y} {hour}:00"


@pytest.fixture
def shop(shop):
    """A sale of c1 on each of four days, and a snapshot of each."""
    shop.engine.store(TABLES["rfm.grid"], select("rfm.grid"))
    shop.drop("first.csv", *(line(str(100 + n), at=at(day)) for n, day in enumerate(DAYS)))
    shop.refresh()
    build(shop, *DAYS)
    assert outdated(shop) == []
    return shop


def build(shop, *days, monetary="net"):
    """Do for the days what a run does: numbers of all, segments of all, and the record that it is complete."""
    for day in days:
        store_customers(shop.engine, day, monetary)
    segment(shop)
    complete_snapshots(shop.engine, days)


def segment(shop):
    """Give each snapshot one customer, compared with the snapshot before."""
    days = [day for (day,) in shop.rows("select snapshot_on from rfm.snapshots order by all")]
    rows = []
    for before, day in zip([None, *days], days, strict=False):
        row = dict.fromkeys(COLUMNS) | {"snapshot_on": day, "customer_id": "c1", "previous_snapshot_on": before}
        rows.append(tuple(row.values()))
    write_rows(shop.engine, "segments.customers", *rows)


def outdated(shop, monetary="net", min_customers=1):
    return [(row[0].day, row[1]) for row in outdated_snapshots(shop.engine, monetary, min_customers).rows()]


def test_a_late_sale_outdates_its_day_and_those_after_it(shop):
    shop.drop("late.csv", line("900", "c2", at(DAYS[2]), price="5.00"))
    shop.refresh()
    assert outdated_snapshots(shop.engine, "net", 1).rows() == [
        (DAYS[2], "orders changed", 4, 3, Decimal("8.0000"), Decimal("3.0000")),
        (DAYS[3], "orders changed", 5, 4, Decimal("9.0000"), Decimal("4.0000")),
    ]
    build(shop, *DAYS[2:])
    assert outdated(shop) == []


def test_a_sale_after_the_last_snapshot_outdates_none(shop):
    shop.drop("next.csv", line("900", at=at(DAYS[3] + timedelta(days=1))))
    shop.refresh()
    assert outdated(shop) == []


def test_an_order_of_the_same_sum_for_another_customer_is_told_apart(shop):
    shop.drop("first.csv", *(line(str(100 + n), "c2" if n == 1 else "c1", at(day)) for n, day in enumerate(DAYS)))
    shop.refresh()
    assert outdated(shop) == [(day, "orders changed") for day in (2, 3, 4)]


@pytest.mark.parametrize("corrected", [{"price": "2.00"}, {"price": "0.50", "quantity": 2}])
def test_a_corrected_price_outdates_its_day_and_those_after_it_also_where_the_sum_stays(shop, corrected):
    lines = [line(str(100 + n), at=at(day), **(corrected if n == 1 else {})) for n, day in enumerate(DAYS)]
    shop.drop("first.csv", *lines)
    shop.refresh()
    assert outdated(shop) == [(day, "orders changed") for day in (2, 3, 4)]


def test_a_corrected_date_outdates_also_the_days_that_counted_the_order_before_and_after(shop):
    shop.drop("dated.csv", line("900", "c2", at(DAYS[2]), price="5.00"))
    shop.refresh()
    build(shop, *DAYS)
    shop.drop("dated.csv", line("900", "c2", at(DAYS[0]), price="5.00"))
    shop.refresh()
    assert outdated(shop) == [(day, "orders changed") for day in (1, 2, 3, 4)]
    build(shop, *DAYS)
    last = "select recency_days from rfm.customers where customer_id = 'c2' and snapshot_on = date '2010-12-04'"
    assert shop.rows(last) == [(3,)]
    assert outdated(shop) == []


def test_what_is_taken_back_before_a_snapshot_was_built_again_outdates_none(shop):
    shop.drop("late.csv", line("900", "c2", at(DAYS[1])))
    shop.refresh()
    assert len(outdated(shop)) == 3
    shop.drop("late.csv", line("900", "", at(DAYS[1])))  # a guest after all
    shop.refresh()
    assert outdated(shop) == []


def test_a_file_that_changes_no_order_outdates_none(shop):
    shop.drop("guests.csv", line("900", "", at(DAYS[1])), line("100", at=at(DAYS[0])))  # a guest, a line known already
    assert shop.refresh() == [DAYS[0], DAYS[1]]
    assert outdated(shop) == []


def test_a_line_after_midnight_outdates_the_day_on_which_its_order_began(shop):
    shop.drop("late.csv", line("100", at=at(DAYS[1], hour=0), code="B"))
    assert shop.refresh() == [DAYS[1]]
    assert outdated(shop) == [(day, "orders changed") for day in (1, 2, 3, 4)]


def test_which_sale_a_return_is_of_counts_where_monetary_is_matched_only(shop):
    back = line("C800", at=at(DAYS[3]), quantity=-1)
    shop.drop("back.csv", back)
    shop.refresh()
    build(shop, *DAYS, monetary="matched")
    # The return's product was never bought: the orders are the same, but it takes away none.
    shop.drop("back.csv", line("C800", at=at(DAYS[3]), quantity=-1, code="Z"))
    shop.refresh()
    assert outdated(shop, "matched") == [(4, "orders changed")]
    build(shop, *DAYS)
    shop.drop("back.csv", back)
    shop.refresh()
    assert outdated(shop) == []


def test_a_sale_that_moves_within_its_day_outdates_where_a_return_finds_another_one(shop):
    sales = line("201", at=at(DAYS[1], 8), code="B", price="3.00"), line("202", at=at(DAYS[1], 9), code="B")
    shop.drop("sales.csv", *sales)
    shop.drop("back.csv", line("C800", at=at(DAYS[3]), code="B", quantity=-1))
    shop.refresh()
    build(shop, *DAYS, monetary="matched")
    shop.drop("sales.csv", line("201", at=at(DAYS[1], 10), code="B", price="3.00"), sales[1])
    shop.refresh()
    assert shop.rows("select sale_invoice_id from clean.returns") == [("201",)]
    assert outdated(shop, "matched") == [(4, "orders changed")]


def test_another_setting_of_monetary_outdates_all(shop):
    assert outdated(shop, "gross") == [(day, "RFM_MONETARY changed") for day in (1, 2, 3, 4)]


def test_a_run_that_stopped_before_its_end_outdates_its_day_and_the_next(shop):
    shop.drop("late.csv", line("900", "c2", at(DAYS[3])))
    shop.refresh()
    store_customers(shop.engine, DAYS[3], "net")
    assert outdated(shop) == [(4, "segments are not of these numbers")]
    complete_snapshots(shop.engine, DAYS[3:])
    assert outdated(shop) == []


def test_a_run_that_stopped_outdates_the_day_after_too_and_a_day_that_was_never_complete(shop):
    shop.drop("late.csv", line("900", "c2", at(DAYS[2])))
    shop.refresh()
    build(shop, DAYS[3])
    store_customers(shop.engine, DAYS[2], "net")
    store_customers(shop.engine, DAYS[3] + timedelta(days=1), "net")
    assert outdated(shop) == [
        (3, "segments are not of these numbers"),
        (4, "snapshot before changes"),
        (5, "its run did not come to its end"),
    ]


def test_a_day_that_had_too_few_customers_for_a_model_is_not_to_be_built_and_one_whose_run_was_stopped_is(shop):
    shop.drop("early.csv", line("90", at=at(FIRST - timedelta(days=2))))
    shop.refresh()
    build(shop, *DAYS)
    store_customers(shop.engine, FIRST - timedelta(days=1), "net")
    stopped = [(30, "its run did not come to its end"), (1, "snapshot before changed")]
    assert outdated(shop, min_customers=1) == stopped
    assert outdated(shop, min_customers=2) == []
    write_rows(shop.engine, "model.versions", (FIRST - timedelta(days=1), 3, 42, 100, 1.0, 0.5, "", True, ""))
    assert outdated(shop, min_customers=2) == stopped, "a model is there"


def test_a_day_by_which_all_that_was_ever_bought_came_back_is_not_to_be_built(shop):
    build(shop, *DAYS)
    empty = FIRST - timedelta(days=1)
    numbers = shop.engine.read("select * from rfm.snapshots").head(1).with_columns(snapshot_on=pl.lit(empty))
    shop.engine.write(TABLES["rfm.snapshots"], numbers, column="snapshot_on", values=[empty])
    assert outdated(shop, min_customers=1) == []


def test_a_day_compared_with_one_whose_run_had_stopped_is_outdated_once_that_one_is_built_by_hand(shop):
    shop.engine.delete(TABLES["segments.snapshots"], column="snapshot_on", values=[DAYS[2]])
    build(shop, DAYS[3])
    assert outdated(shop) == [(3, "its run did not come to its end"), (4, "snapshot before changes")]
    shop.drop("late.csv", line("900", "c2", at(DAYS[2])))
    shop.refresh()
    store_customers(shop.engine, DAYS[3], "net")
    complete_snapshots(shop.engine, [DAYS[3]])
    build(shop, DAYS[2])
    assert outdated(shop) == [(4, "snapshot before changed")]
    build(shop, DAYS[3])
    assert outdated(shop) == []


def test_days_that_are_named_in_any_order_are_complete_after_one_run(shop):
    shop.drop("late.csv", line("900", "c2", at(DAYS[1])))
    shop.refresh()
    build(shop, *reversed(DAYS[1:]))
    assert outdated(shop) == []


def test_a_day_built_again_by_hand_outdates_the_day_that_was_compared_with_it(shop):
    shop.drop("late.csv", line("900", "c2", at(DAYS[1])))
    shop.refresh()
    build(shop, DAYS[3])
    assert outdated(shop) == [(2, "orders changed"), (3, "orders changed"), (4, "snapshot before changes")]
    build(shop, DAYS[1], DAYS[2])
    assert outdated(shop) == [(4, "snapshot before changed")]
    build(shop, DAYS[3])
    assert outdated(shop) == []


def test_a_day_that_comes_in_between_outdates_the_one_after_it_and_one_taken_out_does_not(shop):
    for name in ("rfm.snapshots", "segments.snapshots", "segments.customers"):
        shop.engine.delete(TABLES[name], column="snapshot_on", values=[DAYS[1]])
    assert outdated(shop) == []
    build(shop, DAYS[2])
    assert outdated(shop) == []
    store_customers(shop.engine, DAYS[1], "net")
    row = dict.fromkeys(COLUMNS) | {"snapshot_on": DAYS[1], "customer_id": "c1", "previous_snapshot_on": DAYS[0]}
    shop.engine.write(SEGMENTS, pl.DataFrame([row]), column="snapshot_on", values=[DAYS[1]])
    complete_snapshots(shop.engine, [DAYS[1]])
    assert outdated(shop) == [(3, "snapshot before changed")]


def test_snapshots_are_of_the_same_orders_however_the_lines_came(shop):
    whole = shop.rows("select * from clean.daily_orders order by all")
    shop.drop("first.csv", *(line(str(100 + n), at=at(day)) for n, day in enumerate(DAYS[:2])))
    shop.drop("rest.csv", *(line(str(100 + n), at=at(day)) for n, day in reversed(list(enumerate(DAYS)))))
    shop.refresh()
    assert shop.rows("select * from clean.daily_orders order by all") == whole
    assert [count for _, count, *_ in whole] == [1, 1, 1, 1]
