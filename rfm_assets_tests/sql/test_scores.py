"""Scores of one to five by recency, frequency and money, and the names that are made of them."""

import shutil
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
from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets_tests.rows import write_rows
from rfm_assets_tests.sql.snapshots import SNAPSHOT, december, order, snapshot

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


def test_without_the_grid_no_customer_is_lost_and_the_contract_is_broken(warehouse):
    write_rows(warehouse, "clean.orders", order("1", "c1", december(5), "5.00"))
    snapshot(warehouse, "*")
    warehouse.delete(TABLES["rfm.grid"], column="r_score", values=[1, 2, 3, 4, 5])
    assert snapshot(warehouse, "customer_id, rfm_segment") == [("c1", None)]
    days = {"first_snapshot": SNAPSHOT, "last_snapshot": SNAPSHOT}
    assert warehouse.row(faults(TABLES["rfm.customers"]), **days)["broken"]
