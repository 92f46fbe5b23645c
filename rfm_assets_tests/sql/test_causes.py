"""Why a customer moved: each for one cause, and the counts balance."""

from datetime import date
from decimal import Decimal

import pytest

from rfm_assets.engines.base import select
from rfm_assets_tests.sql.snapshots import CENTROIDS, DAY, LATER, ago, order, score, segments, write_model


@pytest.fixture
def warehouse(warehouse):
    write_model(warehouse, v20111101=CENTROIDS)
    return warehouse


def moves(warehouse, on: date = LATER) -> list[tuple]:
    return warehouse.read(
        "select from_segment, to_segment, cause, customers from segments.moves where snapshot_on = $on"
        " order by all nulls first",
        on=on,
    ).rows()


def test_who_grew_older_without_an_order_moved_by_ageing(warehouse):
    score(warehouse, DAY, order("1", "c1", ago(5)))
    score(warehouse, LATER)
    assert moves(warehouse) == [("Recent", "Gone", "ageing", 1)]


def test_who_ordered_moved_by_behaviour(warehouse):
    score(warehouse, DAY, order("1", "c1", ago(100)), order("2", "c1", ago(1, LATER)))
    score(warehouse, LATER)
    assert moves(warehouse) == [("Gone", "Recent", "behaviour", 1)]


def test_who_returned_something_moved_by_behaviour_too(warehouse):
    write_model(warehouse, v20111101={"Rich": (40, 1, 1000), "Poor": (40, 1, 10)})
    score(warehouse, DAY, order("1", "c1", ago(20), "1000.00"), order("C2", "c1", ago(1, LATER), "-990.00"))
    score(warehouse, LATER)
    assert moves(warehouse) == [("Rich", "Poor", "behaviour", 1)]


@pytest.mark.parametrize(
    "restated",
    [
        [order("1", "c1", ago(100)), order("2", "c1", ago(1))],
        [order("1", "c1", ago(1))],
        [order("1", "c1", ago(100)), order("2", "c1", ago(1)), order("3", "c1", ago(2, LATER))],
    ],
    ids=["a late order", "a corrected day", "a late order and a new one"],
)
def test_whose_past_was_changed_moved_by_restatement(warehouse, restated):
    write_model(warehouse, v20111101=CENTROIDS | {"Gone": (300, 1, 10), "Recent": (30, 1, 10)})
    score(warehouse, DAY, order("1", "c1", ago(100)))
    score(warehouse, LATER, *restated)
    assert moves(warehouse) == [("Gone", "Recent", "restated", 1)]


def test_whose_money_counts_otherwise_since_moved_by_restatement_and_whose_does_not_by_ageing(warehouse):
    write_model(warehouse, v20111101={"Rich": (40, 1, 1000), "Poor": (40, 1, 10), "Gone": (100, 1, 10)})
    returned = order("1", "c1", ago(20), "1000.00"), order("C2", "c1", ago(10), "-990.00")
    score(warehouse, DAY, *returned, order("3", "c2", ago(35)), monetary="gross")
    score(warehouse, LATER, monetary="net")
    assert moves(warehouse) == [("Poor", "Gone", "ageing", 1), ("Rich", "Poor", "restated", 1)]


def test_whom_only_the_new_model_puts_elsewhere_moved_by_the_model(warehouse):
    score(warehouse, DAY, order("1", "c1", ago(5)), order("2", "c2", ago(5)))
    write_model(warehouse, v20111101=CENTROIDS, v20111202={"Gone": (5, 1, 10), "Recent": (100, 1, 10)})
    score(warehouse, ago(-1), order("1", "c1", ago(5)), order("2", "c2", ago(5)), order("3", "c2", ago(-1)))
    assert segments(warehouse, "model_version, unmoved_segment", ago(-1)) == [(date(2011, 12, 2), "Recent")] * 2
    # The second one ordered as well, but under the old model it would have stayed.
    assert moves(warehouse, ago(-1)) == [("Recent", "Gone", "model", 2)]


def test_who_would_have_moved_under_the_old_model_too_did_not_move_by_the_model(warehouse):
    score(warehouse, DAY, order("1", "c1", ago(5)))
    write_model(warehouse, v20111101=CENTROIDS, v20111202=CENTROIDS | {"Gone": (90, 1, 10)})
    score(warehouse, LATER)
    assert moves(warehouse) == [("Recent", "Gone", "ageing", 1)]


def test_a_new_customer_arrived_and_one_without_orders_left_was_erased(warehouse):
    score(warehouse, DAY, order("1", "c1", ago(5)), order("2", "c2", ago(5)))
    score(warehouse, ago(-1), order("2", "c2", ago(5)), order("3", "c3", ago(-1)))
    assert moves(warehouse, ago(-1)) == [(None, "Recent", "arrived", 1), ("Recent", None, "erased", 1)]


def test_who_stays_is_not_among_the_moves(warehouse):
    score(warehouse, DAY, order("1", "c1", ago(5)))
    score(warehouse, ago(-1))
    assert moves(warehouse, ago(-1)) == []


def test_a_large_invoice_total_adds_up_exactly_and_is_no_restatement(warehouse):
    # Summed as floats, 0.1 a hundred times is no 10.
    orders = [order(f"{i}", "c1", ago(100), "0.1") for i in range(100)]
    score(warehouse, DAY, *orders, *(order(f"n{i}", "c1", ago(1, LATER), "0.1") for i in range(3)))
    score(warehouse, LATER)
    assert {cause for _, _, cause, _ in moves(warehouse)} <= {"behaviour"}
    assert segments(warehouse, "monetary", LATER) == [(Decimal("10.3000"),)]


def test_each_customer_moves_for_one_cause_and_the_counts_balance(warehouse):
    score(
        warehouse,
        DAY,
        order("1", "ages", ago(5)),
        order("2", "ages too", ago(6)),
        order("3", "buys", ago(100)),
        order("4", "stays", ago(200)),
        order("5", "is erased", ago(5)),
        order("6", "is restated", ago(200)),
    )
    score(
        warehouse,
        LATER,
        order("1", "ages", ago(5)),
        order("2", "ages too", ago(6)),
        order("3", "buys", ago(100)),
        order("4", "stays", ago(200)),
        order("6", "is restated", ago(-15)),
        order("7", "buys", ago(-15)),
        order("8", "arrives", ago(-15)),
    )
    assert moves(warehouse) == [
        (None, "Recent", "arrived", 1),
        ("Gone", "Recent", "behaviour", 1),
        ("Gone", "Recent", "restated", 1),
        ("Recent", None, "erased", 1),
        ("Recent", "Gone", "ageing", 2),
    ]
    values = {"first_snapshot": DAY, "last_snapshot": LATER}
    assert warehouse.read(select("checks.moves_off"), **values).rows() == []
    assert warehouse.read(select("checks.customers_without_segment"), **values).rows() == []


def test_a_balance_that_is_off_is_seen(warehouse, connection):
    score(warehouse, DAY, order("1", "c1", ago(5)))
    score(warehouse, LATER, order("1", "c1", ago(5)), order("2", "c2", ago(-15)))
    connection.execute("delete from segments.moves where cause = 'arrived'")
    found = warehouse.read(select("checks.moves_off"), first_snapshot=DAY, last_snapshot=LATER).rows()
    assert found == [(LATER, 1, 0, 0, 2)]
