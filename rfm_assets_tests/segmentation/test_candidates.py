"""Candidates: each metric against its definition, and what a version writes down of them."""

import numpy as np
import polars as pl
import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.segmentation import candidates as candidates_module
from rfm_assets.segmentation import quality
from rfm_assets.segmentation.candidates import try_clusters
from rfm_assets.segmentation.kmeans import Points
from rfm_assets.segmentation.scaling import fit_scaling, log_features
from rfm_assets.segmentation.version import ModelError, fit_version
from rfm_assets_tests.segmentation.populations import DAY, customers, rules


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    logs = log_features(customers())
    return fit_scaling(logs).standardise(logs)


def labels_of(points: np.ndarray, k: int) -> np.ndarray:
    return np.random.default_rng(k).permutation(np.arange(len(points)) % k)


def test_the_metrics_are_those_of_scikit_learn(points):
    from sklearn import metrics

    one = np.ones(len(points))
    labelings = [labels_of(points, k) for k in (2, 3, 7)]
    found = quality.silhouettes(points, one, labelings)
    assert found == pytest.approx([metrics.silhouette_score(points, labels) for labels in labelings], rel=1e-12)
    for labels in labelings:
        inertia = ((points - quality.centres(points, one, labels)[labels]) ** 2).sum()
        assert quality.davies_bouldin(points, one, labels) == pytest.approx(
            metrics.davies_bouldin_score(points, labels), rel=1e-12
        )
        assert quality.calinski_harabasz(points, one, labels, inertia) == pytest.approx(
            metrics.calinski_harabasz_score(points, labels), rel=1e-9
        )
    assert quality.adjusted_rand(labelings[0], labelings[2], one) == pytest.approx(
        metrics.adjusted_rand_score(labelings[0], labelings[2]), rel=1e-12
    )


def test_a_point_of_weight_three_counts_as_three_customers_at_one_place(points):
    weights = np.arange(len(points)) % 3 + 1.0
    labels, other = labels_of(points, 3), labels_of(points, 4)
    repeat = weights.astype(int)
    many = np.repeat(points, repeat, axis=0)
    each, other_each, one = np.repeat(labels, repeat), np.repeat(other, repeat), np.ones(len(many))
    assert quality.silhouettes(points, weights, [labels]) == pytest.approx(quality.silhouettes(many, one, [each]))
    assert quality.davies_bouldin(points, weights, labels) == pytest.approx(quality.davies_bouldin(many, one, each))
    assert quality.calinski_harabasz(points, weights, labels, 9.0) == pytest.approx(
        quality.calinski_harabasz(many, one, each, 9.0)
    )
    assert quality.adjusted_rand(labels, other, weights) == pytest.approx(quality.adjusted_rand(each, other_each, one))


def test_a_customer_alone_in_its_cluster_has_the_silhouette_zero():
    points = np.array([[0.0, 0, 0], [0, 0, 1], [5, 0, 0]])
    # The two of the first cluster: within 1; to the third, 5 and sqrt(26).
    expected = (4 / 5 + (1 - 1 / np.sqrt(26)) + 0) / 3
    assert quality.silhouettes(points, np.ones(3), [np.array([0, 0, 1])]) == pytest.approx([expected])


def test_clusters_at_one_place_have_no_silhouette_and_two_single_ones_agree():
    assert quality.silhouettes(np.zeros((4, 3)), np.ones(4), [np.array([0, 0, 1, 1])]) == [0.0]
    assert quality.adjusted_rand(np.zeros(3, dtype=int), np.zeros(3, dtype=int), np.ones(3)) == 1.0


def test_silhouettes_do_not_depend_on_the_size_of_a_block(points, monkeypatch):
    labels = labels_of(points, 3)
    whole = quality.silhouettes(points, np.ones(len(points)), [labels])
    monkeypatch.setattr(quality, "BLOCK", 7)
    assert quality.silhouettes(points, np.ones(len(points)), [labels]) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize(
    ("inertias", "knee"),
    [
        ([100, 20, 19, 18, 17, 16], 4),
        ([100, 90, 30, 29, 28, 27], 5),
        ([6, 5, 4, 3, 2, 1], None),  # a straight line
        ([100, 99, 97, 90, 60, 0], None),  # falls ever faster
    ],
)
def test_the_elbow_is_where_inertia_stops_falling_fast(inertias, knee):
    assert quality.elbow([3, 4, 5, 6, 7, 8], inertias) == knee


def test_two_numbers_of_clusters_have_no_elbow():
    assert quality.elbow([3, 4], [10, 1]) is None


def test_the_right_number_of_groups_has_the_best_silhouette_and_is_stable(points):
    found = {c.k: c for c in try_clusters(Points(points), (2, 3, 4, 5), 42)}
    assert max(found.values(), key=lambda c: c.silhouette).k == 3
    assert found[3].stability == pytest.approx(1.0)
    assert found[5].stability < 0.9  # three groups are cut into five in many ways
    assert [c.k for c in found.values() if c.is_elbow] == [3]


def test_the_same_seed_gives_the_same_candidates(points):
    first, second = (try_clusters(Points(points), (3, 4), 7) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert (one.inertia, one.stability) == (other.inertia, other.stability)
        assert np.array_equal(one.centroids, other.centroids)


def test_a_fit_that_starts_on_cells_ends_on_the_customers_themselves():
    from sklearn.cluster import KMeans

    logs = log_features(customers(each=1_000, spread=0.8))
    points = fit_scaling(logs).standardise(logs)
    (found,) = try_clusters(Points(points), (4,), 42)
    plain = KMeans(4, n_init=30, random_state=1, tol=0).fit(points)
    assert found.inertia == pytest.approx(plain.inertia_, rel=1e-3)
    assert found.inertia == pytest.approx(((points - found.centroids[found.labels]) ** 2).sum(), rel=1e-9)
    means = quality.centres(points, np.ones(len(points)), found.labels)
    assert found.centroids == pytest.approx(means, abs=1e-9)


def test_every_candidate_is_written_down_with_what_became_of_it():
    rows = fit_version(customers(), DAY, rules())["model.candidates"]
    assert set(rows.columns) == set(TABLES["model.candidates"].column_names)
    assert rows["k"].to_list() == [2, 3, 4, 5, 6]
    assert rows.filter("is_chosen")["k"].to_list() == [3]
    admissible = (pl.col("smallest_share") >= 0.01) & (pl.col("stability") >= 0.8)
    assert rows.select(ok=admissible == pl.col("is_admissible"))["ok"].all()


def test_the_order_of_the_customers_makes_no_difference():
    frame = customers()
    first, second = (fit_version(rows, DAY, rules())["model.centroids"] for rows in (frame, frame.reverse()))
    assert first.equals(second)


def test_robust_scaling_takes_the_median_and_quartiles_and_finds_the_same_groups():
    frame = customers()
    tables = fit_version(frame, DAY, rules(scaling="robust"))
    logs = log_features(frame)
    low, median, high = np.quantile(logs, [0.25, 0.5, 0.75], axis=0, method="inverted_cdf")
    assert tables["model.scaling"]["mean"].to_numpy() == pytest.approx(median)
    assert tables["model.scaling"]["scale"].to_numpy() == pytest.approx((high - low) / 1.3489795)
    assert tables["model.versions"]["k"].item() == 3


def test_where_half_the_customers_are_equal_robust_scaling_falls_back_on_the_deviation():
    logs = np.array([[1.0, 0.0, 0.0]] * 8 + [[3.0, 1.0, 1.0]] * 2)
    assert fit_scaling(logs, "robust").scale == pytest.approx(logs.std(axis=0))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (customers().head(1), "1 customer bought on or before 2011-12-01, and a model needs 10"),
        (customers().head(9), "9 customers bought on or before 2011-12-01, and a model needs 10"),
        (pl.concat([customers().head(1)] * 100), "have only 1 different values"),
        (pl.concat([customers().head(2)] * 50), "have only 2 different values"),
    ],
)
def test_customers_that_no_model_can_be_fitted_on_are_refused_with_the_reason(frame, message):
    with pytest.raises(ModelError, match=message):
        fit_version(frame, DAY, rules())


def test_as_few_different_customers_as_can_be_fitted_give_numbers_and_no_nan():
    three = pl.concat([customers(each=1)] * 20)
    tables = fit_version(three, DAY, rules(min_customers=10, numbers=(2, 3, 4)))
    assert tables["model.candidates"]["k"].to_list() == [2]
    for frame in tables.values():
        for column in frame.select(pl.selectors.float()).iter_columns():
            assert not column.is_nan().any(), column.name


def test_a_feature_that_never_varies_is_no_obstacle():
    frame = customers().with_columns(frequency=pl.lit(1))
    scaling = fit_version(frame, DAY, rules())["model.scaling"]
    assert scaling.filter(feature="frequency")["scale"].item() == 1.0


def test_starts_that_are_kept_are_fewer_than_those_they_are_measured_by():
    assert candidates_module.STARTS < candidates_module.MANY_STARTS
