"""Rule cards: what a person can apply by hand, and how often it agrees with the model."""

import re
from datetime import date
from math import log

import numpy as np
import polars as pl
import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.segmentation.rule_cards import Rule, ensure_rule_card, rule_card
from rfm_assets.segmentation.snapshots import store_customers, store_snapshot
from rfm_assets_tests.rows import write_rows

VERSION, DAY = date(2011, 12, 1), date(2011, 12, 9)


def customers(*numbers):
    return pl.DataFrame(numbers, schema=["recency_days", "frequency", "monetary"], orient="row")


@pytest.fixture
def crowd():
    """Customers whose segment depends on all three numbers, in a way that no three questions can tell."""
    draws = np.random.default_rng(3)
    frame = customers(
        *zip(
            draws.integers(0, 374, 2000).tolist(),
            (1 + draws.geometric(0.3, 2000)).tolist(),
            np.round(draws.lognormal(6.5, 1.3, 2000), 2).tolist(),
            strict=True,
        )
    )
    value = np.log1p(frame["monetary"].to_numpy()) + np.log1p(frame["frequency"].to_numpy())
    value -= np.log1p(frame["recency_days"].to_numpy())
    return frame, [("low", "middle", "high")[int(v > 3) + int(v > 5)] for v in value]


def applied(rule, recency, frequency, monetary):
    """Apply a rule as a person reads it."""
    for part in rule.split(", "):
        numbers = [float(text.replace(",", "")) for text in re.findall(r"[\d,.]*\d", part)]
        if "ago" in part:
            value = recency
        elif "order" in part:
            value = frequency
        else:
            value = monetary
        if "at most" in part:
            low, high = float("-inf"), numbers[0]
        elif "or longer" in part or "or more" in part:
            low, high = numbers[0], float("inf")
        elif "above" in part:
            low, high = np.nextafter(numbers[0], np.inf), numbers[1] if "up to" in part else float("inf")
        elif "up to" in part:
            low, high = float("-inf"), numbers[0]
        else:
            low, high = numbers[0], numbers[-1]
        if not low <= value <= high:
            return False
    return True


def test_a_split_that_one_question_tells_is_told_in_words_and_without_error():
    card = rule_card(customers((3, 5, 100.0), (9, 5, 100.0), (30, 5, 100.0), (99, 5, 100.0)), list("RRGG"), seed=1)
    assert card.rows() == [
        (1, "last bought 20 days ago or longer", "G", 2, 1.0, 1.0),
        (2, "last bought at most 19 days ago", "R", 2, 1.0, 1.0),
    ]


def test_orders_are_whole_and_money_is_in_hundredths():
    numbers = [(5, orders, money) for orders in (1, 2, 3, 4) for money in (10.0, 99.996, 100.5, 2000.0)]
    segments = ["A" if money < 100 else "B" if orders < 3 else "C" for _, orders, money in numbers]
    card = rule_card(customers(*numbers), segments, seed=1)
    assert dict(card.select("rule", "segment").rows()) == {
        "money up to 100.25": "A",
        "at most 2 orders, money above 100.25": "B",
        "3 orders or more, money above 100.25": "C",
    }


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule(up_to={"recency_days": 1, "frequency": 1}), "last bought at most 1 day ago, at most 1 order"),
        (Rule(above={"recency_days": 0, "frequency": 0}), "last bought 1 day ago or longer, 1 order or more"),
        (Rule(above={"frequency": -1}, up_to={"frequency": 1}), "0 to 1 orders"),
        (Rule(above={"frequency": 20}, up_to={"frequency": 21}), "21 orders"),
    ],
)
def test_one_day_and_one_order_are_told_as_one(rule, words):
    assert str(rule) == words


def test_each_customer_falls_under_one_rule_and_the_counts_are_those_of_the_words(crowd):
    frame, segments = crowd
    card = rule_card(frame, segments, seed=1)
    assert 2 <= len(card) <= 8
    falls = [[applied(rule, *numbers) for rule in card["rule"]] for numbers in frame.rows()]
    assert {sum(row) for row in falls} == {1}
    assert card["customers"].to_list() == np.sum(falls, axis=0).tolist()


def test_fidelity_is_the_share_whom_the_card_puts_where_the_model_does(crowd):
    frame, segments = crowd
    card = rule_card(frame, segments, seed=1)
    told = [
        next(row["segment"] for row in card.iter_rows(named=True) if applied(row["rule"], *numbers))
        for numbers in frame.rows()
    ]
    agree = [mine == theirs for mine, theirs in zip(told, segments, strict=True)]
    assert set(card["fidelity"]) == {sum(agree) / len(agree)}
    assert 0.7 < card["fidelity"][0] < 1
    assert (card["customers"] * card["rule_fidelity"]).sum() == pytest.approx(sum(agree))


def test_the_same_customers_give_the_same_card(crowd):
    assert rule_card(*crowd, seed=1).equals(rule_card(*crowd, seed=1))


def test_a_rule_that_rounding_leaves_without_customers_is_not_on_the_card():
    frame = customers(*[(5, 1, 1.001)] * 2, *[(5, 1, 1.002)] * 3)
    card = rule_card(frame, ["A", "A", "B", "B", "B"], 42)
    columns = ("rule_no", "rule", "segment", "customers", "rule_fidelity", "fidelity")
    assert card.select(columns).rows() == [(1, "money above 1.00", "B", 5, 0.6, 0.6)]


def test_where_all_are_in_one_segment_the_card_says_so():
    card = rule_card(customers((1, 1, 1.0), (2, 2, 2.0)), ["A", "A"], seed=1)
    assert card.rows() == [(1, "every customer", "A", 2, 1.0, 1.0)]


@pytest.fixture
def scored(warehouse):
    """A snapshot scored by a version of an earlier day: R is who bought up to 24 days before."""
    warehouse.store(TABLES["rfm.grid"], select("rfm.grid"))
    write_version(warehouse, ("R", log(6)), ("G", log(101)))
    bought = {f"c{days}": days for days in (1, 2, 10, 20, 40, 100, 200)}
    placed = {name: date.fromordinal(VERSION.toordinal() - days) for name, days in bought.items()}
    orders = ((f"i{name}", name, on, "sale", 10, 1, 1, on, 0) for name, on in placed.items())
    write_rows(warehouse, "clean.orders", *orders)
    score(warehouse)
    return warehouse


def write_version(warehouse, *centroids):
    write_rows(warehouse, "model.versions", (VERSION, 2, 42, 100, 1.0, 0.5, "", True, ""))
    features = ("recency", "frequency", "monetary")
    write_rows(warehouse, "model.scaling", *((VERSION, feature, 0.0, 1.0) for feature in features))
    rows = ((VERSION, i, name, 10, z, log(2), log(11), 1, 1, 10) for i, (name, z) in enumerate(centroids))
    write_rows(warehouse, "model.centroids", *rows)


def score(warehouse):
    store_customers(warehouse, DAY, "net")
    for table in ("features.customers", "segments.customers"):
        store_snapshot(warehouse, table, DAY)


def card_of(warehouse):
    return warehouse.read(
        "select model_version, rule, segment, customers from model.rule_cards order by rule_no"
    ).rows()


def test_the_card_is_that_of_the_version_on_the_customers_of_its_own_day(scored):
    assert ensure_rule_card(scored, DAY, "net", seed=1) == VERSION
    assert card_of(scored) == [
        (VERSION, "last bought at most 30 days ago", "R", 4),
        (VERSION, "last bought 31 days ago or longer", "G", 3),
    ]


def test_a_version_gets_its_card_once(scored):
    ensure_rule_card(scored, DAY, "net", seed=1)
    assert ensure_rule_card(scored, DAY, "net", seed=1) is None


def test_a_version_fitted_anew_under_its_own_day_gets_a_new_card(scored):
    ensure_rule_card(scored, DAY, "net", seed=1)
    write_version(scored, ("G", log(6)), ("R", log(101)))
    score(scored)
    assert ensure_rule_card(scored, DAY, "net", seed=1) == VERSION
    assert [row[2] for row in card_of(scored)] == ["G", "R"]


def test_a_day_without_segments_has_no_card(warehouse):
    assert ensure_rule_card(warehouse, DAY, "net", seed=1) is None


def test_of_many_customers_every_nth_is_asked(scored, monkeypatch):
    monkeypatch.setattr("rfm_assets.segmentation.rule_cards.CUSTOMERS", 3)
    ensure_rule_card(scored, DAY, "net", seed=1)
    assert sum(row[3] for row in card_of(scored)) == 2  # of seven, every third
