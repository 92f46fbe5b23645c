"""Recency, frequency and monetary as of a day."""

from datetime import date
from decimal import Decimal

import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.segmentation.snapshots import NoCustomersError, store_customers
from rfm_assets_tests.rows import write_rows
from rfm_assets_tests.sql.snapshots import SNAPSHOT, december, order, snapshot


def test_the_numbers_of_a_customer_by_hand(warehouse):
    write_rows(
        warehouse,
        "clean.orders",
        order("1", "c1", date(2010, 12, 31), "10.00"),
        order("2", "c1", december(4), "2.5001"),
        order("C3", "c1", december(8), "-1.25"),
        order("4", "c2", december(9), "7.00"),
    )
    columns = "customer_id, recency_days, frequency, monetary, gross_sales, returned, first_order_on"
    assert snapshot(warehouse, columns) == [
        ("c1", 5, 2, Decimal("11.2501"), Decimal("12.5001"), Decimal("1.2500"), date(2010, 12, 31)),
        ("c2", 0, 1, Decimal("7.0000"), Decimal("7.0000"), Decimal("0.0000"), december(9)),
    ]


@pytest.mark.parametrize(("monetary", "expected"), [("net", "6.0000"), ("gross", "10.0000")])
def test_monetary_is_net_of_returns_or_gross_as_the_setting_says(warehouse, monetary, expected):
    write_rows(
        warehouse, "clean.orders", order("1", "c1", december(1), "10.00"), order("C2", "c1", december(2), "-4.00")
    )
    assert snapshot(warehouse, "monetary, gross_sales, returned", monetary=monetary) == [
        (Decimal(expected), Decimal("10.0000"), Decimal("4.0000"))
    ]


def test_an_order_after_the_snapshot_does_not_count_and_one_on_its_day_does(warehouse):
    write_rows(
        warehouse,
        "clean.orders",
        order("1", "c1", december(1), "10.00"),
        order("2", "c1", december(5), "20.00"),
        order("3", "c1", december(6), "40.00"),
        order("C4", "c1", december(6), "-5.00"),
        order("5", "c2", december(6), "1.00"),
    )
    columns = "customer_id, recency_days, frequency, monetary"
    assert snapshot(warehouse, columns, on=december(5)) == [("c1", 0, 2, Decimal("30.0000"))]
    assert snapshot(warehouse, columns, on=december(1)) == [("c1", 0, 1, Decimal("10.0000"))]


def test_a_snapshot_is_the_same_whatever_came_after_it_and_keeps_the_others(warehouse):
    write_rows(warehouse, "clean.orders", order("1", "c1", december(1), "10.00"))
    before = snapshot(warehouse, "*", on=december(5))
    snapshot(warehouse, "*", on=december(6))
    write_rows(
        warehouse, "clean.orders", order("1", "c1", december(1), "10.00"), order("2", "c1", december(6), "99.00")
    )
    assert snapshot(warehouse, "*", on=december(5)) == before
    assert warehouse.read("select snapshot_on, monetary from rfm.customers order by all").rows() == [
        (december(5), Decimal("10.0000")),
        (december(6), Decimal("10.0000")),
    ]


def test_who_only_returned_is_no_customer(warehouse):
    write_rows(
        warehouse, "clean.orders", order("1", "c1", december(1), "10.00"), order("C2", "c2", december(2), "-3.00")
    )
    assert snapshot(warehouse, "customer_id") == [("c1",)]


def test_a_later_return_moves_neither_recency_nor_frequency(warehouse):
    write_rows(
        warehouse, "clean.orders", order("1", "c1", december(1), "10.00"), order("C2", "c1", december(8), "-3.00")
    )
    assert snapshot(warehouse, "recency_days, frequency") == [(8, 1)]


def test_returns_that_cancel_purchases_leave_exactly_nothing(warehouse):
    # As floats, 0.1 + 0.2 - 0.3 is 5.6e-17.
    amounts = ("0.1", "0.2", "-0.3")
    write_rows(
        warehouse, "clean.orders", *(order(str(i), "c1", december(1 + i), amount) for i, amount in enumerate(amounts))
    )
    ((monetary,),) = snapshot(warehouse, "monetary")
    assert str(monetary) == "0.0000"


def test_money_of_a_hundred_million_of_the_largest_lines_is_held_exactly(warehouse):
    most = "99999999999999999999.9999"
    write_rows(warehouse, "clean.orders", order("1", "c1", december(1), most))
    assert snapshot(warehouse, "monetary") == [(Decimal(most),)]


def test_an_invoice_counts_once_in_frequency_whatever_orders_it_makes(warehouse):
    write_rows(
        warehouse,
        "clean.orders",
        order("1", "c1", december(1), "10.00"),
        order("1", "c2", december(1), "5.00"),
        order("2", "c1", december(2), "5.00"),
    )
    assert snapshot(warehouse, "customer_id, frequency") == [("c1", 2), ("c2", 1)]


def test_a_day_before_the_first_sale_is_an_error_that_names_it_and_keeps_what_was_stored(warehouse):
    write_rows(warehouse, "clean.orders", order("1", "c1", december(5), "5.00"))
    snapshot(warehouse, "*", on=december(5))
    write_rows(
        warehouse, "clean.orders", order("C1", "c1", december(5), "-5.00"), order("2", "c1", december(6), "5.00")
    )
    with pytest.raises(NoCustomersError, match=r"on or before 2011-12-05: the first sale is of 2011-12-06"):
        store_customers(warehouse, december(5), "net")
    assert warehouse.count(TABLES["rfm.customers"]) == 1


def test_a_snapshot_is_not_said_to_count_orders_that_its_customers_are_not_made_of(warehouse, monkeypatch):
    write_rows(warehouse, "clean.orders", order("1", "c1", december(1)))
    snapshot(warehouse, "*")

    def failing(*_, **__):
        raise MemoryError

    monkeypatch.setattr(warehouse, "stage", failing)
    with pytest.raises(MemoryError):
        store_customers(warehouse, SNAPSHOT, "gross")
    assert warehouse.read("select monetary from rfm.snapshots").rows() == [("net",)]


def test_no_sale_at_all_is_an_error_that_says_so(warehouse):
    write_rows(warehouse, "clean.orders", order("C1", "c1", december(5), "-5.00"))
    with pytest.raises(
        NoCustomersError, match=r"clean.orders holds no sale at all. raw.files says which files were refused"
    ):
        store_customers(warehouse, december(5), "net")
