"""Trying numbers of clusters, and the rule that chooses one."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import floor

import numpy as np

from rfm_assets.segmentation.kmeans import Points, one_thread
from rfm_assets.segmentation.quality import calinski_harabasz, davies_bouldin, elbow

STARTS = 10  # k-means++ starts of a fit that is kept; on cells, a millisecond each
MANY_STARTS = 50  # of the fit that the chosen one is compared with


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
    calinski_harabasz: float
    is_elbow: bool


@dataclass(frozen=True)
class Choice:
    """The candidate that the rule chose, whether it is admissible, and why, as a sentence."""

    candidate: Candidate
    admissible: bool
    reason: str


def try_clusters(points: Points, numbers: Sequence[int], seed: int) -> list[Candidate]:
    """Return a candidate for each number of clusters, in that order.

    Args:
        points: what is clustered.
        numbers: numbers of clusters, each at least 2 and below the number of distinct points.
        seed: of every random draw; the same seed and points give the same candidates.
    """
    with one_thread(), ThreadPoolExecutor(1) as beside:
        fits = [points.fit(k, seed, STARTS) for k in numbers]
        # NumPy and SciPy let other threads run meanwhile: beside the refits for stability, this takes no time.
        measured = beside.submit(
            points.silhouettes, [centroids for centroids, *_ in fits], [labels for _, labels, _ in fits]
        )
        stability = [points.stability(centroids, seed) for centroids, *_ in fits]
        silhouette = measured.result()
        knee = elbow(numbers, [inertia for *_, inertia in fits])
        return [
            Candidate(
                k=k,
                inertia=inertia,
                silhouette=silhouette[i],
                davies_bouldin=davies_bouldin(points.points, points.weights, labels),
                calinski_harabasz=calinski_harabasz(points.points, points.weights, labels, inertia),
                smallest_share=float(np.bincount(labels, points.weights, k).min() / points.weights.sum()),
                stability=stability[i],
                is_elbow=k == knee,
                centroids=centroids,
                labels=labels,
            )
            for i, (k, (centroids, labels, inertia)) in enumerate(zip(numbers, fits, strict=True))
        ]


def best_inertia(points: Points, k: int, seed: int) -> float:
    """Return the least inertia of many starts that no candidate of the same seed was drawn from."""
    with one_thread():
        return points.fit(k, (seed + 1) % 2**32, MANY_STARTS)[2]


def choose(candidates: Sequence[Candidate], min_share: float, min_stability: float) -> Choice:
    """Return the admissible candidate with the best silhouette; of equals, the one with fewer clusters.

    Admissible is who has no cluster below `min_share` of the customers and a stability of at least `min_stability`.
    When nobody is, the most stable is returned as not admissible.
    """
    limits = f"smallest share at least {min_share:.1%} and stability at least {min_stability:.2f}"
    admissible = [c for c in candidates if is_admissible(c, min_share, min_stability)]
    if not admissible:
        best = max(candidates, key=lambda c: (c.stability, -c.k))
        missed = (
            f"K = {best.k}, the only one tried, misses {limits}"
            if len(candidates) == 1
            else f"none of K = {_numbers(candidates)} has {limits}; K = {best.k} is the most stable"
        )
        stability, share = rounded_down(best.stability, 2), rounded_down(best.smallest_share, 3)
        return Choice(best, False, f"{missed} (stability {stability:.2f}, smallest share {share:.1%})")
    best = max(admissible, key=lambda c: (c.silhouette, -c.k))
    if len(candidates) == 1:
        return Choice(best, True, f"K = {best.k}, the only one tried, has {limits}")
    return Choice(
        best,
        True,
        f"K = {best.k} has the best silhouette ({best.silhouette:.3f}) of K = {_numbers(admissible)}, "
        f"those of K = {_numbers(candidates)} with {limits}",
    )


def is_admissible(candidate: Candidate, min_share: float, min_stability: float) -> bool:
    """Return whether no cluster is smaller than `min_share` and the stability is at least `min_stability`."""
    return candidate.smallest_share >= min_share and candidate.stability >= min_stability


def rounded_down(value: float, digits: int) -> float:
    """Return a number as it is shown beside a limit that it misses: 0.796 is not to read as the 0.80 wanted."""
    return floor(value * 10**digits + 1e-9) / 10**digits


def _numbers(candidates: Sequence[Candidate]) -> str:
    return ", ".join(str(candidate.k) for candidate in candidates)
