"""A shop's first days: all are recent when it opens, and a version as of that day could not tell who stays away."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.segmentation.fitting import ensure_version
from rfm_assets_tests.rows import write_rows

OPENING = date(2011, 11, 1)
LATER = OPENING.replace(day=20)


@pytest.fixture
def settings(settings):
    # Its customers are of no kinds: clusters of them need not be stable, nor agree.
    chosen = {"min_customers": 20, "clusters": 3, "min_stability": 0.0, "min_agreement": 0.0}
    return settings.model_copy(update=chosen)


@pytest.fixture
def shop(warehouse):
    """A shop that sells from its first day on: to sixty customers on that day, to six new ones on each day after it."""
    warehouse.store(TABLES["rfm.grid"], select("rfm.grid"))
    days = [0] * 60 + [day for day in range(1, 50) for _ in range(6)]
    orders = []
    for number, day in enumerate(days):
        for again in range(1 + number % 3):
            on = OPENING + timedelta(days=day + 9 * again)
            money = Decimal(10 + 7 * (number % 11))
            orders.append((f"{number}-{again}", f"c{number}", on, "sale", money, 1, 1, on, 0))
    write_rows(warehouse, "clean.orders", *orders)
    return warehouse


def recencies(shop, version):
    """Return the recency in days of the centroids of a version."""
    select_them = "select recency_days from model.centroids where model_version = $version order by all"
    return shop.read(select_them, version=version)["recency_days"].to_list()


def test_the_version_of_the_opening_day_is_followed_while_the_shop_grows_up(shop, settings):
    assert ensure_version(shop, OPENING, settings) == OPENING
    assert recencies(shop, OPENING) == pytest.approx([0, 0, 0])
    assert ensure_version(shop, LATER, settings) == LATER.replace(day=17), "sixteen days after it opened"
    recent, *_, past = recencies(shop, LATER.replace(day=17))
    assert past > recent + 3
    assert ensure_version(shop, LATER, settings) is None, "a day run again fits nothing"
    assert ensure_version(shop, LATER.replace(day=30), settings) is None


def test_days_of_the_first_month_have_the_same_versions_in_whatever_order_they_are_run(shop, settings):
    days = [OPENING + timedelta(days=age) for age in (5, 20, 9, 2, 12)]
    fitted = [ensure_version(shop, day, settings) for day in days]
    assert [day.day for day in filter(None, fitted)] == [5, 17, 9, 3]
    assert fitted[-1] is None
    assert shop.row(select("model.in_force"), snapshot_on=days[-1])["model_version"] == OPENING.replace(day=9)


def test_with_a_month_behind_it_a_shop_has_versions_of_months(shop, settings):
    assert ensure_version(shop, date(2011, 12, 19), settings) == date(2011, 12, 1)
    assert ensure_version(shop, date(2011, 12, 31), settings) is None
