"""What the segments are worth on the whole Online Retail file, against figures that others computed."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from rfm_assets.segmentation.replay import summary
from rfm_assets.segmentation.validating import validate_out_of_time, validate_stability
from rfm_assets_tests.online_retail import CSV

LAST = date(2011, 12, 9)
POINT = 0.01


@pytest.fixture(scope="module")
def settings(settings_for, tmp_path_factory):
    return settings_for(tmp_path_factory.mktemp("validation"))


@pytest.fixture(scope="module")
def out_of_time(retail, settings):
    return validate_out_of_time(retail, LAST, settings.model_copy(update={"monetary": "gross", "clusters": 4}))


@pytest.fixture(scope="module")
def stability(retail, settings):
    return validate_stability(retail, LAST, settings)


def test_what_is_foretold_is_within_a_point_of_an_independent_computation(out_of_time):
    purchase, segment = out_of_time["validation.predictions"].rows(named=True)
    assert (segment["train_cut_on"], segment["cut_on"]) == (date(2011, 7, 22), date(2011, 9, 30))
    assert (segment["customers_trained"], segment["customers_tested"]) == (3_093, 3_616)
    assert segment["accuracy"] == pytest.approx(0.728, abs=POINT)
    assert segment["stay_share"] == pytest.approx(0.643, abs=POINT)
    assert segment["largest_share"] == pytest.approx(0.349, abs=POINT)
    assert purchase["auc"] == pytest.approx(0.734, abs=POINT)
    assert purchase["accuracy"] > purchase["base_rate"] + 0.1


def test_segments_differ_in_who_buys_again_beyond_chance(out_of_time):
    segments = out_of_time["validation.segments"]
    assert segments["customers"].sum() == 3_616
    assert segments["orders"].sum() > 0
    best, worst = segments.row(0, named=True), segments.row(-1, named=True)
    assert best["segment"] == "Champions"
    assert best["bought_again_share_low"] > 0.8
    assert worst["bought_again_share_high"] < 0.4


def test_our_names_stay_where_a_daily_refit_by_number_permutes_them(stability):
    of = {row["labelling"]: row for row in summary(stability).rows(named=True)}
    assert {name: row["days"] for name, row in of.items()} == dict.fromkeys(of, 85)
    assert of["frozen"]["permutations"] == 0
    assert of["refit_daily"]["permutations"] > 70
    assert of["refit_daily"]["mean_agreement"] < 0.4
    assert of["frozen"]["mean_agreement"] > of["refit_daily_named"]["mean_agreement"]


def test_the_readme_has_these_figures(stability):
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    for row in summary(stability).iter_rows(named=True):
        shares = f"{row['mean_agreement']:.2%} | {row['least_agreement']:.2%}"
        figures = f"| {shares} | {row['permutations']} of {row['days']} |"
        assert figures in readme, f"{row['labelling']}: {figures}"


def test_on_every_day_without_a_new_version_97_percent_keep_their_segment(stability):
    frozen = stability.filter(labelling="frozen").filter(~pl.col("is_refitted"))
    assert len(frozen) >= 82
    assert frozen["agreement"].min() >= 0.97


def test_the_public_recipes_give_their_known_results(online_retail):
    recipes = Path(__file__).resolve().parents[1] / "benchmarks" / "recipes.py"
    run = subprocess.run(
        [sys.executable, str(recipes), "--csv", str(online_retail / CSV)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("| reproduced |") == 3
