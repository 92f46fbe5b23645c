"""Gates: what a version must show before it scores, and that the promoted one goes on when it does not."""

import re
from datetime import date

import numpy as np
import polars as pl
import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.segmentation.candidates import Candidate, Choice
from rfm_assets.segmentation.fitting import ensure_version, promoted_before
from rfm_assets.segmentation.gates import Promoted, agreement, judge
from rfm_assets.segmentation.population import of_customers
from rfm_assets.segmentation.rules import rules_of
from rfm_assets.segmentation.scaling import Scaling
from rfm_assets.segmentation.scoring import FrozenModel
from rfm_assets.segmentation.version import ModelError, fit_version
from rfm_assets_tests.rows import write_rows
from rfm_assets_tests.segmentation.populations import DAY, customers, rules

BEFORE = date(2011, 11, 1)
IDENTITY = Scaling(np.zeros(3), np.ones(3))


def choice(admissible: bool = True, inertia: float = 100.0) -> Choice:
    chosen = Candidate(3, inertia, 0.3, 1.0, 0.1, 0.9, np.zeros((3, 3)), np.arange(3), 50.0, is_elbow=False)
    return Choice(chosen, admissible, "K = 3 is what it is")


def promoted(tables) -> Promoted:
    """Return the version of these tables as one promoted before."""
    return Promoted(BEFORE, tables["model.versions"]["settings"].item(), FrozenModel.of(tables))


def test_a_version_that_passes_is_promoted():
    verdict = judge(choice(), is_first=False, best_inertia=99.5, agreed=0.98, min_agreement=0.97, before=BEFORE)
    assert verdict.promoted
    assert verdict.reason == (
        "K = 3 is what it is; 98.0% of the customers keep the segment that version 2011-11-01 gives them; promoted"
    )


@pytest.mark.parametrize("limit", [0.0, 0.97, 1.0])
def test_the_least_agreement_itself_passes(limit):
    assert judge(choice(), is_first=False, best_inertia=100, agreed=limit, min_agreement=limit, before=BEFORE).promoted


@pytest.mark.parametrize(
    ("judged", "named", "why"),
    [
        (choice(admissible=False), {}, "K = 3 is what it is; not promoted"),
        (choice(inertia=101.1), {}, "inertia 101.1 is 1.1% above the 100.0 of the best of many starts"),
        (choice(inertia=101.001), {}, "is 1.1% above the 100.0 of the best of many starts, more than 1%"),
        (choice(), {"agreed": 0.9699}, "only 96.9% of the customers keep the segment"),
        (choice(), {"agreed": 0.96}, "only 96.0% of the customers keep the segment that version 2011-11-01 gives"),
    ],
)
def test_a_version_that_fails_a_gate_is_not_promoted_and_says_why(judged, named, why):
    facts = {"best_inertia": 100.0, "min_agreement": 0.97, "before": BEFORE} | named
    verdict = judge(judged, is_first=False, **facts)
    assert not verdict.promoted
    assert why in verdict.reason
    assert verdict.reason.endswith("not promoted: the version before goes on")


def test_the_first_version_is_promoted_all_the_same_and_says_so():
    verdict = judge(choice(admissible=False), is_first=True, best_inertia=100.0)
    assert verdict.promoted
    assert verdict.reason.endswith("promoted all the same, for there is no earlier version")


def test_customers_who_have_drifted_from_the_version_before_may_be_renamed():
    verdict = judge(
        choice(), is_first=False, best_inertia=100, agreed=0.5, min_agreement=0.97, before=BEFORE,
        before_has_drifted=True,
    )  # fmt: skip
    assert verdict.promoted
    assert "50.0% of the customers keep" in verdict.reason
    assert "they have drifted from it" in verdict.reason


def test_agreement_is_the_share_of_customers_with_a_segment_of_the_same_name():
    population = of_customers(
        pl.DataFrame({"recency_days": [0, 0, 0, 10], "frequency": [1, 1, 1, 1], "monetary": [0.0, 0.0, 0.0, 0.0]})
    )
    places = np.array([[0.0, 0, 0], [3.0, 0, 0]])
    first = FrozenModel(IDENTITY, places, np.array(["New", "Lost"]))
    assert agreement(population, first, FrozenModel(IDENTITY, places[::-1], np.array(["Lost", "New"]))) == 1.0
    assert agreement(population, first, FrozenModel(IDENTITY, places, np.array(["New", "At Risk"]))) == 0.75


def test_a_refit_on_like_customers_keeps_the_names_and_is_promoted():
    before = promoted(fit_version(customers(seed=1), BEFORE, rules()))
    version = fit_version(customers(seed=2), DAY, rules(), before=before)["model.versions"]
    assert version["agreement"].item() > 0.99
    assert version["promoted"].item()


def test_a_refit_that_renames_customers_is_stored_and_not_promoted():
    fitted = fit_version(customers(seed=1), BEFORE, rules())
    centroids = fitted["model.centroids"]
    segments = centroids["segment"].to_list()
    renamed = centroids.with_columns(segment=pl.Series(segments[1:] + segments[:1]))
    before = promoted({**fitted, "model.centroids": renamed})
    version = fit_version(customers(seed=2), DAY, rules(), before=before)["model.versions"]
    assert version["agreement"].item() == 0
    assert not version["promoted"].item()


def test_segments_of_another_kind_are_not_asked_to_agree():
    before = promoted(fit_version(customers(), BEFORE, rules(numbers=(2,))))
    version = fit_version(customers(), DAY, rules(numbers=(3,)), before=before)["model.versions"]
    assert version["agreement"].item() is None
    assert version["promoted"].item()


def test_a_stricter_limit_alone_does_not_make_another_kind():
    before = promoted(fit_version(customers(), BEFORE, rules()))
    version = fit_version(customers(), DAY, rules(min_agreement=0.99), before=before)
    assert version["model.versions"]["agreement"].item() == 1.0


@pytest.fixture
def shop(warehouse):
    """A warehouse of customers who ordered before 2011-11-01, and nobody since."""
    warehouse.store(TABLES["rfm.grid"], select("rfm.grid"))
    frame = customers(each=60)
    orders = [
        (f"{number}-{order}", f"c{number}", ago(recency), "sale", money, 1, 1, ago(recency), 0)
        for number, (recency, frequency, money) in enumerate(frame.rows())
        for order in range(frequency)
    ]
    write_rows(warehouse, "clean.orders", *orders)
    return warehouse


def ago(days: int) -> date:
    return date.fromordinal(BEFORE.toordinal() - days)


def versions(warehouse) -> list[tuple]:
    return warehouse.read("select model_version, promoted from model.versions order by model_version").rows()


def test_the_promoted_version_goes_on_scoring_when_a_later_one_fails(shop, settings):
    assert ensure_version(shop, BEFORE, settings) == BEFORE
    # On like customers: a version a day later, and a gate that cannot be passed.
    strict = settings.model_copy(update={"min_stability": 1.0, "model_cadence": "daily", "clusters": 8})
    later = BEFORE.replace(day=2)
    assert ensure_version(shop, later, strict) == later
    assert versions(shop) == [(BEFORE, True), (later, False)]
    in_force = shop.read(select("model.in_force"), snapshot_on=later)["model_version"].item()
    assert in_force == BEFORE
    wrong = shop.read(select("checks.versions_not_promoted"), last_snapshot=later.isoformat())
    assert wrong["model_version"].to_list() == [later]
    assert "not promoted: the version before goes on" in wrong["reason"].item()


def test_a_first_version_that_missed_its_gates_scores_and_the_check_warns(shop, settings):
    strict = settings.model_copy(update={"min_stability": 1.0, "clusters": 8})
    assert ensure_version(shop, BEFORE, strict) == BEFORE
    assert versions(shop) == [(BEFORE, True)]
    (warned,) = shop.read(select("checks.versions_not_promoted"), last_snapshot=BEFORE.isoformat()).rows()
    assert warned[0] == BEFORE
    assert "promoted all the same, for there is no earlier version" in warned[1]
    assert ensure_version(shop, BEFORE, settings) == BEFORE
    assert shop.read(select("checks.versions_not_promoted"), last_snapshot=BEFORE.isoformat()).is_empty()


def test_what_fails_under_changed_settings_takes_the_place_of_nothing_that_scores(shop, settings):
    ensure_version(shop, BEFORE.replace(month=10), settings)
    ensure_version(shop, BEFORE, settings)
    assert versions(shop)[-1] == (BEFORE, True)
    strict = settings.model_copy(update={"min_stability": 1.0, "clusters": 8})
    later = BEFORE.replace(day=9)
    assert ensure_version(shop, later, strict) == later
    assert versions(shop)[-2:] == [(BEFORE, True), (later, False)]
    assert ensure_version(shop, later, strict) is None
    assert ensure_version(shop, BEFORE, strict) is None  # on its own day nothing is written over it either
    assert versions(shop)[-2:] == [(BEFORE, True), (later, False)]


def test_what_fails_under_changed_settings_does_not_take_the_place_of_the_only_version(shop, settings):
    ensure_version(shop, BEFORE, settings)
    before = shop.read("select * from model.versions")
    strict = settings.model_copy(update={"min_stability": 1.0, "clusters": 8})
    told = []
    assert ensure_version(shop, BEFORE, strict, told.append) is None
    (said,) = told
    assert said.startswith(f"the model of {BEFORE} stays as it was fitted, for with the settings as they are now it ")
    assert re.search(r"would miss its gates: K = 8, .* stability at least 1\.00 \([^;]*$", said), said
    later = BEFORE.replace(day=9)
    assert ensure_version(shop, later, strict, told.append) == later
    assert told == [said], "the table tells of it"
    assert versions(shop) == [(BEFORE, True), (later, False)]
    assert shop.read("select * from model.versions where promoted").equals(before)


def test_a_version_that_failed_keeps_none_of_other_settings_from_the_first_day_of_the_period(shop, settings):
    ensure_version(shop, BEFORE, settings)
    strict = settings.model_copy(update={"min_stability": 1.0, "clusters": 8})
    failed = BEFORE.replace(day=9)
    assert ensure_version(shop, failed, strict) == failed
    plain = settings.model_copy(update={"min_stability": 0.0, "clusters": 4})
    assert ensure_version(shop, BEFORE.replace(day=20), plain) == BEFORE
    assert versions(shop) == [(BEFORE, True), (failed, False)]


def test_behind_a_version_of_other_settings_the_snapshots_own_day_is_fitted_or_it_would_go_on(shop, settings):
    plain = settings.model_copy(update={"min_stability": 0.0})
    trial = plain.model_copy(update={"clusters": 5, "model_cadence": "daily"})
    days = [BEFORE.replace(day=day) for day in (9, 20)]
    assert [ensure_version(shop, day, chosen) for day, chosen in zip(days, (trial, plain), strict=True)] == days
    assert shop.row(select("model.in_force"), snapshot_on=days[-1]) == {"model_version": days[-1]}


def test_settings_that_are_changed_back_count_again(shop, settings):
    plain = settings.model_copy(update={"min_stability": 0.0})
    trial = plain.model_copy(update={"clusters": 5})
    days = [BEFORE.replace(day=day) for day in (9, 10, 11, 12)]
    first = date(2011, 11, 2)
    one, *others = shop.read("select * from clean.orders").rows()
    orders = [(*order[:2], first, *order[3:]) for order in others]
    write_rows(shop, "clean.orders", (*one[:2], date(2011, 1, 1), *one[3:]), *orders)
    runs = zip(days, (plain, trial, plain, plain), strict=True)
    assert [ensure_version(shop, day, chosen) for day, chosen in runs] == [*days[:3], None]
    in_force = shop.read("select k, settings from model.versions order by model_version desc limit 1")
    assert in_force["settings"].item() == rules_of(plain).fingerprint


def test_a_first_day_of_customers_who_are_all_alike_does_not_block_its_period(shop, settings):
    alike = [(f"x{number}", f"x{number}", BEFORE, "sale", "9.99", 1, 1, BEFORE, 0) for number in range(60)]
    later = [(*row[:2], BEFORE.replace(day=5), *row[3:]) for row in shop.read("select * from clean.orders").rows()]
    write_rows(shop, "clean.orders", *alike, *later)
    assert ensure_version(shop, BEFORE.replace(day=9), settings) == BEFORE.replace(day=9)
    with pytest.raises(ModelError, match="different values"):
        ensure_version(shop, BEFORE, settings)


def test_a_day_run_again_fits_nothing(shop, settings):
    assert ensure_version(shop, BEFORE.replace(day=9), settings) == BEFORE
    assert ensure_version(shop, BEFORE.replace(day=9), settings) is None
    assert ensure_version(shop, BEFORE.replace(day=20), settings) is None


def test_the_version_before_is_the_newest_that_was_promoted_before_the_day(warehouse):
    days = {date(2011, 9, 1): True, date(2011, 10, 1): True, date(2011, 11, 1): False, DAY: True}
    rows = ((on, 3, 42, 100, 1.0, 0.5, f"{on}", promoted, "") for on, promoted in days.items())
    write_rows(warehouse, "model.versions", *rows)
    found = warehouse.read(select("model.promoted_before"), model_version=DAY)
    assert found.rows() == [(date(2011, 10, 1), "2011-10-01")]


def test_the_version_before_is_read_as_it_scores(shop, settings):
    ensure_version(shop, BEFORE, settings)
    before = promoted_before(shop, DAY)
    assert before.model_version == BEFORE
    assert before.settings == rules_of(settings).fingerprint
    # A centroid is the nearest to itself.
    model = before.model
    logs = model.scaling.mean + model.centroids * model.scaling.scale
    names = shop.read("select segment from model.centroids order by segment")["segment"].to_list()
    assert model.score(logs).tolist() == names
    assert promoted_before(shop, BEFORE) is None
