"""Names of clusters: by what they are like, never by their number."""

from itertools import permutations

import numpy as np
import pytest

from rfm_assets.segmentation.archetypes import Archetype, load_archetypes
from rfm_assets.segmentation.naming import name_clusters, name_distances


def archetype(name, *prototype):
    return Archetype(name=name, description=name, recommended_action=name, prototype=prototype)


GOOD, POOR, GONE = archetype("Good", -1, 1, 1), archetype("Poor", -1, -1, -1), archetype("Gone", 1, -1, -1)


def test_each_centroid_gets_the_name_of_the_nearest_prototype():
    centroids = np.array([[0.9, -0.8, -1.1], [-1.2, 0.7, 1.3], [-0.6, -0.9, -0.7]])
    assert name_clusters(centroids, [GOOD, POOR, GONE]) == ["Gone", "Good", "Poor"]


def test_two_centroids_near_one_prototype_share_out_the_names_at_the_least_sum():
    # Both are nearest to Good: the second is its very prototype, the first is nearer to Poor than the second is.
    centroids = np.array([[-1.0, 0.2, 0.2], [-1.0, 1.0, 1.0]])
    assert name_clusters(centroids, [GOOD, POOR, GONE]) == ["Poor", "Good"]


def test_the_sum_over_all_decides_and_not_one_centroid_after_the_other():
    # On a line: the first centroid is nearest to B (1 away); yet B is the only name near the second (1, against 16).
    names = [archetype("A", 0, 0, 0), archetype("B", 3, 0, 0)]
    assert name_clusters(np.array([[2.0, 0, 0], [4.0, 0, 0]]), names) == ["A", "B"]
    assert name_clusters(np.array([[4.0, 0, 0], [2.0, 0, 0]]), names) == ["B", "A"]


def test_the_nearest_is_so_as_the_crow_flies_and_not_along_the_axes():
    # 3 away along one axis; 2.6 across three, which are 4.5 along them.
    names = [archetype("Along", 3, 0, 0), archetype("Across", 1.5, 1.5, 1.5)]
    assert name_clusters(np.zeros((1, 3)), names) == ["Across"]


def test_permuting_centroids_permutes_their_names():
    centroids = np.array([[-1.1, 1.4, 1.3], [-0.7, -0.4, -0.3], [0.5, 0.2, 0.3], [1.0, -0.9, -0.9], [-0.1, 0.3, 2.0]])
    archetypes = load_archetypes()
    names = name_clusters(centroids, archetypes)
    assert len(set(names)) == len(names)
    for order in permutations(range(len(centroids))):
        assert name_clusters(centroids[list(order)], archetypes) == [names[place] for place in order]


def test_the_order_of_archetypes_plays_no_part():
    centroids = np.array([[0.9, -0.8, -1.1], [-1.2, 0.7, 1.3]])
    for archetypes in permutations([GOOD, POOR, GONE]):
        assert name_clusters(centroids, archetypes) == ["Gone", "Good"]


def test_as_many_archetypes_as_centroids_are_all_used():
    centroids = np.zeros((3, 3))
    assert sorted(name_clusters(centroids, [GOOD, POOR, GONE])) == ["Gone", "Good", "Poor"]


def test_fewer_archetypes_than_centroids_stop_with_both_numbers_and_what_to_do():
    with pytest.raises(ValueError, match="3 clusters need as many names, but there are 2 archetypes: add archetypes"):
        name_clusters(np.zeros((3, 3)), [GOOD, POOR])


def test_how_loosely_a_name_fits_is_the_distance_to_its_prototype():
    prototypes = np.array([archetype.prototype for archetype in (GONE, GOOD)])
    shifted = prototypes + np.array([[0.0, 3.0, 4.0], [0.0, 0.0, 0.0]])
    assert name_distances(shifted, [GONE.name, GOOD.name], [GOOD, POOR, GONE]).tolist() == pytest.approx([5.0, 0.0])
