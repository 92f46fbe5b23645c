"""When a version is due: at the beginning of a period, and in a new shop as often as it has become twice as old."""

from datetime import date, timedelta

import pytest

from rfm_assets.segmentation.cadence import due_on


@pytest.mark.parametrize(
    ("opened", "snapshot_on", "due"),
    [
        ("2024-02-01", "2024-02-01", "2024-02-01"),  # there is no other day
        ("2024-02-01", "2024-02-02", "2024-02-02"),
        ("2024-02-01", "2024-02-08", "2024-02-05"),
        ("2024-02-01", "2024-02-09", "2024-02-09"),
        ("2024-02-01", "2024-02-29", "2024-02-17"),
        ("2024-02-01", "2024-03-01", "2024-03-01"),  # a month is behind it
        ("2024-02-01", "2024-03-04", "2024-03-01"),
        ("2024-02-02", "2024-03-04", "2024-03-01"),  # no whole month is, but the first of March is later than 16 days
        ("2024-02-02", "2024-03-05", "2024-03-05"),
        ("2024-02-28", "2024-03-01", "2024-03-01"),
        ("2024-02-28", "2024-03-31", "2024-03-31"),
        ("2024-02-28", "2024-04-01", "2024-04-01"),
        ("2024-02-28", "2024-04-30", "2024-04-01"),
        ("2023-01-01", "2024-02-29", "2024-02-01"),
        ("2024-03-01", "2024-02-29", "2024-02-01"),  # nobody has bought yet, and no version will be fitted
    ],
)
def test_a_new_shop_has_versions_between_those_of_the_months(opened, snapshot_on, due):
    days = [date.fromisoformat(day) for day in (snapshot_on, opened, due)]
    assert due_on(days[0], "monthly", days[1]) == days[2]


@pytest.mark.parametrize("cadence", ["weekly", "monthly", "quarterly"])
def test_a_new_shop_is_scored_by_what_is_at_least_half_as_old_as_it_is(cadence):
    opened = date(2024, 1, 10)
    dues = [due_on(opened + timedelta(days=age), cadence, opened) for age in range(1, 200)]
    assert dues == sorted(dues)
    assert all(2 * (due - opened).days >= age for age, due in enumerate(dues, start=1) if age < 90 and due > opened)


def test_a_model_of_each_day_is_of_that_day():
    assert due_on(date(2024, 2, 9), "daily", date(2024, 2, 1)) == date(2024, 2, 9)
