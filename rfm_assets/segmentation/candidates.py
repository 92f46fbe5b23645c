"""Trying numbers of clusters, and the rule that chooses one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

STARTS = 30  # k-means++ starts of a fit that is kept; cheap in three dimensions, and ten can miss the best
RESAMPLES = 10  # bootstrap resamples for stability
RESAMPLE_STARTS = 3
SILHOUETTE_CUSTOMERS = 10_000  # at most; a silhouette is quadratic in them


@dataclass(frozen=True)
class Candidate:
    """K-Means with one number of clusters: its quality, and its centroids in standardised log space, ``(k, 3)``."""

    k: int
    inertia: float
    silhouette: float
    davies_bouldin: float
    smallest_share: float
    stability: float
    centroids: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Choice:
    """The candidate that the rule chose, whether it is admissible, and why, as a sentence."""

    candidate: Candidate
    admissible: bool
    reason: str


def try_clusters(points: np.ndarray, numbers: Iterable[int], seed: int) -> list[Candidate]:
    """Return a candidate for each number of clusters, in that order.

    Args:
        points: shape ``(n, 3)``, standardised.
        numbers: numbers of clusters, each at least 2 and below the number of distinct points.
        seed: of every random draw; the same seed and points give the same candidates.
    """
    import sklearn.cluster  # noqa: F401  before the limit, which reaches only the libraries that are loaded
    from threadpoolctl import threadpool_limits

    # Measured: on some thousand points, a second OpenMP thread costs more than it brings.
    with threadpool_limits(1):
        return [_candidate(points, k, seed) for k in numbers]


def choose(candidates: Sequence[Candidate], min_share: float, min_stability: float) -> Choice:
    """Return the admissible candidate with the best silhouette; of equals, the one with fewer clusters.

    Admissible is who has no cluster below `min_share` of the customers and a stability of at least `min_stability`.
    When nobody is, the most stable is returned as not admissible.
    """
    limits = f"smallest share at least {min_share:.1%} and stability at least {min_stability:.2f}"
    admissible = [c for c in candidates if c.smallest_share >= min_share and c.stability >= min_stability]
    if not admissible:
        best = max(candidates, key=lambda c: (c.stability, -c.k))
        return Choice(
            best,
            False,
            f"none of K = {_numbers(candidates)} has {limits}; K = {best.k} is the most stable "
            f"(stability {best.stability:.2f}, smallest share {best.smallest_share:.1%})",
        )
    best = max(admissible, key=lambda c: (c.silhouette, -c.k))
    return Choice(
        best,
        True,
        f"K = {best.k} has the best silhouette ({best.silhouette:.3f}) of K = {_numbers(admissible)}, "
        f"those of K = {_numbers(candidates)} with {limits}",
    )


def _numbers(candidates: Sequence[Candidate]) -> str:
    return ", ".join(str(candidate.k) for candidate in candidates)


def _candidate(points: np.ndarray, k: int, seed: int) -> Candidate:
    from sklearn.cluster import KMeans
    from sklearn.metrics import davies_bouldin_score, silhouette_score

    fitted = KMeans(k, n_init=STARTS, random_state=seed).fit(points)
    sample = min(len(points), SILHOUETTE_CUSTOMERS)
    return Candidate(
        k=k,
        inertia=float(fitted.inertia_),
        silhouette=float(silhouette_score(points, fitted.labels_, sample_size=sample, random_state=seed)),
        davies_bouldin=float(davies_bouldin_score(points, fitted.labels_)),
        smallest_share=float(np.bincount(fitted.labels_, minlength=k).min() / len(points)),
        stability=_stability(points, k, seed, fitted.labels_),
        centroids=fitted.cluster_centers_,
        labels=fitted.labels_,
    )


def _stability(points: np.ndarray, k: int, seed: int, labels: np.ndarray) -> float:
    """Return the mean adjusted Rand index between the labels and those of refits on bootstrap resamples.

    Source: C. Hennig, "Cluster-wise assessment of cluster stability", 2007 (bootstrap scheme); L. Hubert and P. Arabie,
    "Comparing partitions", 1985 (index).
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score

    draws = np.random.default_rng(seed)
    agreements = []
    for _ in range(RESAMPLES):
        resample = points[draws.integers(len(points), size=len(points))]
        refit = KMeans(k, n_init=RESAMPLE_STARTS, random_state=seed).fit(resample)
        agreements.append(adjusted_rand_score(labels, refit.predict(points)))
    return float(np.mean(agreements))
