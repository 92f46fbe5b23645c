"""The customers that a version is fitted on: each by itself, or counted in cells of like customers."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from rfm_assets.contracts.model import FEATURES
from rfm_assets.segmentation.scaling import log_features

CELL_WIDTH = 0.25  # standard deviations: some thousand cells whatever the number of customers


@dataclass(frozen=True)
class Population:
    """Customers in log space, a row for each or for each cell of them."""

    logs: np.ndarray  # (n, 3), ln(1 + x) of recency, frequency and monetary; a cell's mean
    weights: np.ndarray  # (n,), customers in the row
    variances: np.ndarray  # (n, 3), population variance within the row; zero for one customer
    upper: np.ndarray  # (n, 3), what no customer of the row exceeds: the end of the cell; of one customer, the logs
    are_cells: bool

    @property
    def customers(self) -> int:
        """The number of customers."""
        return int(self.weights.sum())

    def only(self, rows: np.ndarray) -> "Population":
        """Return the rows that a mask of shape ``(n,)`` picks."""
        return Population(self.logs[rows], self.weights[rows], self.variances[rows], self.upper[rows], self.are_cells)


def of_customers(customers: pl.DataFrame) -> Population:
    """Return a row for each customer, in an order that depends on their numbers alone.

    Args:
        customers: columns `recency_days`, `frequency` and `monetary`.
    """
    logs = log_features(customers)
    logs = logs[np.lexsort(logs.T)]
    return Population(logs, np.ones(len(logs)), np.zeros_like(logs), logs, are_cells=False)


def of_cells(cells: pl.DataFrame) -> Population:
    """Return a row for each cell, in order.

    Args:
        cells: rows of `sql/model/cells.sql`.
    """
    columns = [cells.select(f"{name}_{part}" for name in FEATURES) for part in ("log", "variance", "upper")]
    logs, variances, upper = (frame.to_numpy() for frame in columns)
    weights = cells["customers"].cast(pl.Float64).to_numpy()
    order = np.lexsort(logs.T)
    return Population(logs[order], weights[order], variances[order], upper[order], are_cells=True)


def gather(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells of standardised customers, shape ``(n, 3)``: the means, and how many customers are in each."""
    _, cell, counts = np.unique(np.ceil(points / CELL_WIDTH), axis=0, return_inverse=True, return_counts=True)
    means = np.column_stack([np.bincount(cell, column) / counts for column in points.T])
    return means, counts.astype(float)
