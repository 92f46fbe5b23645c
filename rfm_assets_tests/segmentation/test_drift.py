"""Drift: a snapshot's customers against those that a version was fitted on, by hand and through the refit."""

from datetime import date
from math import inf, log

import numpy as np
import polars as pl
import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.segmentation.fitting import ensure_version, has_drifted, store_drift
from rfm_assets.segmentation.population import Population, of_customers
from rfm_assets.segmentation.scaling import fit_scaling
from rfm_assets.segmentation.snapshots import store_customers
from rfm_assets.segmentation.training import far_distance, training_rows
from rfm_assets_tests.rows import write_rows
from rfm_assets_tests.segmentation.populations import DAY, customers

SNAPSHOT = date(2011, 12, 9)
FEATURES = ("recency", "frequency", "monetary")


def write_version(warehouse, shares=(0.5, 0.5), far: float = 2.0) -> None:
    """Write a version with one centroid at zero, and for each feature two bins that part at ln 10."""
    write_rows(warehouse, "model.versions", (DAY, 2, 42, 100, 1.0, 0.5, "", True, "", 0, far, None))
    write_rows(warehouse, "model.scaling", *((DAY, name, 0.0, 1.0, -inf, inf) for name in FEATURES))
    write_rows(warehouse, "model.centroids", (DAY, 0, "New", 50, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
               (DAY, 1, "Lost", 50, 9.0, 0.0, 0.0, 9.0, 0.0, 0.0))  # fmt: skip
    bounds = ((-inf, log(10)), (log(10), inf))
    write_rows(
        warehouse,
        "model.training",
        *((DAY, name, i, *bounds[i], shares[i]) for name in FEATURES for i in range(2)),
    )


def write_customers(warehouse, *numbers: tuple) -> None:
    write_rows(
        warehouse,
        "rfm.customers",
        *((SNAPSHOT, f"c{i}", *three, "0", "0", DAY, 1, 1, 1, "111", "Lost") for i, three in enumerate(numbers)),
    )


def drift(warehouse) -> dict:
    assert store_drift(warehouse, SNAPSHOT) == 1
    return warehouse.read("select * from model.drift").row(0, named=True)


def test_the_index_of_each_feature_compares_the_shares_of_its_bins(warehouse):
    write_version(warehouse)
    # ln(1 + 9) is on the bound, and belongs below. Three of four are below in frequency, all in money.
    write_customers(warehouse, (0, 9, "0"), (0, 1, "-5"), (50, 1, "0"), (50, 20, "0"))
    found = drift(warehouse)
    assert found["frequency_psi"] == pytest.approx((0.75 - 0.5) * log(0.75 / 0.5) + (0.25 - 0.5) * log(0.25 / 0.5))
    assert found["monetary_psi"] == pytest.approx(0.5 * log(2) + (0.0001 - 0.5) * log(0.0001 / 0.5))
    assert found["recency_psi"] == pytest.approx(0)


@pytest.mark.parametrize(
    ("mean", "scale", "in_pairs"),
    [(2.8, 0.6, True), (4.0, 0.6, False), (2.8, 1.2, False), (2.8, 0.3, False)],
    ids=["as they were", "mean moved", "narrower", "wider"],
)
def test_of_recency_two_bins_count_as_one_in_the_better_of_both_ways_while_mean_and_deviation_stay(
    warehouse, mean, scale, in_pairs
):
    write_version(warehouse)
    scales = ((DAY, name, mean, scale, -inf, inf) for name in FEATURES)
    write_rows(warehouse, "model.scaling", *scales)
    ends = [-inf, *(log(1 + days) for days in (10, 20, 30)), inf]
    bins = ((DAY, "recency", i, ends[i], ends[i + 1], 0.25) for i in range(4))
    others = ((DAY, name, 0, -inf, inf, 1.0) for name in FEATURES[1:])
    write_rows(warehouse, "model.training", *bins, *others)
    write_customers(warehouse, *((days, 1, "0") for days in (5, 5, 5, 15, 25, 25, 25, 35)))
    # 3, 1, 3, 1 of eight: in pairs from the first 4 and 4, from the second 3, 4 and 1.
    each = 2 * ((0.375 - 0.25) * log(0.375 / 0.25) + (0.125 - 0.25) * log(0.125 / 0.25))
    assert drift(warehouse)["recency_psi"] == pytest.approx(0 if in_pairs else each)
    write_customers(warehouse, *((days, 1, "0") for days in (5, 15, 15, 15, 15, 25, 35, 35)))
    from_first = (0.625 - 0.5) * log(0.625 / 0.5) + (0.375 - 0.5) * log(0.375 / 0.5)
    from_second = (0.125 - 0.25) * log(0.125 / 0.25) + (0.625 - 0.5) * log(0.625 / 0.5)
    each = 2 * (0.125 - 0.25) * log(0.125 / 0.25) + (0.5 - 0.25) * log(0.5 / 0.25)
    assert drift(warehouse)["recency_psi"] == pytest.approx(min(from_first, from_second) if in_pairs else each)


@pytest.mark.parametrize("method", ["zscore", "robust"])
@pytest.mark.parametrize(("later", "drifted"), [(0, False), (1, False), (5, False), (60, True)])
def test_a_crowd_that_bought_on_one_day_is_no_drift_until_much_time_has_passed(warehouse, later, drifted, method):
    write_version(warehouse)
    crowd = pl.DataFrame({"recency_days": [20] * 200, "frequency": [1] * 200, "monetary": [9.0] * 200})
    frame = pl.concat([customers().cast(crowd.schema), crowd])
    population = of_customers(frame)
    scaling, moments = fit_scaling(population.logs, method), fit_scaling(population.logs)
    scales = zip(FEATURES, scaling.mean, scaling.scale, moments.mean, moments.scale, strict=True)
    write_rows(
        warehouse,
        "model.scaling",
        *((DAY, name, middle, spread, -inf, inf, mean, deviation) for name, middle, spread, mean, deviation in scales),
    )
    write_rows(warehouse, "model.training", *((DAY, *row) for row in training_rows(population).rows()))
    aged = [(r + (later if r == 20 else 0), f, f"{m:.2f}") for r, f, m in frame.rows()]
    write_customers(warehouse, *aged)
    assert (drift(warehouse)["recency_psi"] > 0.25) == drifted


def test_a_bin_that_was_empty_has_a_share_of_a_ten_thousandth(warehouse):
    write_version(warehouse, shares=(0.0, 1.0))
    write_customers(warehouse, (0, 1, "0"), (0, 20, "0"))
    expected = (0.5 - 0.0001) * log(0.5 / 0.0001) + (0.5 - 1) * log(0.5)
    assert drift(warehouse)["frequency_psi"] == pytest.approx(expected)


def test_who_is_further_than_the_far_distance_from_every_centroid_is_far(warehouse):
    write_version(warehouse, far=2.0)
    # Frequency 1 is ln 2 = 0.69 away; recency 5 is ln 6 = 1.79, together 1.92; recency 6 1.95, together 2.07.
    write_customers(warehouse, (0, 1, "0"), (5, 1, "0"), (6, 1, "0"), (8102, 1, "0"))  # the last is near ln = 9
    found = drift(warehouse)
    assert (found["customers"], found["far_share"]) == (4, 0.25)
    assert (found["snapshot_on"], found["model_version"]) == (SNAPSHOT, DAY)


def test_outliers_are_no_drift_unless_they_are_more_than_were_left_out(warehouse):
    write_version(warehouse, far=9.0)
    fences = ((DAY, name, 0.0, 1.0, -1.0, log(100) if name == "monetary" else inf) for name in FEATURES)
    write_rows(warehouse, "model.scaling", *fences)
    write_rows(warehouse, "model.versions", (DAY, 2, 42, 75, 1.0, 0.5, "", True, "", 25, 9.0, None))
    write_customers(warehouse, (0, 1, "50"), (0, 1, "0"), (0, 1, "0"), (0, 1, "500"))
    found = drift(warehouse)
    assert (found["customers"], found["far_share"]) == (4, 0.0)
    assert found["monetary_psi"] == pytest.approx((2 / 3 - 0.5) * log(4 / 3) + (1 / 3 - 0.5) * log(2 / 3))
    write_customers(warehouse, (0, 1, "0"), (0, 1, "500"), (0, 1, "500"), (0, 1, "500"))
    assert drift(warehouse)["far_share"] == 0.5
    write_customers(warehouse, *[(0, 1, "0")] * 4)
    assert drift(warehouse)["far_share"] == 0, "fewer outliers make up for nobody"
    write_customers(warehouse, (0, 1, "500"), (0, 1, "500"))
    found = drift(warehouse)
    assert (found["far_share"], found["monetary_psi"] > 1) == (0.75, True)


@pytest.mark.parametrize("place", range(3), ids=FEATURES)
def test_each_of_the_three_numbers_can_make_an_outlier_and_a_last_digit_makes_none(warehouse, place):
    write_version(warehouse, far=20.0)
    numbers = (5, 2, 7)
    logs = [log(1 + number) for number in numbers]
    fences = ((DAY, name, 0.0, 1.0, np.nextafter(value, inf), np.nextafter(value, 0))
              for name, value in zip(FEATURES, logs, strict=True))  # fmt: skip
    write_rows(warehouse, "model.scaling", *fences)
    beyond = tuple(500 if i == place else number for i, number in enumerate(numbers))
    write_customers(warehouse, numbers, numbers, numbers, beyond)
    assert drift(warehouse)["far_share"] == 0.25


@pytest.mark.parametrize("price", [1.49, 15.81])
def test_a_logarithm_is_in_the_same_bin_whoever_took_it(warehouse, price):
    assert np.log1p(price) != warehouse.row("select ln(1 + $price) as value", price=price)["value"]
    write_version(warehouse)
    frame = customers().with_columns(
        monetary=pl.when(pl.int_range(300) % 4 == 0).then(price).otherwise("monetary").round(2)
    )
    rows = training_rows(of_customers(frame))
    write_rows(warehouse, "model.training", *((DAY, *row) for row in rows.rows()))
    write_customers(warehouse, *((r, f, f"{m:.2f}") for r, f, m in frame.rows()))
    assert drift(warehouse)["monetary_psi"] == pytest.approx(0, abs=0.001)


@pytest.mark.parametrize("place", range(3), ids=FEATURES)
def test_each_of_the_three_numbers_alone_is_drift_and_so_are_customers_far_away(warehouse, settings, place):
    few, many = [0, 1, "0"], [50, 20, "50"]
    write_version(warehouse, far=100.0)
    write_customers(warehouse, few, many)
    store_drift(warehouse, SNAPSHOT)  # which stages them
    assert not has_drifted(warehouse, SNAPSHOT, DAY, settings)
    write_version(warehouse, far=1.0)
    assert has_drifted(warehouse, SNAPSHOT, DAY, settings)
    write_version(warehouse, far=100.0)
    many[place] = few[place]
    write_customers(warehouse, few, many)
    store_drift(warehouse, SNAPSHOT)
    assert has_drifted(warehouse, SNAPSHOT, DAY, settings)


def test_a_snapshot_without_a_version_has_no_drift(warehouse):
    write_customers(warehouse, (0, 1, "0"))
    assert store_drift(warehouse, SNAPSHOT) == 0


def test_a_snapshot_run_again_replaces_its_row(warehouse):
    write_version(warehouse)
    write_customers(warehouse, (0, 1, "0"))
    first = drift(warehouse)
    assert drift(warehouse) == first


def test_bins_end_at_the_deciles_and_hold_everybody():
    rows = training_rows(of_customers(customers()))
    for name in FEATURES:
        bins = rows.filter(feature=name)
        assert bins["share"].sum() == pytest.approx(1)
        assert bins["above"].to_list() == [-inf, *bins["up_to"].to_list()[:-1]]
        assert bins["up_to"].to_list()[-1] == inf
    assert rows.filter(feature="monetary")["share"].to_numpy() == pytest.approx(np.full(10, 0.1), abs=0.01)


def test_a_row_of_several_customers_counts_as_several_in_its_bin():
    logs = np.repeat([[1.0], [2.0]], 3, axis=1)
    rows = training_rows(Population(logs, np.array([30.0, 10.0]), np.zeros_like(logs), logs, are_cells=True))
    assert rows.filter(feature="recency").select("up_to", "share").rows() == [(1.0, 0.75), (inf, 0.25)]


def test_where_many_are_equal_there_are_fewer_bins():
    ones = training_rows(of_customers(customers().with_columns(frequency=1))).filter(feature="frequency")
    assert ones.select("bin", "up_to", "share").rows() == [(0, pytest.approx(log(2)), 1.0), (1, inf, 0.0)]


def test_no_bin_lies_above_the_greatest_value():
    launch = customers().with_columns(recency_days=pl.when(pl.int_range(300) < 40).then(400).otherwise("recency_days"))
    bins = training_rows(of_customers(launch.with_columns(pl.col("recency_days").clip(0, 400)))).filter(
        feature="recency"
    )
    assert bins["up_to"].to_list()[-2] < log(401)
    assert bins["share"].to_list()[-1] > 0.1


def test_the_far_distance_is_exceeded_by_one_in_a_hundred():
    points = np.column_stack([np.arange(1.0, 101), np.zeros(100), np.zeros(100)])
    assert far_distance(points, np.ones(100), np.zeros((1, 3))) == 99.0


@pytest.fixture
def shop(warehouse):
    """Customers who ordered up to 2011-12-01, and half a year later three times as many newer ones."""
    warehouse.store(TABLES["rfm.grid"], select("rfm.grid"))
    orders = []
    for name, day, each, seed in (("a", DAY, 60, 0), ("b", date(2012, 6, 15), 180, 1)):
        for number, (recency, frequency, money) in enumerate(customers(each=each, seed=seed).rows()):
            on = date.fromordinal(day.toordinal() - min(recency, 150))
            orders += [
                (f"{name}{number}-{i}", f"{name}{number}", on, "sale", money, 1, 1, on, 0) for i in range(frequency)
            ]
    write_rows(warehouse, "clean.orders", *orders)
    return warehouse


LATER = date(2012, 6, 15)


def prepared(shop, settings, **chosen):
    """Return settings with a model of 2011-12-01 in force, its quarter's own refit being out of the way."""
    chosen = settings.model_copy(update={"model_cadence": "quarterly", "min_stability": 0.0} | chosen)
    ensure_version(shop, DAY, chosen)
    return chosen


def test_the_customers_fitted_have_not_drifted_from_their_own_version(shop, settings):
    prepared(shop, settings, model_cadence="monthly")
    store_customers(shop, DAY, "net")
    store_drift(shop, DAY)
    row = shop.read("select * from model.drift").row(0, named=True)
    assert row["far_share"] <= 0.02
    assert max(row[f"{name}_psi"] for name in FEATURES) < 0.01


def versions(shop) -> list[date]:
    return shop.read("select model_version from model.versions order by model_version")["model_version"].to_list()


def test_a_snapshot_that_has_drifted_is_refitted_on_where_that_is_wanted(shop, settings):
    wanted = prepared(shop, settings, refit_on_drift=True)
    due = date(2012, 4, 1)
    assert ensure_version(shop, due, wanted) == due  # by cadence
    assert ensure_version(shop, LATER, wanted) == LATER  # by drift
    assert versions(shop)[-2:] == [due, LATER]
    assert ensure_version(shop, LATER, wanted) is None  # run again: its version is there


def test_a_day_run_first_by_drift_is_the_same_when_it_is_run_again(shop, settings):
    wanted = prepared(shop, settings, refit_on_drift=True)
    assert (
        ensure_version(shop, LATER, wanted) == LATER
    )  # its quarter's version, from which it has drifted, came in first
    assert versions(shop)[-2:] == [date(2012, 4, 1), LATER]
    assert ensure_version(shop, LATER, wanted) is None


def test_drift_alone_brings_no_refit_unless_it_is_wanted(shop, settings):
    plain = prepared(shop, settings)
    ensure_version(shop, date(2012, 4, 1), plain)
    assert ensure_version(shop, LATER, plain) is None
