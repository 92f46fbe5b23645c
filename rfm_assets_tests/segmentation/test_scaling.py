"""From recency, frequency and monetary to standardised logarithms, and back."""

from decimal import Decimal
from math import log

import numpy as np
import polars as pl

from rfm_assets.segmentation.scaling import fit_scaling, log_features


def customers(*rows):
    return pl.DataFrame(
        rows,
        schema={"recency_days": pl.Int64, "frequency": pl.Int64, "monetary": pl.Decimal(28, 4)},
        orient="row",
    )


def test_features_are_logarithms_of_one_more():
    logs = log_features(customers((0, 1, Decimal("0")), (9, 3, Decimal("99.50"))))
    np.testing.assert_allclose(logs, [[0, log(2), 0], [log(10), log(4), log(100.5)]], rtol=1e-15)


def test_monetary_below_zero_counts_as_zero():
    below, zero = log_features(customers((5, 2, Decimal("-0.0001")), (5, 2, Decimal("0"))))
    assert below.tolist() == zero.tolist()
    assert log_features(customers((5, 2, Decimal("-4287.63"))))[0, 2] == 0


def test_scaling_is_mean_and_population_deviation():
    scaling = fit_scaling(np.array([[1.0, 0, 10], [3.0, 0, 10], [5.0, 6, 10], [7.0, 6, 10]]))
    np.testing.assert_allclose(scaling.mean, [4, 3, 10])
    np.testing.assert_allclose(scaling.scale, [5**0.5, 3, 1])


def test_robust_is_median_and_interquartile_range_or_the_deviation_where_the_middle_half_is_equal():
    logs = np.column_stack([np.arange(1.0, 9), [0.0, 5, 5, 5, 5, 5, 5, 10], np.full(8, 7.0)])
    scaling = fit_scaling(logs, "robust")
    np.testing.assert_allclose(scaling.mean, [4, 5, 7])
    np.testing.assert_allclose(scaling.scale, [4 / 1.3489795, 2.5, 1])


def test_standardised_features_have_mean_zero_and_deviation_one():
    logs = np.random.default_rng(1).normal([4, 1, 6], [1, 0.5, 2], (200, 3))
    standardised = fit_scaling(logs).standardise(logs)
    np.testing.assert_allclose(standardised.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(standardised.std(axis=0), 1, atol=1e-12)


def test_a_feature_that_never_varies_is_zero_everywhere_and_no_rounding_error_is_blown_up():
    logs = np.column_stack([np.arange(3.0), np.full(3, np.log1p(1)), np.full(3, 0.1 + 0.2)])
    logs[0, 2] = 0.3  # the same but for the last bit
    scaling = fit_scaling(logs)
    assert scaling.scale[1:].tolist() == [1, 1]
    np.testing.assert_allclose(scaling.standardise(logs)[:, 1:], 0, atol=1e-15)


def test_restoring_undoes_standardising():
    numbers = [(0, 1, Decimal("0")), (374, 209, Decimal("279138.02")), (51, 2, Decimal("648.075"))]
    logs = log_features(customers(*numbers))
    scaling = fit_scaling(logs)
    restored = scaling.restore(scaling.standardise(logs))
    np.testing.assert_allclose(restored, [[float(value) for value in row] for row in numbers], rtol=1e-12, atol=1e-9)
