"""From recency, frequency and monetary to standardised logarithms, and back."""

from dataclasses import dataclass

import numpy as np
import polars as pl

FEATURES = ("recency", "frequency", "monetary")


@dataclass(frozen=True)
class Scaling:
    """Mean and population standard deviation of each log feature, shape ``(3,)`` each."""

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


def fit_scaling(logs: np.ndarray) -> Scaling:
    """Return the mean and scale of log features, shape ``(n, 3)``; a feature that never varies has the scale 1."""
    scale = logs.std(axis=0)
    # A spread of rounding errors is no spread.
    return Scaling(logs.mean(axis=0), np.where(scale > 1e-12, scale, 1.0))
