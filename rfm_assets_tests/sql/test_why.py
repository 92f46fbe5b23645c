"""Why a customer is in a segment: the numbers are the distances, and each "what if" holds when it is scored."""

from datetime import date
from math import log

import numpy as np
import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.segmentation.snapshots import store_reasons, store_snapshot
from rfm_assets_tests.rows import write_rows
from rfm_assets_tests.sql.snapshots import CENTROIDS

DAY, BEFORE, LATER = date(2011, 12, 1), date(2011, 11, 30), date(2011, 12, 2)
VERSION = date(2011, 11, 1)
SCALING = {"recency": (3.8, 1.3), "frequency": (1.3, 0.7), "monetary": (6.6, 1.2)}
TEN_YEARS = 3650  # days
UNSCALED = dict.fromkeys(SCALING, (0.0, 1.0))


class Model:
    """A version in the warehouse, and the same version by hand."""

    def __init__(self, warehouse, centroids, scaling):
        self.names = sorted(centroids)
        self.mean, self.scale = np.array(list(scaling.values())).T
        self.middles = np.array([centroids[name] for name in self.names], dtype=float)
        write_rows(warehouse, "model.versions", (VERSION, 3, 42, 100, 1.0, 0.5, "", True, ""))
        write_rows(warehouse, "model.scaling", *((VERSION, name, *values) for name, values in scaling.items()))
        write_rows(
            warehouse,
            "model.centroids",
            *((VERSION, number, name, 10, *centroids[name], 1, 1, 1) for number, name in enumerate(centroids)),
        )

    def distances(self, recency, frequency, monetary):
        logs = np.log1p([recency, frequency, max(monetary, 0)])
        return np.sqrt((((logs - self.mean) / self.scale - self.middles) ** 2).sum(axis=1))

    def segment(self, recency, frequency, monetary):
        return self.names[int(self.distances(recency, frequency, monetary).argmin())]


def score(warehouse, *customers, on=DAY):
    """Make the segments of customers, each a recency, frequency and monetary, and say why."""
    rows = ((on, f"c{i:03}", *numbers, 1, 0, on, 1, 1, 1, "111", "Lost") for i, numbers in enumerate(customers))
    write_rows(warehouse, "rfm.customers", *rows)
    for table in ("features.customers", "segments.customers"):
        store_snapshot(warehouse, table, on)
    return store_reasons(warehouse, [on])


def answers(warehouse, *columns):
    return warehouse.read(
        f"select {', '.join(columns)} from segments.customers inner join segments.reasons "
        "using (snapshot_on, customer_id) order by customer_id"
    ).rows()


@pytest.fixture(params=range(2, 11))
def model(warehouse, request):
    """Every number of clusters that a version can have, at places of no meaning."""
    middles = np.random.default_rng(request.param).normal(size=(request.param, 3))
    return Model(warehouse, {f"segment {i}": tuple(middle) for i, middle in enumerate(middles)}, SCALING)


@pytest.fixture
def customers():
    draws = np.random.default_rng(7)
    frequency = 1 + draws.geometric(0.3, 300)
    frequency[:60] = 1
    money = np.round(draws.lognormal(6.5, 1.3, 300), 2)
    money[::50] = -12.5
    return list(
        zip(draws.integers(0, 374, 300).tolist(), frequency.tolist(), money.tolist(), strict=True),
    )


def test_the_segment_and_the_second_are_the_two_nearest_centroids(warehouse, model, customers):
    score(warehouse, *customers)
    found = answers(warehouse, "segment", "second_segment", "distance", "margin")
    for numbers, (segment, second, distance, margin) in zip(customers, found, strict=True):
        distances = dict(zip(model.names, model.distances(*numbers), strict=True))
        assert [segment, second] == sorted(distances, key=distances.get)[:2]
        assert distance == pytest.approx(distances[segment], rel=1e-9)
        assert margin == pytest.approx(distances[second] - distances[segment], rel=1e-6, abs=1e-9)


def test_one_order_fewer_or_one_more_gives_the_segment_that_scoring_them_gives(warehouse, model, customers):
    score(warehouse, *customers)
    found = answers(warehouse, "fewer_orders_segment", "next_order_segment")
    for (recency, frequency, monetary), (fewer, more) in zip(customers, found, strict=True):
        usual = max(monetary, 0) / frequency
        single = frequency == 1
        assert fewer == (None if single else model.segment(recency, frequency - 1, max(monetary, 0) - usual))
        assert more == model.segment(0, frequency + 1, max(monetary, 0) + usual)


def test_the_days_of_silence_are_the_first_that_change_the_segment(warehouse, model, customers):
    score(warehouse, *customers)
    found = answers(warehouse, "segment", "silent_days", "silent_segment")
    assert {days is None for _, days, _ in found} == {True, False}  # or nothing was tried
    for (recency, frequency, monetary), (segment, days, silent_segment) in zip(customers, found, strict=True):
        last_unchanged = TEN_YEARS - 1 if days is None else days - 1
        for silent in {0, last_unchanged // 2, last_unchanged}:
            assert model.segment(recency + silent, frequency, monetary) == segment
        if days is None:
            assert silent_segment is None
        else:
            assert model.segment(recency + days, frequency, monetary) == silent_segment != segment


@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        (
            (20, 1, 10),
            "last bought 20 days ago, 1 order, 10.00: closest to Recent, then Gone; one more order today would not "
            "change it; 4 more days without an order would make it Gone",
        ),
        (
            (23, 1, 10),
            "last bought 23 days ago, 1 order, 10.00: closest to Recent, then Gone; one more order today would not "
            "change it; one more day without an order would make it Gone",
        ),
        (
            (1234, 1, 10),
            "last bought 1,234 days ago, 1 order, 10.00: closest to Gone, then Recent; one more order today would make "
            "it Recent; ten years without an order would not change it",
        ),
        (
            (100, 1, 10),
            "last bought 100 days ago, 1 order, 10.00: closest to Gone, then Recent; one more order today would make "
            "it Recent; ten years without an order would not change it",
        ),
        (
            (0, 60, 4_300.5),
            "last bought today, 60 orders, 4,300.50: closest to Big, then Recent; one fewer order would not change it; "
            "ten years without an order would not change it",
        ),
        (
            (1, 8, 320),
            "last bought yesterday, 8 orders, 320.00: closest to Recent, then Big; one more order today would make it "
            "Big; 23 more days without an order would make it Gone",
        ),
        (
            (1, 8, 360),
            "last bought yesterday, 8 orders, 360.00: closest to Big, then Recent; one fewer order would make it "
            "Recent; 25 more days without an order would make it Gone",
        ),
    ],
)
def test_the_sentence_says_the_numbers_the_segment_and_what_would_change_it(warehouse, numbers, why):
    Model(warehouse, {name: tuple(log(1 + value) for value in at) for name, at in CENTROIDS.items()}, UNSCALED)
    score(warehouse, numbers)
    assert answers(warehouse, "why") == [(why,)]


def test_of_two_centroids_equally_near_the_second_by_name_is_second(warehouse):
    Model(warehouse, {"C": (0, 0, 0), "B": (1, 1, 1), "A": (1, 1, 1)}, UNSCALED)
    score(warehouse, (2, 2, 2))
    assert answers(warehouse, "segment", "second_segment", "margin") == [("A", "B", 0.0)]
    Model(warehouse, {"C": (1, 1, 1), "B": (1, 1, 1), "A": (0, 0, 0)}, UNSCALED)
    score(warehouse, (2, 2, 2))
    assert answers(warehouse, "segment", "second_segment", "margin") == [("B", "C", 0.0)]


def test_reasons_are_kept_of_the_latest_snapshot_alone(warehouse):
    Model(warehouse, {name: tuple(log(1 + value) for value in at) for name, at in CENTROIDS.items()}, UNSCALED)
    assert score(warehouse, (20, 1, 10), (5, 1, 10)) == 2
    assert score(warehouse, (19, 1, 10), on=BEFORE) is None
    assert [on for (on,) in answers(warehouse, "snapshot_on")] == [DAY, DAY]
    assert score(warehouse, (21, 1, 10), on=LATER) == 1
    assert answers(warehouse, "snapshot_on", "silent_days") == [(LATER, 3)]


def test_what_is_published_says_why(warehouse):
    Model(warehouse, {name: tuple(log(1 + value) for value in at) for name, at in CENTROIDS.items()}, UNSCALED)
    score(warehouse, (20, 1, 10))
    published = warehouse.read(select("published.segments")).row(0, named=True)
    assert published["why"].startswith("last bought 20 days ago")
    assert (published["second_segment"], published["silent_days"], published["silent_segment"]) == ("Gone", 4, "Gone")
    assert set(published) >= set(TABLES["segments.reasons"].column_names)


def test_reasons_of_a_day_before_are_not_published_with_the_segments_of_the_latest(warehouse):
    Model(warehouse, {name: tuple(log(1 + value) for value in at) for name, at in CENTROIDS.items()}, UNSCALED)
    score(warehouse, (20, 1, 10))
    reasons = warehouse.read("select * from segments.reasons")
    score(warehouse, (21, 1, 10), on=LATER)
    warehouse.write(TABLES["segments.reasons"], reasons)
    published = warehouse.read(select("published.segments"))
    assert published.select("snapshot_on", "segment", "why").rows() == [(LATER, "Recent", None)]
