"""What a version keeps of the customers it was fitted on, so that drift can be told from it."""

import numpy as np
import polars as pl

from rfm_assets.contracts.model import FEATURES
from rfm_assets.segmentation.population import Population
from rfm_assets.segmentation.quality import distances
from rfm_assets.segmentation.scaling import quantiles

FAR_SHARE = 0.99  # of the customers fitted are no further from their centroid than the version's far distance
DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def far_distance(points: np.ndarray, weights: np.ndarray, centroids: np.ndarray) -> float:
    """Return the 99th percentile of the distance to the nearest centroid, in standard deviations."""
    to_nearest = distances(points, centroids).min(axis=1)
    return float(np.quantile(to_nearest, FAR_SHARE, weights=weights, method="inverted_cdf"))


def training_rows(population: Population) -> pl.DataFrame:
    """Return feature, bin, bounds (in logarithms; above the lower, up to the upper) and share of the customers.

    Bins end at the deciles; where many customers have the same value, deciles coincide and there are fewer bins. No bin
    lies above the greatest value: nobody would be in it at first, and soon everybody who is a day older. Where all
    customers have one value, there is such a bin all the same.
    """
    frames = []
    for column, name in enumerate(FEATURES):
        upper = population.upper[:, column]
        edges = np.unique(quantiles(upper[:, None], population.weights, DECILES))
        if len(edges) > 1 and edges[-1] >= upper.max():
            edges = edges[:-1]
        counts = np.bincount(np.searchsorted(edges, upper), population.weights, len(edges) + 1)
        frames.append(
            pl.DataFrame(
                {
                    "feature": [name] * len(counts),
                    "bin": np.arange(len(counts)),
                    "above": np.r_[-np.inf, edges],
                    "up_to": np.r_[edges, np.inf],
                    "share": counts / counts.sum(),
                }
            )
        )
    return pl.concat(frames)
