"""K-Means on standardised customers or cells of them: fits from many starts, and how far resampling shakes them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from rfm_assets.segmentation.population import gather
from rfm_assets.segmentation.quality import adjusted_rand, nearest, silhouettes

RESAMPLES = 10  # bootstrap resamples for stability
RESAMPLE_STARTS = 3
FEWEST_CELLS = 500  # with fewer, the customers themselves cost little and say more
SILHOUETTE_POINTS = 10_000  # above, the cells' silhouettes: they are quadratic in the points


@contextmanager
def one_thread() -> Iterator[None]:
    """Give a context in which numerical libraries use one thread."""
    # Measured: on some thousand points, a second OpenMP thread costs more than it brings, and on a busy machine twenty
    # times as much. Only what is loaded already can be limited, so scikit-learn comes first.
    import sklearn.cluster  # noqa: F401  for its libraries alone
    from sklearn import config_context
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), config_context(assume_finite=True, skip_parameter_validation=True):
        yield


class Points:
    """Standardised customers, or cells of them, and the coarser cells that starts and resamples are tried on."""

    def __init__(self, points: np.ndarray, weights: np.ndarray | None = None, within: float = 0.0) -> None:
        """Gather the cells.

        Args:
            points: shape ``(n, 3)``, standardised.
            weights: customers in each point, shape ``(n,)``; one each by default.
            within: sum of squared distances of the customers to the points that they are counted in.
        """
        self.points = points
        self.weights = np.ones(len(points)) if weights is None else weights
        self.within = within
        self.cells, self.cell_weights = self.points, self.weights
        if weights is None:
            cells, in_cell = gather(points)
            if len(cells) >= FEWEST_CELLS:
                self.cells, self.cell_weights = cells, in_cell

    def fit(self, k: int, seed: int, starts: int) -> tuple[np.ndarray, np.ndarray, float]:
        """Return centroids ``(k, 3)``, labels ``(n,)`` and inertia: the best start on the cells, then on the points."""
        from sklearn.cluster import KMeans

        # Without a tolerance, a fit ends where its centroids are the means of their customers, not a little before.
        best = KMeans(k, n_init=starts, random_state=seed, tol=0).fit(self.cells, sample_weight=self.cell_weights)
        if self.cells is not self.points:
            best = KMeans(k, init=best.cluster_centers_, n_init=1, tol=0).fit(self.points, sample_weight=self.weights)
        return best.cluster_centers_, best.labels_, float(best.inertia_) + self.within

    def silhouettes(self, centroids: Sequence[np.ndarray], labelings: Sequence[np.ndarray]) -> list[float]:
        """Return the mean silhouette of each clustering: of the points, or where these are many, of their cells."""
        if len(self.points) <= SILHOUETTE_POINTS:
            return silhouettes(self.points, self.weights, labelings)
        return silhouettes(self.cells, self.cell_weights, [nearest(self.cells, of_one) for of_one in centroids])

    def stability(self, centroids: np.ndarray, seed: int) -> float:
        """Return the mean adjusted Rand index between the clustering and refits on bootstrap resamples, on the cells.

        A resample is a weight for each cell: customers drawn with replacement fall into the cells that they are in.
        Refits start anew: from the centroids, they would miss that another optimum has become the better one.

        Source: C. Hennig, "Cluster-wise assessment of cluster stability", 2007 (bootstrap scheme); L. Hubert and
        P. Arabie, "Comparing partitions", 1985 (index).
        """
        from sklearn.cluster import KMeans

        labels = nearest(self.cells, centroids)
        draws = np.random.default_rng(seed)
        customers = int(self.cell_weights.sum())
        agreements = []
        for _ in range(RESAMPLES):
            resample = draws.multinomial(customers, self.cell_weights / customers).astype(float)
            refit = KMeans(len(centroids), n_init=RESAMPLE_STARTS, random_state=seed, tol=0)
            refit.fit(self.cells, sample_weight=resample)
            agreements.append(adjusted_rand(labels, refit.labels_, self.cell_weights))
        return float(np.mean(agreements))
