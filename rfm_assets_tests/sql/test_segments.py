"""Segments: the nearest centroid, what a segment is like, and why a customer moved."""

from datetime import date, timedelta
from decimal import Decimal
from math import dist, log

import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.segmentation.snapshots import NoCustomersError, store_customers, store_snapshot
from rfm_assets_tests.rows import write_rows

DAY = date(2011, 12, 1)
LATER = date(2011, 12, 31)
# Recency in days, frequency, monetary. With equal frequency and money, 24 days are nearer to Gone, 23 to Recent.
CENTROIDS = {"Recent": (5, 1, 10), "Gone": (100, 1, 10), "Big": (5, 50, 10_000)}


def write_model(warehouse, **versions: dict[str, tuple]) -> None:
    """Write promoted versions, each under `vYYYYMMDD`, with centroids in their own units and no scaling."""
    days = {date.fromisoformat(name[1:]): centroids for name, centroids in versions.items()}
    write_rows(warehouse, "model.versions", *((on, 3, 42, 100, 1.0, 0.5, "", True, "") for on in days))
    write_rows(
        warehouse,
        "model.scaling",
        *((on, feature, 0.0, 1.0) for on in days for feature in ("recency", "frequency", "monetary")),
    )
    write_rows(
        warehouse,
        "model.centroids",
        *(
            (on, number, segment, 10, *(log(1 + value) for value in values), *values)
            for on, centroids in days.items()
            for number, (segment, values) in enumerate(centroids.items())
        ),
    )


@pytest.fixture
def warehouse(warehouse):
    warehouse.store(TABLES["rfm.grid"], select("rfm.grid"))
    write_model(warehouse, v20111101=CENTROIDS)
    write_rows(warehouse, "segments.playbook", ("Recent", "who bought of late", "welcome them"), ("Big", "", "call"))
    return warehouse


def order(invoice: str, customer: str, on: date, amount: str = "10.00") -> tuple:
    return (invoice, customer, on, "return" if amount.startswith("-") else "sale", amount, 1, 1, on, 0)


def ago(days: int, day: date = DAY) -> date:
    return day - timedelta(days=days)


def score(warehouse, on: date, *orders: tuple) -> None:
    """Make the tables of a snapshot from these orders, or from those that are there."""
    if orders:
        write_rows(warehouse, "clean.orders", *orders)
    store_customers(warehouse, on, "net")
    for table in (
        "features.customers",
        "segments.customers",
        "segments.profiles",
        "segments.customer_moves",
        "segments.moves",
    ):
        store_snapshot(warehouse, table, on)


def segments(warehouse, columns: str, on: date = DAY) -> list[tuple]:
    statement = f"select {columns} from segments.customers where snapshot_on = $on order by customer_id"
    return warehouse.read(statement, on=on).rows()


def moves(warehouse, on: date = LATER) -> list[tuple]:
    return warehouse.read(
        "select from_segment, to_segment, cause, customers from segments.moves where snapshot_on = $on"
        " order by all nulls first",
        on=on,
    ).rows()


def test_a_customer_is_in_the_segment_of_the_nearest_centroid(warehouse):
    score(
        warehouse,
        DAY,
        order("1", "c1", ago(23)),
        order("2", "c2", ago(24)),
        *(order(f"3-{i}", "c3", ago(5), "200.00") for i in range(50)),
    )
    assert segments(warehouse, "customer_id, segment") == [("c1", "Recent"), ("c2", "Gone"), ("c3", "Big")]


def test_the_margin_is_how_much_nearer_the_segment_is_than_the_next(warehouse):
    score(warehouse, DAY, order("1", "c1", ago(20), "12.50"))
    ((segment, margin),) = segments(warehouse, "segment, margin")
    here = (log(21), log(2), log(13.5))
    distances = {name: dist(here, [log(1 + value) for value in values]) for name, values in CENTROIDS.items()}
    nearest, second, _ = sorted(distances, key=distances.get)
    assert segment == nearest
    assert margin == pytest.approx(distances[second] - distances[nearest], rel=1e-12)


def test_distances_count_in_the_standard_deviations_of_the_version(warehouse):
    version = date(2011, 11, 1)
    scaling = {"recency": (2.0, 0.5), "frequency": (1.0, 0.25), "monetary": (4.0, 8.0)}
    centroids = {"Near": (1.0, -1.0, 0.0), "Far": (4.0, 2.0, -1.0), "Farther": (-9.0, 9.0, 9.0)}
    write_rows(warehouse, "model.scaling", *((version, feature, *values) for feature, values in scaling.items()))
    write_rows(
        warehouse,
        "model.centroids",
        *((version, number, name, 1, *z, 1.0, 1.0, 1.0) for number, (name, z) in enumerate(centroids.items())),
    )
    score(warehouse, DAY, order("1", "c1", ago(10)))
    here = [(log(1 + value) - mean) / scale for value, (mean, scale) in zip((10, 1, 10), scaling.values(), strict=True)]
    ((segment, margin),) = segments(warehouse, "segment, margin")
    assert segment == "Near"
    assert margin == pytest.approx(dist(here, centroids["Far"]) - dist(here, centroids["Near"]), rel=1e-12)


def test_of_two_centroids_equally_near_the_first_by_name_is_taken_without_margin(warehouse):
    write_model(warehouse, v20111101={"B": (5, 1, 10), "A": (5, 1, 10), "C": (100, 1, 10)})
    score(warehouse, DAY, order("1", "c1", ago(5)))
    assert segments(warehouse, "segment, margin") == [("A", 0.0)]


def test_a_model_that_differs_in_one_name_or_number_has_another_digest(warehouse):
    models = [
        CENTROIDS,
        *(CENTROIDS | {"Gone": gone} for gone in ((101, 1, 10), (100, 2, 10), (100, 1, 11))),
        {name if name != "Gone" else "Lost": values for name, values in CENTROIDS.items()},
    ]
    digests = set()
    for centroids in models:
        write_model(warehouse, v20111101=centroids)
        score(warehouse, DAY, order("1", "c1", ago(5)))
        digests |= set(segments(warehouse, "model_digest"))
    assert len(digests) == len(models)


def test_a_segment_brings_its_action_from_the_playbook_or_says_that_there_is_none(warehouse):
    score(warehouse, DAY, order("1", "c1", ago(5)), order("2", "c2", ago(100)))
    assert segments(warehouse, "segment, recommended_action") == [
        ("Recent", "welcome them"),
        ("Gone", "None in the playbook."),
    ]


def test_the_numbers_and_scores_are_those_of_rfm(warehouse):
    score(warehouse, DAY, order("1", "c1", ago(5)), order("2", "c2", ago(100), "20.00"))
    columns = "snapshot_on, customer_id, recency_days, frequency, monetary, r_score, f_score, m_score, rfm_segment"
    assert segments(warehouse, columns) == warehouse.read(f"select {columns} from rfm.customers order by all").rows()


def test_the_first_snapshot_has_nothing_before_it(warehouse):
    score(warehouse, DAY, order("1", "c1", ago(5)))
    assert segments(warehouse, "previous_segment, previous_snapshot_on, unmoved_segment") == [(None, None, None)]
    assert moves(warehouse, DAY) == []


def test_the_previous_segment_is_that_of_the_snapshot_before_however_long_ago(warehouse):
    orders = [order("1", "c1", ago(20)), order("2", "c2", ago(100)), order("3", "c3", LATER)]
    for day in (ago(5), DAY, LATER):
        score(warehouse, day, *orders)
    columns = "customer_id, segment, previous_segment, previous_snapshot_on, unmoved_segment"
    assert segments(warehouse, columns, LATER) == [
        ("c1", "Gone", "Recent", DAY, "Gone"),
        ("c2", "Gone", "Gone", DAY, "Gone"),
        ("c3", "Recent", None, DAY, None),
    ]


def test_a_snapshot_run_again_gives_the_same_rows(warehouse):
    orders = [order("1", "c1", ago(20)), order("2", "c2", ago(100)), order("3", "c3", LATER)]
    score(warehouse, DAY, *orders)
    score(warehouse, LATER)
    tables = ("segments.customers", "segments.profiles", "segments.customer_moves", "segments.moves")
    before = [warehouse.read(f"select * from {table} order by all").rows() for table in tables]
    score(warehouse, DAY)
    score(warehouse, LATER)
    assert [warehouse.read(f"select * from {table} order by all").rows() for table in tables] == before


def test_profiles_are_means_and_shares_that_add_up(warehouse):
    score(
        warehouse,
        DAY,
        order("1", "c1", ago(4), "10.00"),
        order("2", "c2", ago(6), "20.00"),
        order("3", "c2", ago(7), "5.00"),
        order("4", "c3", ago(100), "5.00"),
    )
    columns = (
        "segment, customers, customer_share, monetary, monetary_share, mean_recency_days, mean_frequency, mean_monetary"
    )
    assert warehouse.read(f"select {columns} from segments.profiles order by all").rows() == [
        ("Gone", 1, 1 / 3, Decimal("5.0000"), 0.125, 100.0, 1.0, 5.0),
        ("Recent", 2, 2 / 3, Decimal("35.0000"), 0.875, 5.0, 1.5, 17.5),
    ]
    assert warehouse.read(select("checks.profiles_off"), first_snapshot=DAY, last_snapshot=DAY).rows() == []


def test_where_returns_outweigh_sales_there_is_no_share_of_the_money(warehouse):
    score(warehouse, DAY, order("1", "c1", ago(5), "10.00"), order("C2", "c1", ago(5), "-10.00"))
    assert warehouse.read("select monetary, monetary_share from segments.profiles").rows() == [(Decimal(0), None)]


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


def test_without_numbers_of_the_day_its_segments_stay_as_they_were(warehouse):
    with pytest.raises(NoCustomersError, match=r"segments.customers would be empty.*make refresh DAY=2011-12-09"):
        store_snapshot(warehouse, "segments.customers", date(2011, 12, 9))
