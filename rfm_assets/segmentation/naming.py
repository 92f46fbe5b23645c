"""Names for clusters, by what they are like and never by their number."""

from collections.abc import Iterable, Sequence

import numpy as np

from rfm_assets.segmentation.archetypes import Archetype, ArchetypeError


def name_clusters(centroids: np.ndarray, archetypes: Sequence[Archetype]) -> list[str]:
    """Return the segment name of each centroid, no name used twice.

    The names are the one-to-one assignment with the least sum of squared distances between centroids and prototypes.

    Args:
        centroids: shape ``(k, 3)``, standardised recency, frequency, monetary (unit: standard deviations).
        archetypes: at least ``k`` of them; each has a prototype in the same space.

    Raises:
        ArchetypeError: fewer archetypes than centroids.

    Source: H. W. Kuhn, "The Hungarian method for the assignment problem", 1955; scipy.optimize.linear_sum_assignment.
    """
    from scipy.optimize import linear_sum_assignment

    if len(archetypes) < len(centroids):
        raise ArchetypeError(
            f"{len(centroids)} clusters need as many names, but there are {len(archetypes)} archetypes: "
            "add archetypes, or lower RFM_MAX_CLUSTERS"
        )
    prototypes = np.array([archetype.prototype for archetype in archetypes])
    costs = ((centroids[:, None, :] - prototypes[None, :, :]) ** 2).sum(axis=2)
    rows, columns = linear_sum_assignment(costs)
    names = {row: archetypes[column].name for row, column in zip(rows, columns, strict=True)}
    return [names[row] for row in range(len(centroids))]


def name_distances(centroids: np.ndarray, names: Iterable[str], archetypes: Sequence[Archetype]) -> np.ndarray:
    """Return how far each centroid is from the prototype of its name, in standard deviations, shape ``(k,)``."""
    prototypes = {archetype.name: archetype.prototype for archetype in archetypes}
    return np.linalg.norm(centroids - np.array([prototypes[name] for name in names]), axis=1)
