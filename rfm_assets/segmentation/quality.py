"""How good a clustering is. Each point counts as many customers as its weight says: one, or those of a cell."""

from collections.abc import Sequence

import numpy as np

BLOCK = 512  # points whose distances to all others are held at a time; a whole matrix would take n * n * 8 bytes


def silhouettes(points: np.ndarray, weights: np.ndarray, labelings: Sequence[np.ndarray]) -> list[float]:
    """Return the mean silhouette of each labeling, exactly, from one pass over the distances.

    A point of weight w is w customers at one place. A customer alone in its cluster has the silhouette 0.

    Args:
        points: shape ``(n, 3)``.
        weights: shape ``(n,)``, whole numbers from 1.
        labelings: each of shape ``(n,)``, clusters numbered from 0, at least two and none empty.

    Source: P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis",
    1987, p. 55.
    """
    from scipy.spatial.distance import cdist

    members = [np.eye(labels.max() + 1)[labels] * weights[:, None] for labels in labelings]
    every = np.hstack(members)
    # One product a block serves the clusters of all labelings: that is where the time goes.
    blocks = [cdist(points[start : start + BLOCK], points) @ every for start in range(0, len(points), BLOCK)]
    ends = np.cumsum([member.shape[1] for member in members])[:-1]
    sums = np.split(np.vstack(blocks), ends, axis=1)
    return [
        _silhouette(of_labeling, labels, member.sum(axis=0), weights)
        for of_labeling, labels, member in zip(sums, labelings, members, strict=True)
    ]


def _silhouette(sums: np.ndarray, labels: np.ndarray, sizes: np.ndarray, weights: np.ndarray) -> float:
    rows = np.arange(len(labels))
    own_size = sizes[labels]
    within = sums[rows, labels] / np.maximum(own_size - 1, 1)
    means = sums / sizes
    means[rows, labels] = np.inf
    between = means.min(axis=1)
    largest = np.maximum(within, between)
    alone = (own_size <= 1) | (largest == 0)
    values = np.where(alone, 0.0, (between - within) / np.where(alone, 1.0, largest))
    return float(np.average(values, weights=weights))


def nearest(points: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Return the number of the nearest centroid of each point, shape ``(n,)``."""
    return distances(points, centroids).argmin(axis=1)


def distances(points: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Return the distance from each point to each centroid, shape ``(n, k)``."""
    return np.linalg.norm(points[:, None] - centroids[None], axis=2)


def centres(points: np.ndarray, weights: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the mean of each cluster, shape ``(k, 3)``."""
    sizes = np.bincount(labels, weights)
    return np.column_stack([np.bincount(labels, weights * column) / sizes for column in points.T])


def davies_bouldin(points: np.ndarray, weights: np.ndarray, labels: np.ndarray) -> float:
    """Return the Davies-Bouldin index: 0 is best.

    Source: D. L. Davies and D. W. Bouldin, "A cluster separation measure", 1979, p. 225 (q = 1, p = 2).
    """
    middles = centres(points, weights, labels)
    to_middle = np.linalg.norm(points - middles[labels], axis=1)
    scatter = np.bincount(labels, weights * to_middle) / np.bincount(labels, weights)
    apart = np.linalg.norm(middles[:, None] - middles[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return float(((scatter[:, None] + scatter[None]) / apart).max(axis=1).mean())


def calinski_harabasz(points: np.ndarray, weights: np.ndarray, labels: np.ndarray, inertia: float) -> float:
    """Return the Calinski-Harabasz index (variance ratio): higher is better.

    Args:
        points: shape ``(n, 3)``.
        weights: shape ``(n,)``.
        labels: shape ``(n,)``.
        inertia: sum of squared distances of the customers to their cluster's centre, that within cells included.

    Source: T. Calinski and J. Harabasz, "A dendrite method for cluster analysis", 1974, p. 10.
    """
    sizes = np.bincount(labels, weights)
    middle = np.average(points, axis=0, weights=weights)
    between = sizes @ ((centres(points, weights, labels) - middle) ** 2).sum(axis=1)
    return float(between / (len(sizes) - 1) / (inertia / (sizes.sum() - len(sizes))))


def adjusted_rand(first: np.ndarray, second: np.ndarray, weights: np.ndarray) -> float:
    """Return how far two labelings agree on which customers belong together: 1 wholly, about 0 as chance would.

    Source: L. Hubert and P. Arabie, "Comparing partitions", 1985, p. 198.
    """
    width = second.max() + 1
    table = np.bincount(first * width + second, weights, (first.max() + 1) * width).reshape(-1, width)
    together, in_first, in_second, every = (
        (counts * (counts - 1)).sum() / 2
        for counts in (table, table.sum(axis=1), table.sum(axis=0), np.array(table.sum()))
    )
    by_chance = in_first * in_second / every
    most = (in_first + in_second) / 2
    return float((together - by_chance) / (most - by_chance)) if most != by_chance else 1.0


def elbow(numbers: Sequence[int], inertias: Sequence[float]) -> int | None:
    """Return the number of clusters at which inertia stops falling fast; None where the curve has no such knee.

    Both axes are put on 0 to 1; the knee is where the curve lies furthest below the line between its ends. That is
    kneedle at sensitivity 0: at 1, six points never fall far enough after the knee to confirm it.

    Source: V. Satopää et al., "Finding a 'kneedle' in a haystack: detecting knee points in system behavior", 2011,
    section III. Not the library kneed: of six points, 0.9 finds no knee at its default sensitivity and at 0 may name
    the first, and it loads scipy.signal.
    """
    if inertias[0] <= inertias[-1]:
        return None
    across = (np.asarray(numbers) - numbers[0]) / (numbers[-1] - numbers[0])
    fallen = (inertias[0] - np.asarray(inertias)) / (inertias[0] - inertias[-1])
    below = fallen - across
    furthest = int(below.argmax())
    return numbers[furthest] if below[furthest] > 1e-9 else None
