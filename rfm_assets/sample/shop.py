"""What the sample shop is: its buyers' life cycles, its catalogue, its countries and its calendar."""

import math
from datetime import date, timedelta
from statistics import NormalDist
from typing import NamedTuple

FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2025, 1, 31)
FIRST_CUSTOMER_ID = 20_001  # above every id of Online Retail, whose last one is 18287
CUSTOMERS, GUESTS = 1_500, 600  # at scale 1

LIST_PRICE, GUEST_PRICE, WHOLESALE_PRICE = TIERS = range(3)


class LifeCycle(NamedTuple):
    """How one kind of buyer comes, buys and goes.

    Times are fractions of the period, counted in business done; a time of joining below zero is before it,
    and who leaves before joining leaves at once.
    """

    name: str
    share: int  # per mille of the customers
    joins: tuple[float, float]
    leaves: tuple[float, float]
    orders: tuple[int, float, int]  # at least, spread of the power law above it, at most
    basket: float  # median lines in an order
    bulk: int = 1  # multiplies quantities
    tier: int = LIST_PRICE
    partly_returned: float = 0.08  # of the orders
    wholly_returned: float = 0.004
    is_sale_in_file: bool = True


LIFE_CYCLES = (
    LifeCycle("champion", 60, (-0.2, 0.1), (0.98, 1.0), (14, 8, 120), 4.8),
    LifeCycle("regular", 160, (-0.3, 0.4), (0.93, 1.0), (5, 3, 60), 4.0),
    LifeCycle("occasional", 200, (-0.3, 0.6), (0.5, 1.0), (2, 0.7, 8), 4.0),
    LifeCycle("once", 270, (0.0, 0.78), (0.0, 0.0), (1, 0, 1), 3.6),
    LifeCycle("lapsed", 150, (-0.2, 0.1), (0.25, 0.5), (4, 2.5, 40), 4.8),
    LifeCycle("newcomer", 130, (0.8, 0.95), (1.0, 1.0), (1, 0.6, 5), 4.0),
    LifeCycle("wholesaler", 14, (-0.2, 0.1), (0.95, 1.0), (15, 15, 150), 10.0, bulk=4, tier=WHOLESALE_PRICE),
    LifeCycle("returned all", 11, (0.1, 0.8), (0.0, 0.0), (1, 0, 1), 3.0, wholly_returned=1.0),
    # Their sales lie before the file's first day: the file has only what they sent back.
    LifeCycle("only returned", 5, (0.0, 0.1), (0.0, 0.0), (1, 0, 1), 3.0, wholly_returned=1.0, is_sale_in_file=False),
)
GUEST = LifeCycle("guest", 0, (0.0, 1.0), (1.0, 1.0), (1, 0, 1), 13.5, 1, GUEST_PRICE, 0.0, 0.0)

COUNTRIES = {
    "United Kingdom": 905, "Germany": 20, "France": 18, "EIRE": 14, "Spain": 9, "Netherlands": 8, "Belgium": 7,
    "Switzerland": 6, "Portugal": 5, "Australia": 4, "Norway": 2, "Channel Islands": 1, "Unspecified": 1,
}  # fmt: skip

QUANTITIES = (1, 1, 1, 1, 2, 2, 3, 4, 6, 6, 8, 10, 12, 12, 12, 24)

COLOURS = ["RED", "BLUE", "PINK", "GREEN", "IVORY", "BLACK", "WHITE", "SILVER", "VINTAGE", "ANTIQUE"]
THEMES = ["RETROSPOT", "HEART", "STAR", "PAISLEY", "GINGHAM", "DOLLY", "WOODLAND", "REGENCY"]
THINGS = (
    "T-LIGHT HOLDER", "LUNCH BAG", "CAKE TIN", "MUG", "BUNTING", "HOT WATER BOTTLE", "DOORMAT", "TEA TOWEL",
    "PARTY CANDLES", "WALL CLOCK", "PICTURE FRAME", "GIFT WRAP", "JEWELLERY BOX",
)  # fmt: skip
PRODUCTS = 613  # a prime, so that the strides below visit every product once


class Item(NamedTuple):
    """What a line can sell: the code, the text and the price of each tier as the file writes them."""

    code: str
    description: str
    prices: tuple[str, str, str]


# After the products. The first is added to orders abroad, the others now and then; the last three have uses of their
# own: a discount is a return without a sale, and an adjustment adds or takes away a debt.
SERVICES = tuple(
    Item(code, description, (price,) * 3)
    for code, description, price in (
        ("POST", "POSTAGE", "18.00"),
        ("M", "Manual", "12.75"),
        ("DOT", "DOTCOM POSTAGE", "94.50"),
        ("BANK CHARGES", "Bank Charges", "15.00"),
        ("C2", "CARRIAGE", "50.00"),
        ("D", "Discount", "27.50"),
        ("B", "Adjust bad debt", "11062.06"),
        ("B", "Adjust bad debt", "-11062.06"),
    )
)
POSTAGE, DISCOUNT, DEBT = PRODUCTS, PRODUCTS + 5, PRODUCTS + 6
OTHER_SERVICES = DISCOUNT - POSTAGE - 1


def catalogue() -> list[Item]:
    """Return every item, the products first, the most popular product first of all."""
    return [_product(rank) for rank in range(PRODUCTS)] + list(SERVICES)


def _product(rank: int) -> Item:
    place = rank * 211 % PRODUCTS  # neighbours in popularity are no neighbours in name
    colour, theme, thing = COLOURS[place % 10], THEMES[place // 10 % 8], THINGS[place // 80 % 13]
    # A comma or a quote makes the writer quote the field; the space at the end is the source's habit.
    form = "{0} {2}, {1}" if place % 11 == 5 else '{0} {1} {2} 7"' if place % 101 == 7 else "{0} {1} {2}"
    description = form.format(colour, theme, thing) + " " * (place % 5 == 2)
    quantile = (rank * 377 % PRODUCTS + 0.5) / PRODUCTS
    cents = max(10, round(100 * math.exp(NormalDist(0.9, 0.8).inv_cdf(quantile))))
    # The cheapest things are sold in bulk at fractions of a cent: the third decimal that Online Retail has too.
    bulk = 9 * cents if cents < 40 else cents * 9 // 10 * 10
    letter = ("", "", "A", "B")[place % 4]
    return Item(
        f"{21_000 + 7 * place}{letter}", description, (_price(cents * 10), _price(cents * 13 // 10 * 10), _price(bulk))
    )


def _price(mills: int) -> str:
    """Return thousandths as decimal text, the third decimal only where it is not zero."""
    return f"{mills // 1000}.{mills % 1000:03d}".removesuffix("0")


OPENS, CLOSES = 8 * 60, 18 * 60  # minutes of the day
SUNDAY_OPENS, SUNDAY_CLOSES = 10 * 60, 16 * 60
BUSY_MONTHS = (80, 75, 92, 85, 95, 95, 95, 90, 120, 140, 190, 160)
BUSY_WEEKDAYS = (10, 11, 11, 12, 10, 0, 6)


def days_between(first_day: date, last_day: date) -> list[date]:
    """Return every day from the first to the last, both included."""
    return [first_day + timedelta(days=day) for day in range((last_day - first_day).days + 1)]


def busyness(day: date) -> int:
    """Return how much of the year's business falls on a day, in a unit of no meaning; 0 when the shop is closed."""
    return BUSY_MONTHS[day.month - 1] * BUSY_WEEKDAYS[day.weekday()]
