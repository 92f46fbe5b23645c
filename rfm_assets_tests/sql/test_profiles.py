"""What a segment is like: quartiles, returns, tenure, and the products and countries bought for most."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from rfm_assets.segmentation.snapshots import store_snapshot
from rfm_assets_tests.rows import write_rows

DAY, DAY_AFTER = date(2011, 12, 9), date(2011, 12, 10)


def segmented(warehouse, **segments):
    """Put customers into segments, each with recency, frequency, monetary, sales, returns and first order."""
    numbers = {
        customer: (segment, *row) for segment, customers in segments.items() for customer, row in customers.items()
    }
    write_rows(
        warehouse,
        "rfm.customers",
        *((DAY, customer, *row[1:6], row[6], 1, 1, 1, "111", "Lost") for customer, row in numbers.items()),
    )
    write_rows(
        warehouse,
        "segments.customers",
        *(
            (DAY, customer, *row[1:4], 1, 1, 1, "Lost", row[0], None, None, None, 0.1, "", DAY, "Other", 0.1, "")
            for customer, row in numbers.items()
        ),
    )  # fmt: skip


def line(number, customer, code, amount, on=DAY, name="a thing", country="France", quantity=1):
    kind = "return" if amount < 0 else "sale"
    at = datetime.combine(on, time(12))
    return (1, number, f"i{number}", kind, customer, at, on, code, name, quantity, abs(amount), amount, country)


def one(recency=1, frequency=1, monetary=10, sales=10, returned=0, first=DAY):
    return (recency, frequency, monetary, sales, returned, first)


def found(warehouse, table, columns):
    store_snapshot(warehouse, table, DAY)
    return warehouse.read(f"select {columns} from {table} order by all").rows()


@pytest.fixture
def two_segments(warehouse):
    """Three customers in A, one in B."""
    segmented(warehouse, A={"a1": one(), "a2": one(), "a3": one()}, B={"b1": one()})
    return warehouse


def test_medians_and_quartiles_lie_between_values_in_proportion(warehouse):
    segmented(
        warehouse,
        A={
            "a1": one(10, 1, 100),
            "a2": one(20, 2, 200),
            "a3": one(30, 4, 400),
            "a4": one(70, 9, "1000.50"),
        },
        B={"b1": one(5, 3, -7)},
    )
    columns = ", ".join(
        f"{statistic}_{name}"
        for name in ("recency_days", "frequency", "monetary")
        for statistic in ("lower_quartile", "median", "upper_quartile")
    )
    assert found(warehouse, "segments.profiles", f"segment, {columns}") == [
        ("A", 17.5, 25.0, 40.0, 1.75, 3.0, 5.25, Decimal(175), Decimal(300), Decimal("550.125")),
        ("B", 5.0, 5.0, 5.0, 3.0, 3.0, 3.0, *[Decimal(-7)] * 3),
    ]


def test_the_returns_rate_is_money_sent_back_over_money_sold(warehouse):
    segmented(
        warehouse,
        A={"a1": one(sales=300, returned=0), "a2": one(sales=100, returned=100)},
        B={"b1": one(sales=50, returned=0)},
    )
    assert found(warehouse, "segments.profiles", "segment, returns_rate") == [("A", 0.25), ("B", 0.0)]


def test_tenure_is_counted_from_the_first_sale(warehouse):
    segmented(warehouse, A={"a1": one(first=DAY), "a2": one(first=date(2011, 11, 29))})
    assert found(warehouse, "segments.profiles", "mean_tenure_days") == [(5.0,)]


def test_products_are_placed_by_what_was_bought_and_kept(two_segments):
    write_rows(
        two_segments,
        "clean.transactions",
        line(1, "a1", "MUG", 60, quantity=6),
        line(2, "a2", "MUG", 20, quantity=2),
        line(3, "a2", "BAG", 100, quantity=1),
        line(4, "a3", "CAKE", 900, quantity=9),
        line(5, "a3", "CAKE", -900, quantity=-9),
        line(6, "a3", "BAG", -80, quantity=-1),
        line(7, "b1", "CAKE", 5),
    )
    columns = "segment, place, stock_code, amount, amount_share, sales, quantity"
    assert found(two_segments, "segments.profile_products", columns) == [
        ("A", 1, "MUG", Decimal(80), 0.8, Decimal(80), 8),
        ("A", 2, "BAG", Decimal(20), 0.2, Decimal(100), 0),
        ("B", 1, "CAKE", Decimal(5), 1.0, Decimal(5), 1),
    ]


def test_what_was_bought_after_the_snapshot_does_not_count(two_segments):
    lines = line(1, "a1", "MUG", 10), line(2, "a1", "BAG", 50, on=DAY_AFTER, country="Spain")
    write_rows(two_segments, "clean.transactions", *lines)
    assert found(two_segments, "segments.profile_products", "stock_code") == [("MUG",)]
    assert found(two_segments, "segments.profile_countries", "country") == [("France",)]


def test_a_product_spelled_in_two_ways_is_one_under_the_spelling_that_brought_most(two_segments):
    lines = line(1, "a1", "MUG", 10, name="z mug"), line(2, "a2", "MUG", 30, name="Mug"), line(3, "a3", None, 5)
    write_rows(two_segments, "clean.transactions", *lines)
    assert found(two_segments, "segments.profile_products", "place, stock_code, description, amount") == [
        (1, "MUG", "Mug", Decimal(40)),
        (2, "a thing", "a thing", Decimal(5)),
    ]


def test_ten_products_and_countries_are_kept_and_of_equals_the_first_by_name(two_segments):
    lines = (line(i, "a1", f"P{i:02}", 10, country=f"C{i:02}") for i in range(12, 0, -1))
    write_rows(two_segments, "clean.transactions", *lines)
    products = found(two_segments, "segments.profile_products", "place, stock_code")
    assert products == [(i, f"P{i:02}") for i in range(1, 11)]
    assert found(two_segments, "segments.profile_countries", "place, country") == [
        (i, f"C{i:02}") for i in range(1, 11)
    ]


def test_countries_say_how_many_of_the_customers_bought_from_there_and_what_they_kept(two_segments):
    write_rows(
        two_segments,
        "clean.transactions",
        line(1, "a1", "MUG", 60),
        line(2, "a2", "MUG", 20, country="Spain"),
        line(3, "a2", "MUG", 20),
        line(4, "a3", "MUG", 150, country=None),
        line(5, "a3", "MUG", -50, country=None),
        line(6, "b1", "MUG", 5, country="Spain"),
    )
    columns = "segment, place, country, customers, customer_share, amount, amount_share"
    assert found(two_segments, "segments.profile_countries", columns) == [
        ("A", 1, "Unknown", 1, 1 / 3, Decimal(100), 0.5),
        ("A", 2, "France", 2, 2 / 3, Decimal(80), 0.4),
        ("A", 3, "Spain", 1, 1 / 3, Decimal(20), 0.1),
        ("B", 1, "Spain", 1, 1.0, Decimal(5), 1.0),
    ]


def test_where_all_was_sent_back_there_is_no_product_and_no_share(two_segments):
    write_rows(two_segments, "clean.transactions", line(1, "a1", "MUG", 60), line(2, "a1", "MUG", -60))
    assert found(two_segments, "segments.profile_products", "place") == []
    columns = "country, amount, amount_share"
    assert found(two_segments, "segments.profile_countries", columns) == [("France", Decimal(0), None)]


def test_a_guest_and_a_customer_of_no_segment_are_in_no_profile(two_segments):
    write_rows(two_segments, "clean.transactions", line(1, "only returned", "MUG", -60), line(2, "a1", "BAG", 1))
    assert found(two_segments, "segments.profile_products", "stock_code") == [("BAG",)]
