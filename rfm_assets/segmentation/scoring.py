"""Customers put into segments by a frozen model, in memory, as sql/segments/customers.sql does in the warehouse."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from rfm_assets.contracts.model import FEATURES
from rfm_assets.engines.base import Engine, select
from rfm_assets.segmentation.scaling import Scaling, log_features


@dataclass(frozen=True)
class FrozenModel:
    """A fitted version: its scaling, its centroids in standardised log space, ``(k, 3)``, and their names, ``(k,)``."""

    scaling: Scaling
    centroids: np.ndarray
    segments: np.ndarray

    @classmethod
    def of(cls, tables: Mapping[str, pl.DataFrame]) -> "FrozenModel":
        """Return the model that the rows of one version in `model.scaling` and `model.centroids` describe."""
        by_feature = {row["feature"]: row for row in tables["model.scaling"].iter_rows(named=True)}
        mean, scale = (np.array([by_feature[name][part] for name in FEATURES]) for part in ("mean", "scale"))
        # Sorted by name: of equally near centroids the first is taken, as in the warehouse.
        centroids = tables["model.centroids"].sort("segment")
        return cls(
            Scaling(mean, scale),
            centroids.select(f"{name}_z" for name in FEATURES).to_numpy(),
            centroids["segment"].to_numpy(),
        )

    @classmethod
    def read(cls, engine: Engine, model_version: date) -> "FrozenModel":
        """Return a version as the warehouse has it."""
        return cls.of({
            f"model.{part}": engine.read(select(f"model.{part}_of"), model_version=model_version)
            for part in ("scaling", "centroids")
        })  # fmt: skip

    @property
    def k(self) -> int:
        """The number of clusters."""
        return len(self.centroids)

    def standardise(self, customers: pl.DataFrame) -> np.ndarray:
        """Return the customers' log features in standard deviations of the model, shape ``(n, 3)``."""
        return self.scaling.standardise(log_features(customers))

    def segment(self, customers: pl.DataFrame) -> np.ndarray:
        """Return the name of the centroid nearest to each customer, shape ``(n,)``.

        Args:
            customers: columns `recency_days`, `frequency` and `monetary`.
        """
        return self.score(log_features(customers))

    def score(self, logs: np.ndarray) -> np.ndarray:
        """Return the name of the centroid nearest to each row of log features, shape ``(n,)``."""
        points = self.scaling.standardise(logs)
        squares = [((points - centroid) ** 2).sum(axis=1) for centroid in self.centroids]
        return self.segments[np.argmin(squares, axis=0)]
