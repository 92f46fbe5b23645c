"""What charts and cards write: amounts in one way on axes and legends, and the names of those who came and went."""

import re
from types import SimpleNamespace

import polars as pl
import pytest
from annotated_types import Le

from rfm_assets.contracts.model import FEATURES
from rfm_assets.publishing.report import charts
from rfm_assets.publishing.report.cards import _directions
from rfm_assets.publishing.report.model_pictures import _tenths, model_pictures
from rfm_assets.publishing.report.scales import PATTERNS
from rfm_assets.settings import Settings
from rfm_assets_tests.publishing.report.shops import BEFORE, Shop


def test_a_legend_writes_amounts_as_an_axis_does():
    rows = [{"weekday": "Mon", "hour": 9, "sales": 5e11, "label": "500,000,000,000"}]
    weekdays = charts.heatmap(
        rows, ("hour", [9], "hour"), ("weekday", ["Mon"], None), value="sales", title="JPY", labels=False
    )
    bars = charts.bars([{"name": "Japan", "sales": 5e11, "label": "500B"}], "sales", "JPY", "~s", {"Japan": "#000000"})
    legend, axis = ({part["labelExpr"] for part in parts(spec) if "labelExpr" in part} for spec in (weekdays, bars))
    assert legend == axis
    assert "'G', 'B'" in str(axis)


def parts(spec):
    """Give every object within a specification."""
    if isinstance(spec, dict):
        yield spec
    for part in spec.values() if isinstance(spec, dict) else spec if isinstance(spec, list) else ():
        yield from parts(part)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({}, "nobody"),
        ({"D": 1, "A": 4, "B": 3, "C": 2}, "A (4), B (3), C (2) and D (1)"),
        ({"E": 1, "D": 1, "A": 4, "B": 3, "C": 2}, "A (4), B (3), C (2) and others (2)"),
    ],
)
def test_others_are_at_least_two_segments(numbers, words):
    assert _directions(SimpleNamespace(previous_on=BEFORE), numbers) == words


def test_each_of_the_most_clusters_has_dashes_of_its_own():
    [limit] = [each.le for each in Settings.model_fields["max_clusters"].metadata if isinstance(each, Le)]
    assert len({tuple(pattern) for pattern in PATTERNS}) == len(PATTERNS) == limit


def test_money_has_its_currency_and_small_amounts_their_cents(told):
    cells = re.compile(r'weekdays-table-c\d+" class="[^"]*">([^<]*)')
    with told(Shop(customers=60, lines=200)) as shop:
        assert '"title":"revenue, GBP"' in shop.html
        assert '"title":"revenue"' not in shop.html
        assert "Sales, GBP, from" in shop.html
        shop.connection.execute("update clean.transactions set amount = if(amount < 0, -0.25, 0.25)")
        shop.write()
        amounts = {text for text in cells.findall(shop.html) if float(text)}
        assert amounts
        assert all(float(text) % 0.25 == 0 and text[-3] == "." for text in amounts)


def test_a_bin_says_which_numbers_are_in_it_and_the_outermost_that_all_beyond_are():
    ends = [(1.0, 2.5, 90), (2.5, 4.0, 7), (4.0, 5.5, 3)]
    rows = [
        {"feature": feature, "stage": stage, "at_least": low, "below": high, "customers": customers}
        for feature in FEATURES
        for stage in ("before", "after")
        for low, high, customers in (ends if feature != "monetary" else ends[:1])
    ]
    picture, _ = model_pictures(
        SimpleNamespace(
            frames={"distributions": pl.DataFrame(rows), "candidates": pl.DataFrame()},
            currency="GBP",
            rows={"version": {}},
        )
    )
    labels = [[row["label"] for row in chart.spec["datasets"]["rows"]] for chart in picture.charts]
    assert labels[1] == ["below 2.5", "2.5 to below 4", "4 or more"]
    assert labels[2] == ["all alike"]
    assert [_tenths(number) for number in (-0.04, -0.06, 1234.5)] == ["0.0", "-0.1", "1,234.5"]
    assert "the fullest bin, below 2.5, holds 90%" in picture.charts[1].alternative
