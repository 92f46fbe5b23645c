"""Each return finds the sale that it returns, where that can be known; and what matched then leaves out."""

from datetime import date
from decimal import Decimal
from time import process_time

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.ingestion.returns import match
from rfm_assets.segmentation.snapshots import store_customers
from rfm_assets_tests.rows import line, write_rows

CUSTOMERS = """
select customer_id, recency_days, frequency, monetary, first_order_on
from rfm.customers
where snapshot_on = $snapshot_on
order by customer_id
"""
MATCHES = "select invoice_id, sale_invoice_id from clean.returns order by returned_on, invoice_id"


def at(day, hour=8):
    return f"12/{day}/2010 {hour}:00"


def sold(invoice, day, quantity, **fields):
    return line(invoice, at=at(day), quantity=quantity, **fields)


def returned(invoice, day, quantity, **fields):
    return line(invoice, at=at(day), quantity=-quantity, **fields)


def matches(shop, *lines):
    shop.drop("a.csv", *lines)
    shop.refresh()
    return dict(shop.rows(MATCHES))


def test_a_return_finds_the_latest_earlier_sale_with_enough_left(shop):
    assert matches(shop, sold("1", 1, 5), sold("2", 2, 5), sold("3", 4, 5), returned("C9", 3, 5)) == {"C9": "2"}


def test_a_sale_has_what_the_returns_before_left_of_it(shop):
    lines = sold("1", 1, 5), sold("2", 2, 5), returned("C3", 3, 3), returned("C4", 4, 3), returned("C5", 5, 2)
    assert matches(shop, *lines) == {"C3": "2", "C4": "1", "C5": "2"}


def test_a_return_that_no_single_sale_can_hold_stays_unmatched(shop):
    assert matches(shop, sold("1", 1, 2), sold("2", 2, 2), returned("C3", 3, 3), returned("C4", 4, 2)) == {
        "C3": None,
        "C4": "2",
    }


@pytest.mark.parametrize(
    "sale",
    [
        sold("1", 1, 5, customer="c2"),
        sold("1", 1, 5, code="B"),
        sold("1", 1, 5, customer=""),
        sold("1", 3, 5),
        sold("1", 2, 5),
        sold("1", 1, 4),
        sold("1", 1, 5, price="0.00"),
    ],
    ids=["other customer", "other product", "guest", "later", "same moment", "too few", "rejected"],
)
def test_a_return_of_nothing_known_has_no_sale(shop, sale):
    assert matches(shop, sale, returned("C9", 2, 5)) == {"C9": None}


@pytest.mark.parametrize("code", ["", "  "])
def test_a_line_without_a_product_is_no_return_of_another(shop, code):
    assert matches(shop, sold("1", 1, 5, code=code), returned("C9", 2, 5, code=code)) == {"C9": None}


def test_a_return_says_what_came_back_and_what_it_was_sold_for(shop):
    shop.drop("a.csv", sold("1", 1, 5, price="2.50"), returned("C9", 3, 4, price="2.00"))
    shop.refresh()
    assert shop.rows("select * from clean.returns") == [
        (1, 3, "C9", "c1", "A", date(2010, 12, 3), 4, Decimal("-8.0000"), "1", date(2010, 12, 1), Decimal("10.0000"))
    ]


def test_a_late_sale_a_late_return_and_a_sale_taken_back_change_the_matches_of_their_product_alone(shop, connection):
    shop.drop("1.csv", sold("1", 1, 5), returned("C9", 9, 5), sold("2", 1, 5, code="B"), returned("C8", 8, 5, code="B"))
    shop.refresh()
    connection.execute("update clean.returns set amount = -99 where stock_code = 'B'")
    shop.drop("2.csv", sold("3", 5, 5))
    shop.refresh()
    assert shop.rows(MATCHES) == [("C8", "2"), ("C9", "3")]
    shop.drop("3.csv", returned("C7", 7, 5))
    shop.refresh()
    assert shop.rows(MATCHES) == [("C7", "3"), ("C8", "2"), ("C9", "1")]
    shop.drop("2.csv", sold("4", 5, 1))
    shop.refresh()
    assert shop.rows(MATCHES) == [("C7", "1"), ("C8", "2"), ("C9", None)]
    shop.drop("3.csv", sold("5", 6, 1, customer="c2"))
    shop.refresh()
    assert shop.rows(MATCHES) == [("C8", "2"), ("C9", "1")]
    assert shop.rows("select amount from clean.returns where stock_code = 'B'") == [(Decimal(-99),)]


def customers(shop, day, monetary="matched"):
    snapshot_on = date(2010, 12, day)
    shop.engine.store(TABLES["rfm.grid"], select("rfm.grid"))
    store_customers(shop.engine, snapshot_on, monetary)
    return shop.engine.read(CUSTOMERS, snapshot_on=snapshot_on).rows()


def test_matched_counts_neither_a_return_nor_what_it_returned(shop):
    # Sold for 50, of which 2.50 x 4 came back for 8.00; and 3.00 were paid back for something unknown.
    shop.drop(
        "a.csv",
        sold("1", 1, 20, price="2.50"),
        returned("C3", 3, 4, price="2.00"),
        returned("C4", 4, 1, code="D", price="3.00"),
    )
    shop.refresh()
    first = date(2010, 12, 1)
    assert customers(shop, 9) == [("c1", 8, 1, Decimal("37.0000"), first)]
    assert customers(shop, 9, "net") == [("c1", 8, 1, Decimal("39.0000"), first)]
    assert customers(shop, 9, "gross") == [("c1", 8, 1, Decimal("50.0000"), first)]


def test_an_order_returned_whole_counts_no_longer_in_frequency_or_recency(shop):
    shop.drop(
        "a.csv",
        sold("1", 1, 5),
        sold("2", 2, 5, code="B"),
        sold("2", 2, 3, code="C"),
        returned("C5", 5, 5, code="B"),
        returned("C6", 6, 3, code="C"),
    )
    shop.refresh()
    first = date(2010, 12, 1)
    assert customers(shop, 5) == [("c1", 3, 2, Decimal("8.0000"), first)]  # half of order 2 is still there
    assert customers(shop, 6) == [("c1", 5, 1, Decimal("5.0000"), first)]
    assert customers(shop, 6, "net") == [("c1", 4, 2, Decimal("5.0000"), first)]


def test_the_first_order_is_the_first_that_was_kept_and_never_a_return(shop):
    shop.drop(
        "a.csv",
        returned("C1", 1, 1, code="Z"),
        sold("2", 2, 5),
        returned("C3", 3, 5),
        sold("4", 4, 1),
    )
    shop.refresh()
    assert [row[4].day for row in customers(shop, 9)] == [4]
    assert [row[4].day for row in customers(shop, 9, "net")] == [2]


def test_a_return_takes_nothing_from_what_else_is_on_its_sales_invoice(shop):
    on = date(2010, 12, 1)
    write_rows(
        shop.engine,
        "clean.orders",
        ("1", "c1", on, "sale", "50.00", 1, 20, on, 1),
        ("1", "c1", on, "return", "-8.00", 1, -4, on, 1),
        ("1", "c2", on, "sale", "10.00", 1, 4, on, 1),
    )
    write_rows(shop.engine, "clean.returns", (1, 2, "1", "c1", "A", on, 4, "-8.00", "1", on, "10.00"))
    assert customers(shop, 9) == [("c1", 8, 1, Decimal("40.0000"), on), ("c2", 8, 1, Decimal("10.0000"), on)]


def test_a_customer_who_returned_every_order_whole_is_no_buyer(shop):
    shop.drop("a.csv", sold("1", 1, 5), sold("2", 1, 5, customer="c2"), returned("C3", 3, 5))
    shop.refresh()
    assert [row[0] for row in customers(shop, 2)] == ["c1", "c2"]
    assert [row[0] for row in customers(shop, 3)] == ["c2"]


def test_a_return_after_the_snapshot_is_not_known_yet(shop):
    shop.drop("a.csv", sold("1", 1, 5), returned("C9", 9, 5))
    shop.refresh()
    assert customers(shop, 8) == [("c1", 7, 1, Decimal("5.0000"), date(2010, 12, 1))]


@given(st.lists(st.tuples(st.integers(1, 3), st.booleans(), st.integers(1, 4)), max_size=30))
@hypothesis_settings(deadline=None)
def test_no_sale_gives_back_more_than_it_sold_and_a_later_one_with_enough_left_is_never_passed_over(drawn):
    events = [(number, *event) for number, event in enumerate(sorted(drawn, key=lambda event: event[0]), start=1)]
    of = {number: (pair, is_return, units) for number, pair, is_return, units in events}
    found = dict(match(events))
    left = {number: units for number, _, is_return, units in events if not is_return}
    for number, pair, is_return, units in events:
        if not is_return:
            continue
        could = [sale for sale in left if sale < number and of[sale][0] == pair and left[sale] >= units]
        assert found.get(number) == max(could, default=None)
        if could:
            left[found[number]] -= units
    assert all(units >= 0 for units in left.values())


def seconds_to_match(lines):
    """Every twentieth line is a return that no single sale can hold."""
    events = [(number, 1, number % 20 == 0, 2 if number % 20 == 0 else 1) for number in range(1, lines + 1)]
    start = process_time()
    assert match(events) == []
    return process_time() - start


def test_four_times_the_lines_of_a_customer_and_product_take_four_times_the_time_and_not_sixteen():
    few, many = (min(seconds_to_match(lines) for _ in range(3)) for lines in (10_000, 40_000))
    assert many < 9 * few
