"""The rule that chooses a number of clusters, on candidates made by hand."""

from dataclasses import fields

import pytest

from rfm_assets.segmentation.candidates import Candidate, choose


def candidate(k, silhouette, stability=0.9, smallest_share=0.1):
    """A candidate whose other measures play no part."""
    played = {"k": k, "silhouette": silhouette, "stability": stability, "smallest_share": smallest_share}
    return Candidate(**({field.name: 0.0 for field in fields(Candidate)} | played))


def chosen(*candidates, min_share=0.05, min_stability=0.8):
    return choose(candidates, min_share, min_stability)


def test_the_best_silhouette_wins():
    choice = chosen(candidate(3, 0.30), candidate(4, 0.35), candidate(5, 0.32))
    assert (choice.candidate.k, choice.admissible) == (4, True)


@pytest.mark.parametrize("order", [(3, 5), (5, 3)])
def test_of_equals_the_fewer_clusters_win_whatever_the_order(order):
    assert chosen(*(candidate(k, 0.3) for k in order)).candidate.k == 3


def test_an_unstable_candidate_does_not_win_by_its_silhouette():
    assert chosen(candidate(3, 0.9, stability=0.79), candidate(4, 0.2)).candidate.k == 4


def test_a_candidate_with_a_tiny_cluster_does_not_win_by_its_silhouette():
    assert chosen(candidate(3, 0.9, smallest_share=0.049), candidate(4, 0.2)).candidate.k == 4


def test_the_limits_themselves_are_admissible():
    choice = chosen(candidate(3, 0.3, stability=0.8, smallest_share=0.05))
    assert choice.admissible


def test_without_an_admissible_candidate_the_choice_says_so_and_names_the_limits():
    choice = chosen(
        candidate(3, 0.9, stability=0.5), candidate(4, 0.1, stability=0.7), candidate(5, 0.5, stability=0.6)
    )
    assert not choice.admissible
    assert "K = 3, 4, 5" in choice.reason
    assert "0.80" in choice.reason


def test_the_reason_names_the_number_chosen_and_those_that_it_was_chosen_from():
    reason = chosen(candidate(3, 0.30), candidate(4, 0.35), candidate(5, 0.9, stability=0.1)).reason
    assert reason.startswith("K = 4 ")
    assert "3, 4" in reason
    assert "3, 4, 5" in reason


def test_a_single_candidate_is_a_choice():
    assert chosen(candidate(7, -0.2)).candidate.k == 7


@pytest.mark.parametrize(("stability", "told"), [(0.68, "0.68"), (0.7954, "0.79"), (0.57, "0.57")])
def test_a_single_candidate_that_misses_the_limits_is_told_as_the_only_one_and_never_as_reaching_them(stability, told):
    choice = chosen(candidate(8, 0.3, stability=stability))
    assert not choice.admissible
    assert choice.reason == (
        "K = 8, the only one tried, misses smallest share at least 5.0% and stability at least 0.80 "
        f"(stability {told}, smallest share 10.0%)"
    )


@pytest.mark.parametrize("order", [(3, 5), (5, 3)])
def test_of_those_that_all_miss_the_limits_and_are_as_stable_the_fewer_clusters_are_taken(order):
    choice = chosen(*(candidate(k, 0.3, stability=0.5) for k in order))
    assert (choice.candidate.k, choice.admissible) == (3, False)
