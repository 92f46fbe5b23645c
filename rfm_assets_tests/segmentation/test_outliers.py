"""Outliers: who is one, that the fit does without them, and that they are scored like anybody."""

from datetime import date
from math import inf, log

import numpy as np
import polars as pl
import pytest

from rfm_assets.contracts.model import FEATURES
from rfm_assets.segmentation.scaling import fences, fit_scaling
from rfm_assets.segmentation.snapshots import store_snapshot
from rfm_assets.segmentation.version import fit_version
from rfm_assets_tests.rows import write_rows
from rfm_assets_tests.segmentation.populations import DAY, customers, rules

WHOLESALER = pl.DataFrame({"recency_days": [1], "frequency": [1], "monetary": [1e12]})


def test_fences_lie_so_many_interquartile_ranges_outside_the_quartiles():
    logs = np.column_stack([np.arange(1.0, 9), np.arange(1.0, 9) * 10, np.zeros(8)])
    low, high = fences(logs, np.ones(8), 3.0)
    # Quartiles of 1 to 8: 2 and 6.
    assert low[:2] == pytest.approx([2 - 12, 20 - 120])
    assert high[:2] == pytest.approx([6 + 12, 60 + 120])


def test_where_the_middle_half_is_equal_the_range_is_that_of_a_normal_distribution():
    logs = np.array([[0.0] * 3] * 9 + [[2.0] * 3])
    low, high = fences(logs, np.ones(10), 1.0)
    assert high == pytest.approx([1.3489795 * 0.6] * 3)
    assert low == pytest.approx([-1.3489795 * 0.6] * 3)


def test_no_range_is_less_than_from_a_number_to_twice_of_it():
    low, high = fences(np.array([[1.0] * 3] * 99 + [[1.1] * 3]), np.ones(100), 3.0)
    assert (low, high) == (pytest.approx([1 - 3 * log(2)] * 3), pytest.approx([1 + 3 * log(2)] * 3))


def test_where_few_buy_twice_they_are_no_outliers():
    frame = customers().with_columns(frequency=pl.when(pl.int_range(300) % 30 == 0).then(2).otherwise(1))
    assert fit_version(frame, DAY, rules())["model.versions"]["outliers"].item() == 0


def test_who_has_just_as_many_orders_as_the_fence_says_is_inside():
    orders = np.log1p(np.repeat([[1.0], [3.0], [31.0]], 3, axis=1))
    _, high = fences(orders, np.array([50.0, 50.0, 1.0]), 3.0)
    # From 2 to 4 and three times as far, to 32, all of them one more than the orders.
    assert (orders[2] <= high).all()
    assert (np.log1p(31.001) > high).all()


def test_quartiles_that_differ_by_rounding_are_equal():
    # Means of cells of customers with one order each, which differ in the last digit.
    logs = np.log(np.array([[2.0], [2.0], [3.0], [5.0]])) * np.ones(3)
    weights = np.array([40.0, 45.0, 10.0, 5.0])
    rounded = logs.copy()
    rounded[0] = np.nextafter(rounded[0], 0)
    np.testing.assert_allclose(fences(rounded, weights, 3), fences(logs, weights, 3))
    robust = fit_scaling(rounded, "robust", weights=weights).scale
    np.testing.assert_allclose(robust, fit_scaling(logs, "robust", weights=weights).scale)


def test_a_row_of_nine_customers_is_fenced_as_nine_rows_are():
    each, counted = np.array([[0.0] * 3] * 9 + [[1.0] * 3]), np.array([[0.0] * 3, [1.0] * 3])
    found, expected = fences(counted, np.array([9.0, 1.0]), 1.0), fences(each, np.ones(10), 1.0)
    assert np.array(found) == pytest.approx(np.array(expected))


def test_with_an_infinite_fence_nobody_is_an_outlier():
    frame = pl.concat([customers(), WHOLESALER])
    tables = fit_version(frame, DAY, rules(outlier_fence=inf))
    assert tables["model.versions"].select("customers", "outliers").row(0) == (301, 0)
    assert tables["model.scaling"]["upper_fence"].to_list() == [inf] * 3


def test_an_outlier_does_not_move_the_model():
    plain = fit_version(customers(), DAY, rules(numbers=(3,)))
    frame = pl.concat([customers(), WHOLESALER])
    with_one = fit_version(frame, DAY, rules(numbers=(3,)))
    bent = fit_version(frame, DAY, rules(numbers=(3,), outlier_fence=inf))
    assert with_one["model.versions"].select("customers", "outliers").row(0) == (300, 1)
    assert with_one["model.centroids"].equals(plain["model.centroids"])
    assert not bent["model.centroids"].equals(plain["model.centroids"])


@pytest.mark.parametrize("place", range(3), ids=FEATURES)
@pytest.mark.parametrize(("number", "is_outlier"), [(0, True), (19, False), (1095, False), (1097, True)])
def test_a_customer_beyond_a_fence_is_flagged_and_has_features_like_anybody(warehouse, place, number, is_outlier):
    snapshot = date(2011, 12, 9)
    write_rows(warehouse, "model.versions", (DAY, 3, 42, 100, 1.0, 0.5, "", True, "", 0, 1.0, None))
    bounds = [(-inf, inf)] * 3
    bounds[place] = (2.0, 7.0)  # ln(1 + 1096) is 7.0003
    scaling = ((DAY, name, 0.0, 1.0, *bound) for name, bound in zip(FEATURES, bounds, strict=True))
    write_rows(warehouse, "model.scaling", *scaling)
    numbers = [5, 1, 10]
    numbers[place] = number
    write_rows(warehouse, "rfm.customers", (snapshot, "c1", *numbers, "0", "0", DAY, 1, 1, 1, "111", "Lost"))
    assert store_snapshot(warehouse, "features.customers", snapshot) == 1
    flagged, *features = warehouse.read(
        "select is_outlier, recency_z, frequency_z, monetary_z from features.customers"
    ).row(0)
    assert flagged == is_outlier
    assert features == pytest.approx(np.log1p(numbers).tolist())
