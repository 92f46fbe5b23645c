"""A shop's orders, made without chance: customers of several kinds who buy at their own pace."""

from datetime import date, timedelta
from decimal import Decimal

from rfm_assets.engines.base import Engine
from rfm_assets_tests.rows import write_rows

# Days between orders, money of an order, days before the end on which the last was placed.
# In no 60 days of the last 150 do all of them buy.
KINDS = ((9, 220, 0), (31, 60, 70), (47, 25, 40), (190, 90, 5))
DAYS = 300


def write_orders(engine: Engine, *, customers: int, last_on: date, extra: tuple = ()) -> None:
    """Write `clean.orders` of so many customers over the 300 days up to a day, with some more orders."""
    write_rows(engine, "clean.orders", *orders(customers, last_on), *extra)


def orders(customers: int, last_on: date) -> list[tuple]:
    """Return the orders, in the order of the contract's columns."""
    found = []
    for number in range(customers):
        pace, money, silence = KINDS[number % len(KINDS)]
        pace, money, silence = pace + number % 7, money + number % 13, silence + number % 17
        first = DAYS - number % 60
        for place, before in enumerate(range(silence, first + 1, pace)):
            amount = Decimal(money + place % 5)
            day = last_on - timedelta(days=before)
            found.append((f"{number}-{place}", f"c{number:04}", day, "sale", amount, 1, 1, day, 0))
    return found
