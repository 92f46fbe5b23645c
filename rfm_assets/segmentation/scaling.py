"""From recency, frequency and monetary to standardised logarithms, and back; and which of them are extreme."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

NORMAL_IQR = 1.3489795  # interquartile range of a normal distribution, in standard deviations
LEAST_SPREAD = 1e-9  # of logarithms: what is less comes of rounding, such as that of the means of cells
TWICE = np.log(2)
Method = Literal["zscore", "robust"]


@dataclass(frozen=True)
class Scaling:
    """Middle and scale of each log feature, shape ``(3,)`` each."""

    mean: np.ndarray
    scale: np.ndarray

    def standardise(self, logs: np.ndarray) -> np.ndarray:
        """Return log features, shape ``(n, 3)``, in standard deviations from the mean."""
        return (logs - self.mean) / self.scale

    def restore(self, standardised: np.ndarray) -> np.ndarray:
        """Return recency in days, frequency in orders and monetary in money of points in standardised log space."""
        return np.expm1(standardised * self.scale + self.mean)


def log_features(customers: pl.DataFrame) -> np.ndarray:
    """Return ln(1 + x) of recency, frequency and monetary, shape ``(n, 3)``; monetary below zero counts as zero.

    Args:
        customers: columns `recency_days`, `frequency` and `monetary`.
    """
    values = customers.select(
        pl.col("recency_days").cast(pl.Float64),
        pl.col("frequency").cast(pl.Float64),
        pl.col("monetary").cast(pl.Float64).clip(lower_bound=0),
    )
    return np.log1p(values.to_numpy())


def fit_scaling(
    logs: np.ndarray,
    method: Method = "zscore",
    *,
    weights: np.ndarray | None = None,
    variances: np.ndarray | float = 0.0,
) -> Scaling:
    """Return the scaling of log features; a feature that never varies has the scale 1.

    `zscore` is the mean and the population standard deviation. `robust` is the median and the interquartile range over
    1.349, which for a normal distribution is the standard deviation, so that archetypes mean the same in both; where
    the middle half of the customers are equal, the standard deviation takes its place.

    Args:
        logs: shape ``(n, 3)``.
        method: `zscore` or `robust`.
        weights: customers in each row, shape ``(n,)``; one each by default.
        variances: population variance within each row, shape ``(n, 3)``.
    """
    weights = np.ones(len(logs)) if weights is None else weights
    mean = np.average(logs, axis=0, weights=weights)
    deviation = np.sqrt(np.average((logs - mean) ** 2 + variances, axis=0, weights=weights))
    scale = np.where(deviation > LEAST_SPREAD, deviation, 1.0)
    if method == "zscore":
        return Scaling(mean, scale)
    low, median, high = quantiles(logs, weights, (0.25, 0.5, 0.75))
    return Scaling(median, np.where(high - low > LEAST_SPREAD, (high - low) / NORMAL_IQR, scale))


def fences(logs: np.ndarray, weights: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the logarithms below and above which a customer is an outlier, shape ``(3,)`` each.

    They lie `width` interquartile ranges outside the quartiles; with a `width` of infinity nobody is an outlier. Where
    the middle half of the customers are equal, the range is what it would be in a normal distribution; and it is never
    less than that from a number to twice the number, or everybody who bought twice would be out where few do.

    Source: J. W. Tukey, "Exploratory Data Analysis", 1977, p. 44: at 3 such ranges his outer fences, beyond which
    values are "far out".
    """
    low, high = quantiles(logs, weights, (0.25, 0.75))
    spread = np.where(high - low > LEAST_SPREAD, high - low, NORMAL_IQR * fit_scaling(logs, weights=weights).scale)
    spread = np.maximum(spread, TWICE)
    # A fence at a whole number of orders keeps in who has just as many.
    return low - width * spread - LEAST_SPREAD, high + width * spread + LEAST_SPREAD


def quantiles(values: np.ndarray, weights: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Return the least values that at least each share of the customers do not exceed, shape ``(shares, 3)``."""
    columns = [np.quantile(column, shares, weights=weights, method="inverted_cdf") for column in values.T]
    return np.column_stack(columns)
