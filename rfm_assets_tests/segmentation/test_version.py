"""One model version: when it is due, what it is fitted on, what it refuses, and that it comes out the same again."""

import subprocess
import sys
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rfm_assets.segmentation.archetypes import load_archetypes
from rfm_assets.segmentation.cadence import due_on
from rfm_assets.segmentation.gates import Promoted
from rfm_assets.segmentation.rules import rules_of
from rfm_assets.segmentation.scaling import Scaling
from rfm_assets.segmentation.scoring import FrozenModel
from rfm_assets.segmentation.version import ModelError, fit_version

DAY = date(2024, 9, 30)
SCHEMA = {"recency_days": pl.Int64, "frequency": pl.Int64, "monetary": pl.Decimal(28, 4)}
# Three kinds of buyers, far apart: recent and many, recent and few, long ago and few.
KINDS = [(5, 40, 9000), (8, 2, 60), (300, 2, 90)]
# Promoted before, with settings that ask for other segments: not agreed with.
OTHER = Promoted(
    date(2024, 8, 1),
    "other settings",
    FrozenModel(Scaling(np.zeros(3), np.ones(3)), np.zeros((1, 3)), np.array(["New"])),
)
Z = ["recency_z", "frequency_z", "monetary_z"]


def customers(rows):
    return pl.DataFrame(
        [(recency, frequency, Decimal(money)) for recency, frequency, money in rows], schema=SCHEMA, orient="row"
    )


@pytest.fixture
def three_kinds():
    draws = np.random.default_rng(3)
    return customers(
        (int(recency + draws.integers(0, 4)), int(frequency + draws.integers(0, 2)), int(money + draws.integers(0, 20)))
        for recency, frequency, money in KINDS
        for _ in range(40)
    )


@pytest.fixture
def fit(settings):
    """Fit a version with the settings of the test, the defaults but for what is named."""

    def build(frame, *, before=None, **chosen):
        return fit_version(frame, DAY, rules_of(settings.model_copy(update=chosen)), before=before)

    return build


@pytest.mark.parametrize(
    ("cadence", "snapshot_on", "due"),
    [
        ("daily", "2024-02-29", "2024-02-29"),
        ("weekly", "2024-09-30", "2024-09-30"),  # a Monday
        ("weekly", "2024-10-06", "2024-09-30"),
        ("weekly", "2025-01-01", "2024-12-30"),
        ("monthly", "2024-10-01", "2024-10-01"),
        ("monthly", "2024-02-29", "2024-02-01"),
        ("quarterly", "2024-03-31", "2024-01-01"),
        ("quarterly", "2024-04-01", "2024-04-01"),
        ("quarterly", "2024-07-31", "2024-07-01"),
        ("quarterly", "2024-12-31", "2024-10-01"),
    ],
)
def test_a_version_is_due_on_the_first_day_of_the_period(cadence, snapshot_on, due):
    assert due_on(date.fromisoformat(snapshot_on), cadence) == date.fromisoformat(due)


def test_a_version_finds_the_kinds_that_are_there_and_names_each_once(fit, three_kinds):
    tables = fit(three_kinds)
    version = tables["model.versions"].row(0, named=True)
    assert (version["model_version"], version["k"], version["customers"]) == (DAY, 3, 120)
    centroids = tables["model.centroids"].sort("recency_days", "frequency")
    assert centroids["customers"].to_list() == [40, 40, 40]
    assert centroids["segment"].n_unique() == 3
    assert set(centroids["segment"]) <= {archetype.name for archetype in load_archetypes()}
    by_kind = centroids.sort("monetary").select("recency_days", "frequency", "monetary").to_numpy()
    np.testing.assert_allclose(by_kind, sorted(KINDS, key=lambda kind: kind[2]), rtol=0.35)


def test_every_number_of_clusters_asked_for_is_a_candidate(fit, three_kinds):
    candidates = fit(three_kinds, min_clusters=2, max_clusters=5)["model.candidates"]
    assert candidates["k"].to_list() == [2, 3, 4, 5]
    assert candidates["inertia"].is_sorted(descending=True)
    assert fit(three_kinds, clusters=6)["model.candidates"]["k"].to_list() == [6]


def test_the_same_customers_and_seed_give_the_same_version_to_the_last_bit(fit, three_kinds):
    first, second = fit(three_kinds), fit(three_kinds)
    assert first.keys() == second.keys()
    for name, frame in first.items():
        assert_frame_equal(second[name], frame, check_exact=True)


def test_the_scaling_stored_standardises_the_customers_fitted(fit, three_kinds):
    tables = fit(three_kinds)
    logs = np.log1p(three_kinds.cast(pl.Float64).to_numpy())
    scaling = tables["model.scaling"]
    assert scaling["feature"].to_list() == ["recency", "frequency", "monetary"]
    points = (logs - scaling["mean"].to_numpy()) / scaling["scale"].to_numpy()
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-12)
    distances = ((points[:, None, :] - tables["model.centroids"].select(Z).to_numpy()) ** 2).sum(axis=2)
    assert distances.min(axis=1).sum() == pytest.approx(tables["model.versions"]["inertia"].item(), rel=1e-9)
    sizes = np.bincount(distances.argmin(axis=1), minlength=3).tolist()
    assert sizes == tables["model.centroids"].sort("cluster")["customers"].to_list()


def test_too_few_customers_are_named_with_how_many_are_needed(fit, three_kinds):
    with pytest.raises(ModelError, match=r"49 customers .* 2024-09-30, and a model needs 50 \(RFM_MIN_CUSTOMERS\)"):
        fit(three_kinds.head(49))
    assert len(fit(three_kinds.tail(50))["model.versions"]) == 1


def test_customers_who_are_all_equal_are_refused(fit):
    with pytest.raises(ModelError, match=r"60 customers of 2024-09-30 have only 1 different values .* for 3 clusters"):
        fit(customers([(5, 2, 100)] * 60))


def test_customers_with_too_few_different_values_are_refused(fit):
    with pytest.raises(ModelError, match="only 3 different values"):
        fit(customers(KINDS * 20))


def test_only_numbers_of_clusters_below_the_different_values_are_tried(fit):
    tables = fit(customers([*KINDS, (90, 10, 500)] * 20))
    assert tables["model.candidates"]["k"].to_list() == [3]


def test_customers_whose_money_is_all_below_zero_differ_by_the_rest(fit):
    tables = fit(
        customers((recency, frequency, -money) for recency, frequency, money in KINDS * 20 + [(90, 10, 5)] * 9)
    )
    scaling = dict(tables["model.scaling"].select("feature", "scale").iter_rows())
    assert scaling["monetary"] == 1
    assert tables["model.centroids"]["monetary_z"].abs().max() < 1e-12
    assert tables["model.centroids"]["monetary"].abs().max() < 1e-12


def test_a_version_that_misses_its_gates_scores_only_when_there_is_no_other(fit, three_kinds):
    first = fit(three_kinds, min_segment_share=0.2, clusters=8)["model.versions"].row(0, named=True)
    later = fit(three_kinds, min_segment_share=0.2, clusters=8, before=OTHER)["model.versions"].row(0, named=True)
    assert (first["promoted"], later["promoted"]) == (True, False)
    assert "promoted all the same, for there is no earlier version" in first["reason"]
    assert "not promoted" in later["reason"]


def test_a_version_that_passes_its_gates_is_promoted_after_others_too(fit, three_kinds):
    version = fit(three_kinds, before=OTHER)["model.versions"].row(0, named=True)
    assert version["promoted"]
    assert "not promoted" not in version["reason"]


def test_other_settings_have_other_fingerprints_and_the_same_have_the_same(settings):
    chosen = [{}, {"seed": 1}, {"monetary": "gross"}, {"clusters": 3}, {"min_stability": 0.7}, {"min_customers": 60}]
    fingerprints = [rules_of(settings.model_copy(update=one)).fingerprint for one in chosen]
    assert len(set(fingerprints)) == len(chosen)
    assert fingerprints[0] == rules_of(settings).fingerprint


FIRST_FIT = """
import sys
from datetime import date
import polars as pl
from rfm_assets.segmentation.rules import rules_of
from rfm_assets.segmentation.version import fit_version
from rfm_assets.settings import Settings

threads = set()

def note(frame, event, argument):
    if event == "call" and frame.f_code.co_name == "fit" and frame.f_code.co_filename.endswith("_kmeans.py"):
        from threadpoolctl import threadpool_info
        threads.update(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "openmp")

customers = pl.DataFrame({"recency_days": range(60), "frequency": range(1, 61), "monetary": range(60)})
sys.setprofile(note)
fit_version(customers, date(2024, 9, 30), rules_of(Settings(clusters=3)))
print(threads)
"""


def test_already_the_first_fit_of_a_process_keeps_to_one_thread(tmp_path):
    run = subprocess.run([sys.executable, "-c", FIRST_FIT], capture_output=True, text=True, check=True)
    assert run.stdout == "{1}\n"
