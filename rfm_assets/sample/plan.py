"""The order plan: who buys when and how much, for the whole period at once, in some twenty bytes an order."""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from rfm_assets.sample import shop
from rfm_assets.sample.buyers import Buyers, between, draw_buyers, trait

SALE, PARTLY_RETURNED, WHOLLY_RETURNED, ADJUSTMENT = range(4)
LONGEST_BASKET = 150
RETURN_WITHIN_DAYS = 28


@dataclass(frozen=True)
class OrderPlan:
    """One element an invoice, in the order of time.

    ``source`` numbers the sale that an invoice is, or that it returns: what stands on the lines follows from it alone,
    so a return finds again what was sold without anything being remembered.
    """

    buyers: Buyers
    days: list[date]
    salt: int
    source: np.ndarray
    buyer: np.ndarray
    day: np.ndarray
    minute: np.ndarray
    basket: np.ndarray
    kind: np.ndarray

    @property
    def customers_in_file(self) -> int:
        """Customers with an id that have a line."""
        return int(np.count_nonzero(np.bincount(self.buyer, minlength=1)[: self.buyers.customers]))


def plan_orders(scale: float, seed: int, first_day: date, last_day: date) -> OrderPlan:
    """Return the invoices of the period, sorted by minute; the same for the same arguments.

    Random numbers are uniform and what follows from them is ``+ - * /`` and ``sqrt``, which every platform rounds
    alike: a logarithm or a power may differ in its last bit, and one bit can move an order to another day.

    Raises:
        ValueError: the scale is not a positive number, or the shop is closed on every day of the period.
    """
    if not 0 < scale < math.inf:
        raise ValueError(f"scale is {scale}; it must be above 0 (1 gives {shop.CUSTOMERS} customers)")
    days = shop.days_between(first_day, last_day)
    busy = np.cumsum([shop.busyness(day) for day in days], dtype=np.int64)
    if not days or not busy[-1]:
        raise ValueError(f"no open day from {first_day} to {last_day}; the shop is closed on Saturdays")
    rng = np.random.Generator(np.random.PCG64(seed))
    buyers = draw_buyers(rng, scale)
    sales = _draw_sales(rng, buyers, busy)
    returns = _draw_returns(rng, buyers, sales, busy)
    adjustments = _adjustments(busy, buyers)
    is_in_file = trait(buyers.cycle, "is_sale_in_file")[sales["buyer"]]
    columns = {
        name: np.concatenate([values[is_in_file], returns[name], adjustments[name].astype(values.dtype)])
        for name, values in sales.items()
    }
    minute = _draw_minutes(rng, np.array([day.weekday() == 6 for day in days])[columns["day"]])
    in_time = np.argsort(columns["day"].astype(np.int32) * 1440 + minute, kind="stable")
    sorted_columns = {name: values[in_time] for name, values in columns.items()}
    return OrderPlan(buyers, days, int(rng.bit_generator.random_raw()), minute=minute[in_time], **sorted_columns)


def _draw_sales(rng: np.random.Generator, buyers: Buyers, busy: np.ndarray) -> dict[str, np.ndarray]:
    least, spread, most = trait(buyers.cycle, "orders").T
    tail = 1 / np.sqrt(1 - rng.random(len(least))) - 1
    orders = np.minimum(least + spread * tail, most).astype(np.int64)
    joins = np.maximum(between(rng, trait(buyers.cycle, "joins")), 0)
    leaves = np.maximum(between(rng, trait(buyers.cycle, "leaves")), joins)
    # Log-logistic, as skewed as a lognormal of sigma 0.9; held by the buyer, and each order varies around it.
    odds = rng.random(len(orders))
    typical = trait(buyers.cycle, "basket") * np.sqrt(odds / (1 - odds))

    buyer = np.repeat(np.arange(len(orders), dtype=np.int32), orders)
    moment = joins[buyer] + rng.random(len(buyer)) * (leaves - joins)[buyer]
    # A moment just below 1 can round to 1, which is after the last day.
    done_before = np.minimum((moment * busy[-1]).astype(np.int64), busy[-1] - 1)
    size = typical[buyer] * (0.5 + rng.random(len(buyer)))
    return {
        "source": np.arange(len(buyer), dtype=np.uint32),
        "buyer": buyer,
        "day": np.searchsorted(busy, done_before, side="right").astype(np.int16),
        "basket": np.clip(size, 1, LONGEST_BASKET).astype(np.int16),
        "kind": np.zeros(len(buyer), dtype=np.int8),
    }


def _draw_returns(
    rng: np.random.Generator, buyers: Buyers, sales: dict[str, np.ndarray], busy: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the invoices that take a sale back: at most one a sale, on an open day after it, within the period."""
    chance = rng.random(len(sales["buyer"]))
    wholly = trait(buyers.cycle, "wholly_returned")[sales["buyer"]]
    is_returned = chance < wholly + trait(buyers.cycle, "partly_returned")[sales["buyer"]]
    returns = {name: values[is_returned] for name, values in sales.items()}
    returns["kind"] = np.where((chance < wholly)[is_returned], WHOLLY_RETURNED, PARTLY_RETURNED).astype(np.int8)
    wait = 1 + (RETURN_WITHIN_DAYS * rng.random(len(returns["day"]))).astype(np.int64)
    # The business done before a closed day is what was done before the next open one.
    before = np.append(0, busy)[np.minimum(returns["day"] + wait, len(busy))]
    day = np.searchsorted(busy, before, side="right")
    returns["day"] = np.minimum(day, len(busy) - 1).astype(np.int16)
    return {name: values[day < len(busy)] for name, values in returns.items()}


def _adjustments(busy: np.ndarray, buyers: Buyers) -> dict[str, np.ndarray]:
    """Return three bookings of a bad debt, two thirds through the period, as a guest's: they have no customer."""
    day = np.searchsorted(busy, 2 * busy[-1] // 3, side="right")
    return {
        "source": np.arange(3),
        "buyer": np.full(3, buyers.customers),
        "day": np.full(3, day),
        "basket": np.ones(3),
        "kind": np.full(3, ADJUSTMENT),
    }


def _draw_minutes(rng: np.random.Generator, is_sunday: np.ndarray) -> np.ndarray:
    opens = np.where(is_sunday, shop.SUNDAY_OPENS, shop.OPENS)
    closes = np.where(is_sunday, shop.SUNDAY_CLOSES, shop.CLOSES)
    noonish = (rng.random(len(opens)) + rng.random(len(opens))) / 2
    return (opens + noonish * (closes - opens)).astype(np.int16)
