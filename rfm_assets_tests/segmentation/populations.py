"""Customers drawn from known groups, in which the right answer is known."""

from datetime import date

import numpy as np
import polars as pl

from rfm_assets.segmentation.archetypes import load_archetypes
from rfm_assets.segmentation.version import Rules

DAY = date(2011, 12, 1)
# Means of ln(1 + x) of recency, frequency and monetary: three groups well apart.
GROUPS = ((1.5, 2.5, 8.0), (4.0, 1.4, 6.0), (5.5, 0.75, 4.5))


def customers(each: int = 100, seed: int = 0, groups=GROUPS, spread: float = 0.25) -> pl.DataFrame:
    """Return `each` customers of each group."""
    draws = np.random.default_rng(seed)
    logs = np.vstack([draws.normal(group, spread, size=(each, 3)) for group in groups])
    values = np.expm1(np.maximum(logs, 0))
    return pl.DataFrame({
        "recency_days": values[:, 0].round().astype(int),
        "frequency": np.maximum(values[:, 1].round().astype(int), 1),
        "monetary": values[:, 2].round(2),
    })  # fmt: skip


def rules(**chosen: object) -> Rules:
    """Return the default rules for K = 2 to 6, but for what is named."""
    named = {
        "monetary": "net",
        "numbers": (2, 3, 4, 5, 6),
        "min_share": 0.01,
        "min_stability": 0.8,
        "min_customers": 10,
        "seed": 42,
        "archetypes": load_archetypes(),
        "scaling": "zscore",
        "outlier_fence": 3.0,
        "min_agreement": 0.97,
    }
    return Rules(**(named | chosen))
