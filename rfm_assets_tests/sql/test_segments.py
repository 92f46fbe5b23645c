"""Segments: the nearest centroid, what a segment is like, and which one came before."""

from datetime import date
from decimal import Decimal
from math import dist, log

import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.segmentation.snapshots import NoCustomersError, NotOfOneRunError, store_reasons, store_snapshot
from rfm_assets_tests.rows import write_rows
from rfm_assets_tests.sql.snapshots import CENTROIDS, DAY, LATER, ago, order, score, segments, write_model


@pytest.fixture
def warehouse(warehouse):
    write_model(warehouse, v20111101=CENTROIDS)
    write_rows(warehouse, "segments.playbook", ("Recent", "who bought of late", "welcome them"), ("Big", "", "call"))
    return warehouse


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
        write_model(warehouse, v20111001=CENTROIDS, v20111101=centroids)
        score(warehouse, DAY, order("1", "c1", ago(5)))
        digests |= set(segments(warehouse, "model_digest"))
        now = warehouse.row(select("model.digest"), model_version=date(2011, 11, 1))["model_digest"]
        assert segments(warehouse, "model_digest") == [(now,)]
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
    assert warehouse.count(TABLES["segments.moves"]) == 0


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


@pytest.mark.parametrize(
    ("table", "made_of"),
    [
        ("segments.customers", "features.customers"),
        ("segments.profiles", "segments.customers"),
        ("segments.snapshots", "rfm.snapshots"),
    ],
)
def test_where_what_a_table_is_made_of_is_not_there_what_was_stored_of_the_day_stays(warehouse, table, made_of):
    score(warehouse, DAY, order("1", "c1", ago(5)))
    store_snapshot(warehouse, "segments.snapshots", DAY)
    warehouse.delete(TABLES[made_of], column="snapshot_on", values=[DAY])
    with pytest.raises(NoCustomersError, match=rf"{table} would be empty as of 2011-12-01.*by the job refresh"):
        store_snapshot(warehouse, table, DAY)
    assert warehouse.count(TABLES[table]) == 1


def test_customers_are_not_scored_by_features_of_another_model_than_that_in_force(warehouse):
    score(warehouse, ago(1), order("1", "c1", ago(5)))
    score(warehouse, DAY)
    before = segments(warehouse, "segment, model_version")
    write_model(warehouse, v20111101=CENTROIDS, v20111201=CENTROIDS)
    with pytest.raises(NotOfOneRunError, match=r"of the model of 2011-11-01, and that of 2011-12-01 is in force"):
        store_snapshot(warehouse, "segments.customers", DAY)
    assert segments(warehouse, "segment, model_version") == before
    score(warehouse, DAY)
    assert segments(warehouse, "model_version") == [(date(2011, 12, 1),)]


def test_reasons_are_not_told_by_a_model_that_was_fitted_anew_since_it_scored(warehouse):
    score(warehouse, ago(1), order("1", "c1", ago(5)))
    score(warehouse, DAY)
    store_reasons(warehouse, [DAY])
    write_model(warehouse, v20111101=CENTROIDS | {"Recent": (9, 1, 10)})
    with pytest.raises(NotOfOneRunError, match=r"the model of 2011-11-01 was fitted anew since it scored 2011-12-01"):
        store_reasons(warehouse, [DAY])
    warehouse.delete(TABLES["segments.reasons"], column="snapshot_on", values=[DAY])
    assert store_reasons(warehouse) is None, "a run of another day does not fail by it"
    warehouse.read("update segments.customers set model_digest = null where snapshot_on = $day", day=DAY)
    assert store_reasons(warehouse) == 1, "of a snapshot that was scored before the digest was kept"
    score(warehouse, DAY)
    assert store_reasons(warehouse, [DAY]) == 1
