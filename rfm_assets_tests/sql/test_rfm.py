"""Recency, frequency and monetary as of a day, and the scores and names made of them."""

import shutil
from datetime import date
from decimal import Decimal
from itertools import pairwise, product

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rfm_assets.contracts import TABLES
from rfm_assets.contracts.violations import faults
from rfm_assets.engines.base import select
from rfm_assets.engines.duckdb import DuckDBEngine
from rfm_assets.engines.duckdb_warehouse import open_warehouse
from rfm_assets.segmentation.snapshots import NoCustomersError, store_customers
from rfm_assets_tests.rows import write_rows

SNAPSHOT = date(2011, 12, 9)
NAMES = {
    "Champions",
    "Loyal",
    "Potential Loyalists",
    "New",
    "Promising",
    "Need Attention",
    "About To Sleep",
    "At Risk",
    "Cannot Lose Them",
    "Hibernating",
    "Lost",
}


@pytest.fixture
def warehouse(warehouse):
    warehouse.store(TABLES["rfm.grid"], select("rfm.grid"))
    return warehouse


@pytest.fixture(scope="module")
def graded(tmp_path_factory, new_warehouse):
    """A warehouse that all examples of a property share."""
    path = tmp_path_factory.mktemp("graded") / "rfm.duckdb"
    shutil.copy(new_warehouse, path)
    with duckdb.connect() as connection:
        open_warehouse(connection, path)
        engine = DuckDBEngine(connection)
        engine.store(TABLES["rfm.grid"], select("rfm.grid"))
        yield engine


def december(day: int) -> date:
    return date(2011, 12, day)


def order(invoice: str, customer: str, on: date, amount: str) -> tuple:
    """Return an order; a negative amount makes it a return."""
    return (invoice, customer, on, "return" if amount.startswith("-") else "sale", amount, 1, 1, on, 0)


def snapshot(warehouse, columns: str, on: date = SNAPSHOT, monetary: str = "net") -> list[tuple]:
    store_customers(warehouse, on, monetary)
    return warehouse.read(
        f"select {columns} from rfm.customers where snapshot_on = $on order by customer_id",
        on=on,
    ).rows()


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


def test_five_different_customers_have_the_five_scores_the_best_five(warehouse):
    write_rows(
        warehouse,
        "clean.orders",
        *(
            order(f"{customer}-{number}", f"c{customer}", december(customer), f"{customer}.00")
            for customer in range(1, 6)
            for number in range(customer)
        ),
    )
    assert snapshot(warehouse, "customer_id, r_score, f_score, m_score, rfm_cell, rfm_segment") == [
        ("c1", 1, 1, 1, "111", "Lost"),
        ("c2", 2, 2, 2, "222", "Hibernating"),
        ("c3", 3, 3, 3, "333", "Need Attention"),
        ("c4", 4, 4, 4, "444", "Loyal"),
        ("c5", 5, 5, 5, "555", "Champions"),
    ]


def test_the_three_scores_go_by_their_own_measure(warehouse):
    write_rows(
        warehouse,
        "clean.orders",
        # The latest buyer buys once and little, the first one most often, the middle one for most.
        *(order(f"a{number}", "a", december(1), "1.00") for number in range(9)),
        order("b1", "b", december(4), "900.00"),
        order("b2", "b", december(4), "900.00"),
        order("c1", "c", december(8), "2.00"),
    )
    # Of three, 0, 1 and 2 do worse: 0, 1 and 3 whole fifths.
    assert snapshot(warehouse, "customer_id, rfm_cell") == [("a", "142"), ("b", "224"), ("c", "411")]


def test_equal_values_have_equal_scores(warehouse):
    write_rows(
        warehouse,
        "clean.orders",
        *(order(str(i), f"c{i}", december(1), "5.00") for i in range(7)),
        order("8", "c8", december(2), "6.00"),
        order("9", "c9", december(2), "6.00"),
        order("10", "c9", december(2), "0.00"),
    )
    rows = snapshot(warehouse, "customer_id, r_score, f_score, m_score")
    # Of nine customers, seven do worse than the last two: 35 // 9 = 3 whole fifths; eight worse in frequency: 40 // 9.
    assert rows == [*((f"c{i}", 1, 1, 1) for i in range(7)), ("c8", 4, 1, 4), ("c9", 4, 5, 4)]


def test_one_customer_alone_has_the_lowest_scores(warehouse):
    write_rows(warehouse, "clean.orders", order("1", "c1", december(1), "5.00"))
    assert snapshot(warehouse, "rfm_cell, rfm_segment") == [("111", "Lost")]


BUYERS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 4), st.integers(-20, 20)), min_size=1, max_size=40
)  # day, orders, money of each


@given(buyers=BUYERS)
@hypothesis_settings(max_examples=25, deadline=None, derandomize=True)
def test_scores_are_1_to_5_and_follow_their_measure(graded, buyers):
    write_rows(
        graded,
        "clean.orders",
        *(
            (f"{i}-{number}", f"c{i}", december(day), "sale", Decimal(money) / 4, 1, 1, december(day), 0)
            for i, (day, count, money) in enumerate(buyers)
            for number in range(count)
        ),
    )
    rows = snapshot(graded, "recency_days, frequency, monetary, r_score, f_score, m_score, rfm_cell")
    assert len(rows) == len(buyers)
    for measure, better in ((0, -1), (1, 1), (2, 1)):
        scores = sorted((better * row[measure], row[measure + 3]) for row in rows)
        assert all(1 <= score <= 5 for _, score in scores)
        for (value, score), (next_value, next_score) in pairwise(scores):
            assert score <= next_score
            assert score == next_score or value < next_value
    assert all(row[6] == "".join(map(str, row[3:6])) for row in rows)


def test_scores_of_each_fifth_hold_a_fifth_where_all_values_differ(warehouse):
    write_rows(warehouse, "clean.orders", *(order(str(i), f"c{i:02}", december(1), f"{i}.00") for i in range(1, 21)))
    assert [score for (score,) in snapshot(warehouse, "m_score")] == [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4 + [5] * 4


def test_the_grid_covers_each_cell_once_with_the_eleven_names(warehouse):
    rows = warehouse.read("select r_score, f_score, rfm_segment from rfm.grid").rows()
    assert sorted(row[:2] for row in rows) == list(product(range(1, 6), repeat=2))
    assert {name for _, _, name in rows} == NAMES


@pytest.mark.parametrize(
    ("r_score", "f_score", "name"),
    [
        (5, 5, "Champions"),
        (4, 5, "Loyal"),
        (5, 2, "Potential Loyalists"),
        (5, 1, "New"),
        (4, 1, "Promising"),
        (3, 3, "Need Attention"),
        (3, 1, "About To Sleep"),
        (2, 4, "At Risk"),
        (1, 5, "Cannot Lose Them"),
        (2, 1, "Hibernating"),
        (1, 1, "Lost"),
    ],
)
def test_a_cell_has_its_customary_name(warehouse, r_score, f_score, name):
    statement = "select rfm_segment from rfm.grid where r_score = $r and f_score = $f"
    assert warehouse.read(statement, r=r_score, f=f_score).rows() == [(name,)]


def test_a_day_before_the_first_sale_is_an_error_that_names_it_and_keeps_what_was_stored(warehouse):
    write_rows(warehouse, "clean.orders", order("1", "c1", december(5), "5.00"))
    snapshot(warehouse, "*", on=december(5))
    write_rows(
        warehouse, "clean.orders", order("C1", "c1", december(5), "-5.00"), order("2", "c1", december(6), "5.00")
    )
    with pytest.raises(NoCustomersError, match=r"on or before 2011-12-05: the first sale is of 2011-12-06"):
        store_customers(warehouse, december(5), "net")
    assert warehouse.count(TABLES["rfm.customers"]) == 1


def test_no_sale_at_all_is_an_error_that_says_so(warehouse):
    write_rows(warehouse, "clean.orders", order("C1", "c1", december(5), "-5.00"))
    with pytest.raises(
        NoCustomersError, match=r"clean.orders holds no sale at all. raw.files says which files were refused"
    ):
        store_customers(warehouse, december(5), "net")


def test_without_the_grid_no_customer_is_lost_and_the_contract_is_broken(warehouse):
    write_rows(warehouse, "clean.orders", order("1", "c1", december(5), "5.00"))
    snapshot(warehouse, "*")
    warehouse.delete(TABLES["rfm.grid"], column="r_score", values=[1, 2, 3, 4, 5])
    assert snapshot(warehouse, "customer_id, rfm_segment") == [("c1", None)]
    days = {"first_snapshot": SNAPSHOT, "last_snapshot": SNAPSHOT}
    assert warehouse.row(faults(TABLES["rfm.customers"]), **days)["broken"]
