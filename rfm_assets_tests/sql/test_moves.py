"""Moves where causes meet, and where snapshots are made late, again or out of order."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from rfm_assets.engines.base import select
from rfm_assets.segmentation.snapshots import store_customers
from rfm_assets_tests.rows import write_rows
from rfm_assets_tests.sql.snapshots import order, score, write_model

FIRST, SECOND, THIRD = date(2011, 12, 1), date(2011, 12, 11), date(2011, 12, 31)
# With no scaling: Rich from about 100 of money on; of the others, Gone from 33 days on (33.2 squared is 11 times 100).
CENTROIDS = {"Recent": (10, 1, 10), "Gone": (99, 1, 10), "Rich": (30, 1, 1000)}
MIRRORED = {"Gone": (10, 1, 10), "Recent": (99, 1, 10), "Rich": (30, 1, 1000)}


@pytest.fixture
def warehouse(warehouse):
    write_model(warehouse, v20111101=CENTROIDS)
    return warehouse


def moves(warehouse, on):
    """Return previous snapshot, from, to, cause and customers of the moves of a snapshot."""
    columns = "previous_snapshot_on, from_segment, to_segment, cause, customers"
    return warehouse.read(
        f"select {columns} from segments.moves where snapshot_on = $on order by all nulls first",
        on=on,
    ).rows()


def test_each_customer_who_moved_is_named_with_the_cause(warehouse):
    old = order("1", "buys again", date(2011, 9, 1)), order("2", "ages", date(2011, 11, 1)), order("3", "leaves", FIRST)
    score(warehouse, FIRST, *old)
    score(warehouse, SECOND, *old[:2], order("4", "buys again", SECOND), order("5", "comes", SECOND))
    assert warehouse.read("select * from segments.customer_moves order by all").rows() == [
        (SECOND, FIRST, "ages", "Recent", "Gone", "ageing"),
        (SECOND, FIRST, "buys again", "Gone", "Recent", "behaviour"),
        (SECOND, FIRST, "comes", None, "Recent", "arrived"),
        (SECOND, FIRST, "leaves", "Recent", None, "erased"),
    ]


def test_a_changed_past_outranks_a_new_order(warehouse):
    old = order("1", "both", date(2011, 9, 1)), order("2", "new order only", date(2011, 9, 1))
    score(warehouse, FIRST, *old)
    new = order("3", "both", date(2011, 12, 9)), order("4", "new order only", date(2011, 12, 9))
    late = order("5", "both", date(2011, 11, 30))
    score(warehouse, SECOND, *old, *new, late)
    assert moves(warehouse, SECOND) == [
        (FIRST, "Gone", "Recent", "behaviour", 1),
        (FIRST, "Gone", "Recent", "restated", 1),
    ]


def test_an_order_of_the_day_of_the_snapshot_before_is_a_late_one_and_the_day_after_a_new_one(warehouse):
    old = order("1", "late", date(2011, 9, 1)), order("2", "new", date(2011, 9, 1))
    score(warehouse, FIRST, *old)
    score(warehouse, SECOND, *old, order("3", "late", FIRST), order("4", "new", date(2011, 12, 2)))
    assert moves(warehouse, SECOND) == [
        (FIRST, "Gone", "Recent", "behaviour", 1),
        (FIRST, "Gone", "Recent", "restated", 1),
    ]


def test_an_order_returned_whole_is_behaviour_where_it_counts_no_more(warehouse):
    kept, sent_back = order("1", "c1", date(2011, 9, 1)), order("2", "c1", date(2011, 11, 25), 30)
    score(warehouse, FIRST, kept, sent_back, monetary="matched")
    returned = order("C3", "c1", date(2011, 12, 9), -30)
    write_rows(
        warehouse,
        "clean.returns",
        (1, 1, "C3", "c1", "A", date(2011, 12, 9), 1, -30, "2", date(2011, 11, 25), 30),
    )
    score(warehouse, SECOND, kept, sent_back, returned, monetary="matched")
    numbers = warehouse.read("select frequency, recency_days from rfm.customers order by snapshot_on").rows()
    assert numbers == [(2, 6), (1, 101)]
    assert moves(warehouse, SECOND) == [(FIRST, "Recent", "Gone", "behaviour", 1)]


def test_a_past_that_lost_money_is_a_changed_one_though_orders_and_days_agree(warehouse):
    score(warehouse, FIRST, order("1", "c1", date(2011, 11, 25), 1000))
    score(warehouse, SECOND, order("1", "c1", date(2011, 11, 25), 10))
    assert moves(warehouse, SECOND) == [(FIRST, "Rich", "Recent", "restated", 1)]


def test_under_a_new_version_who_would_have_stayed_moved_by_the_model_and_who_would_not_by_what_happened(warehouse):
    names = "stays", "buys little", "buys much", "is restated", "is a day older"
    old = [order(f"1 {name}", name, date(2011, 12, 5)) for name in names]
    score(warehouse, SECOND, *old, order("2", "ages", date(2011, 11, 20)))
    write_model(warehouse, v20111101=CENTROIDS, v20111215=MIRRORED)
    kept = old[:3]
    score(
        warehouse,
        date(2011, 12, 20),
        *kept,
        order("2", "ages", date(2011, 11, 20)),
        order("3", "buys little", date(2011, 12, 19), 1),
        order("4", "buys much", date(2011, 12, 19), 2000),
        order("5", "is restated", date(2011, 12, 5), 3000),
        order("6", "is a day older", date(2011, 12, 4)),
    )
    # Under the old version: stays, buys little and is a day older are still Recent, ages is at 21 days and would be at
    # 30.
    assert moves(warehouse, date(2011, 12, 20)) == [
        (SECOND, "Recent", "Gone", "model", 4),
        (SECOND, "Recent", "Rich", "behaviour", 1),
        (SECOND, "Recent", "Rich", "restated", 1),
    ]


def test_a_version_fitted_anew_under_its_own_day_is_a_new_model(warehouse):
    score(warehouse, FIRST, order("1", "c1", date(2011, 11, 30)))
    write_model(warehouse, v20111101=MIRRORED)
    score(warehouse, SECOND)
    columns = "segment, previous_segment, unmoved_segment"
    found = warehouse.read(f"select {columns} from segments.customers where snapshot_on = $on", on=SECOND)
    assert found.rows() == [("Gone", "Recent", None)]
    assert moves(warehouse, SECOND) == [(FIRST, "Recent", "Gone", "model", 1)]


def test_a_version_fitted_anew_is_not_asked_what_it_would_have_said_either(warehouse):
    score(warehouse, FIRST, order("1", "c1", date(2011, 11, 30)))
    # Asked all the same, it would say Gone, and call the move ageing.
    write_model(warehouse, v20111101=MIRRORED, v20111205=MIRRORED | {"Rich": (40, 1, 1000)})
    score(warehouse, SECOND)
    assert moves(warehouse, SECOND) == [(FIRST, "Recent", "Gone", "model", 1)]


def test_a_version_that_is_there_no_more_leaves_its_moves_to_the_model(warehouse):
    score(warehouse, FIRST, order("1", "c1", date(2011, 11, 30)))
    write_model(warehouse, v20111205=MIRRORED)
    score(warehouse, SECOND)
    assert moves(warehouse, SECOND) == [(FIRST, "Recent", "Gone", "model", 1)]


def test_who_was_erased_and_comes_back_arrives_again(warehouse):
    stays, comes = order("1", "stays", date(2011, 11, 30)), order("2", "comes back", date(2011, 11, 30))
    score(warehouse, FIRST, stays, comes)
    score(warehouse, date(2011, 12, 2), stays)
    score(warehouse, date(2011, 12, 3), stays, comes)
    assert moves(warehouse, date(2011, 12, 2)) == [(FIRST, "Recent", None, "erased", 1)]
    assert moves(warehouse, date(2011, 12, 3)) == [(date(2011, 12, 2), None, "Recent", "arrived", 1)]


def test_an_older_day_made_later_is_before_the_newer_one_only_when_that_is_made_again(warehouse):
    orders = order("1", "c1", date(2011, 11, 20)), order("2", "c2", date(2011, 11, 27))
    for day in (FIRST, THIRD, SECOND):
        score(warehouse, day, *orders)
    # c1 is 11, 21 and 41 days old, c2 4, 14 and 34.
    assert moves(warehouse, SECOND) == []
    assert moves(warehouse, THIRD) == [(FIRST, "Recent", "Gone", "ageing", 2)]
    score(warehouse, THIRD)
    assert moves(warehouse, THIRD) == [(SECOND, "Recent", "Gone", "ageing", 2)]


def test_an_old_day_made_again_compares_with_the_day_before_it_and_leaves_later_days_alone(warehouse):
    orders = order("1", "c1", date(2011, 11, 5)), order("2", "c2", date(2011, 11, 27))
    for day in (FIRST, SECOND, THIRD):
        score(warehouse, day, *orders)
    # c1 is 26, 36 and 56 days old, c2 4, 14 and 34.
    before = [moves(warehouse, day) for day in (FIRST, SECOND, THIRD)]
    assert before == [
        [],
        [(FIRST, "Recent", "Gone", "ageing", 1)],
        [(SECOND, "Recent", "Gone", "ageing", 1)],
    ]
    score(warehouse, SECOND)
    assert [moves(warehouse, day) for day in (FIRST, SECOND, THIRD)] == before


@pytest.mark.parametrize(
    ("scored", "built_again", "to_segment"),
    [
        ([order("1", "c1", date(2011, 11, 30), 1000)], [order("1", "c1", date(2011, 11, 30), 10)], "Recent"),
        ([order("1", "c1", date(2011, 11, 5))], [order("1", "c1", date(2011, 11, 4))], "Gone"),
        (
            [order("1", "c1", date(2011, 11, 5))],
            [order("1", "c1", date(2011, 11, 5), 4), order("2", "c1", date(2011, 11, 5), 6)],
            "Gone",
        ),
        ([order("1", "c1", date(2011, 11, 30), 1000)], [order("1", "c1", date(2011, 12, 5), 10)], "Recent"),
    ],
    ids=["less money", "a day earlier", "two orders", "not there yet"],
)
def test_numbers_built_again_behind_the_segments_are_a_changed_past(warehouse, scored, built_again, to_segment):
    other = order("9", "c9", FIRST)
    score(warehouse, FIRST, *scored, other)
    write_rows(warehouse, "clean.orders", *built_again, other)
    store_customers(warehouse, FIRST, "net")  # its segments stay those of the numbers before
    score(warehouse, SECOND)
    ((before, _, *move),) = moves(warehouse, SECOND)
    assert (before, *move) == (FIRST, to_segment, "restated", 1)


def test_a_past_built_again_behind_the_segments_is_a_changed_one_though_something_new_came_back(warehouse):
    score(warehouse, FIRST, order("1", "c1", date(2011, 11, 30), 1000))
    bought = order("1", "c1", date(2011, 11, 30), 20)
    write_rows(warehouse, "clean.orders", bought)
    store_customers(warehouse, FIRST, "net")  # its segments stay those of the numbers before
    score(warehouse, SECOND, bought, order("C2", "c1", date(2011, 12, 5), -1))
    assert moves(warehouse, SECOND) == [(FIRST, "Rich", "Recent", "restated", 1)]


def test_a_return_that_comes_late_is_a_changed_past(warehouse):
    bought = order("1", "c1", date(2011, 11, 25), 1000)
    score(warehouse, FIRST, bought)
    score(warehouse, SECOND, bought, order("C2", "c1", date(2011, 11, 28), -990))
    assert moves(warehouse, SECOND) == [(FIRST, "Rich", "Recent", "restated", 1)]


def test_orders_after_the_snapshot_are_no_cause_of_its_moves(warehouse):
    score(warehouse, FIRST, order("1", "c1", date(2011, 11, 5)), order("2", "c1", date(2011, 12, 12)))
    score(warehouse, SECOND)
    assert moves(warehouse, SECOND) == [(FIRST, "Recent", "Gone", "ageing", 1)]


@pytest.mark.parametrize("seed", range(5))
def test_each_customer_who_moved_is_counted_once_whatever_happened(warehouse, seed):
    draws = np.random.default_rng(seed)
    days = [date.fromordinal(FIRST.toordinal() + int(step)) for step in np.cumsum(draws.integers(1, 15, 5))]

    def history():
        return [
            order(f"{i}", f"c{draws.integers(40)}", date.fromordinal(FIRST.toordinal() + int(draws.integers(-90, 40))),
                  int(draws.choice([10, 200, 1000, -10])))
            for i in range(120)
        ]  # fmt: skip

    orders = history()
    for number, day in enumerate(days):
        if number == 2:
            write_model(warehouse, **{"v20111101": CENTROIDS, f"v{day:%Y%m%d}": MIRRORED})
        if number == 3:
            orders = orders[:60] + history()[60:]
        score(warehouse, day, *orders)
    values = {"first_snapshot": days[0], "last_snapshot": days[-1]}
    assert warehouse.read(select("checks.moves_off"), **values).rows() == []
    compared = """
        select
            coalesce(today.snapshot_on, $on) as snapshot_on,
            count(*) filter (where today.segment is distinct from before.segment) as moved,
        from (from segments.customers where snapshot_on = $on) as today
        full outer join (from segments.customers where snapshot_on = $previous) as before using (customer_id)
        group by all
    """
    found = {day: sum(row[-1] for row in moves(warehouse, day)) for day in days[1:]}
    assert found == {
        day: warehouse.read(compared, on=day, previous=previous)["moved"].sum() for previous, day in pairwise(days)
    }
    assert sum(found.values()) > 0
