"""A permuted labelling is recognised as such, and so is one that stayed."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from threadpoolctl import threadpool_info

from rfm_assets.segmentation.archetypes import load_archetypes
from rfm_assets.segmentation.replay import Comparison, Day, compare, replay, summary
from rfm_assets.segmentation.scaling import Scaling
from rfm_assets.segmentation.scoring import FrozenModel

SCALING = Scaling(np.array([2.5, 1.5, 4.0]), np.array([1.2, 0.6, 1.5]))
CENTROIDS = np.array([[-1.5, 2.0, 1.5], [1.2, -1.0, -1.0], [0.0, 0.5, 0.5]])
FIRST = date(2024, 5, 1)


def labelled(labels, first=0):
    return pl.DataFrame({"customer_id": [f"c{i + first}" for i in range(len(labels))], "label": list(labels)})


@pytest.mark.parametrize(
    ("before", "after", "agreement", "matched", "is_permuted"),
    [
        pytest.param("AABB", "AABB", 1, 1, False, id="nothing changes"),
        pytest.param("AABB", "BBAA", 0, 1, True, id="two names change places"),
        pytest.param("AABBCC", "BBCCAA", 0, 1, True, id="three names go round"),
        pytest.param("AAAAABBBBB", "AAAABBBBAA", 0.7, 0.7, False, id="three customers move"),
        pytest.param("AAAABBBBBB", "AAAABCCCCC", 0.5, 0.9, True, id="a segment goes on under another name"),
        pytest.param("AAAAAABBBB", "AAAACCBBBB", 0.8, 0.8, False, id="a new segment is split off"),
        pytest.param("AABB", "ABAB", 0.5, 0.5, False, id="another matching is as good but no better"),
        pytest.param("AAAAB", "BBABA", 0.2, 0.8, True, id="names change places and one customer moves"),
    ],
)
def test_labels_of_two_days_are_compared(before, after, agreement, matched, is_permuted):
    assert compare(labelled(before), labelled(after)) == Comparison(len(before), agreement, matched, is_permuted)


def test_only_customers_of_both_days_are_compared():
    assert compare(labelled("AAB"), labelled("ABXX", first=1)) == Comparison(2, 1, 1, False)


def test_days_without_a_customer_in_common_are_refused():
    with pytest.raises(ValueError, match="no customer in common"):
        compare(labelled("AA"), labelled("AA", first=2))


def people(seed=None):
    """Return 90 customers of three distant kinds, in an order of their own."""
    kinds = [(2, 20, 900), (200, 1, 20), (40, 4, 150)]
    rows = [(f"c{i}", r + i % 4, f, m + i) for i in range(90) for r, f, m in [kinds[i % 3]]]
    if seed is not None:
        rows = [rows[i] for i in np.random.default_rng(seed).permutation(len(rows))]
    return pl.DataFrame(rows, schema=["customer_id", "recency_days", "frequency", "monetary"], orient="row")


def days(frames, models):
    versions = {id(model): FIRST + timedelta(days=i) for i, model in reversed(list(enumerate(models)))}
    return [
        Day(FIRST + timedelta(days=i), frame, versions[id(model)], model)
        for i, (frame, model) in enumerate(zip(frames, models, strict=True))
    ]


def model(*segments):
    return FrozenModel(SCALING, CENTROIDS, np.array(segments))


def test_cluster_numbers_are_permuted_by_the_order_of_the_rows_and_our_names_are_not():
    names = model("Champions", "Hibernating", "Loyal")
    found = replay(days([people(seed) for seed in range(20)], [names] * 20), 3, 42, load_archetypes())
    of = {row["labelling"]: row for row in summary(found).rows(named=True)}
    assert {name: row["days"] for name, row in of.items()} == dict.fromkeys(
        ("frozen", "refit_daily", "refit_daily_named"), 19
    )
    assert of["refit_daily"]["permutations"] > 0
    assert of["refit_daily"]["mean_agreement"] < 1
    for name in ("frozen", "refit_daily_named"):
        assert (of[name]["least_agreement"], of[name]["permutations"]) == (1, 0)


def test_a_model_that_names_the_same_groups_otherwise_is_a_permutation_on_its_first_day():
    good, bad = model("Champions", "Hibernating", "Loyal"), model("Champions", "Loyal", "Hibernating")
    found = replay(days([people()] * 4, [good, good, bad, bad]), 3, 42, load_archetypes())
    frozen = found.filter(labelling="frozen")
    assert frozen["day_on"].to_list() == [FIRST + timedelta(days=i) for i in (1, 2, 3)]
    assert frozen["is_refitted"].to_list() == [False, True, False]
    assert frozen["is_permuted"].to_list() == [False, True, False]
    assert frozen["agreement"].to_list() == [1, 1 / 3, 1]
    assert frozen["matched_agreement"].to_list() == [1, 1, 1]
    row = summary(found).row(by_predicate=pl.col("labelling") == "frozen", named=True)
    assert row == {
        "labelling": "frozen", "days": 3, "mean_agreement": pytest.approx(7 / 9), "least_agreement": 1 / 3,
        "least_on": FIRST + timedelta(days=2), "permutations": 1,
    }  # fmt: skip


def test_of_days_that_are_equally_bad_the_first_is_named_and_each_labelling_has_its_own_number_of_clusters():
    good, bad = model("Champions", "Hibernating", "Loyal"), model("Champions", "Loyal", "Hibernating")
    found = replay(days([people()] * 3, [good, bad, good]), 2, 42, load_archetypes())
    assert found.filter(labelling="frozen")["agreement"].to_list() == [1 / 3, 1 / 3]
    row = summary(found).row(by_predicate=pl.col("labelling") == "frozen", named=True)
    assert row["least_on"] == FIRST + timedelta(days=1)
    assert dict(found.select("labelling", "k").unique().rows()) == {
        "frozen": 3, "refit_daily": 2, "refit_daily_named": 2,
    }  # fmt: skip


def test_a_customer_who_arrives_is_compared_from_the_second_day_on():
    names = model("Champions", "Hibernating", "Loyal")
    found = replay(days([people().head(60), people(), people()], [names] * 3), 3, 42, load_archetypes())
    assert found.filter(labelling="frozen")["customers"].to_list() == [60, 90]


def test_every_refit_has_one_thread(monkeypatch):
    from sklearn.cluster import KMeans

    fit, threads = KMeans.fit, []

    def watched(self, *arguments):
        threads.append({library["num_threads"] for library in threadpool_info()})
        return fit(self, *arguments)

    monkeypatch.setattr(KMeans, "fit", watched)
    names = model("Champions", "Hibernating", "Loyal")
    replay(days([people(seed) for seed in range(6)], [names] * 6), 3, 42, load_archetypes())
    assert threads == [{1}] * 6
