"""What stands on the lines of planned invoices, as numbers: which item, how many, at what price, when."""

from dataclasses import dataclass

import numpy as np

from rfm_assets.sample import shop
from rfm_assets.sample.buyers import trait
from rfm_assets.sample.plan import ADJUSTMENT, PARTLY_RETURNED, SALE, WHOLLY_RETURNED, OrderPlan

ZERO_PRICE = -1
NO_DESCRIPTION = -1


@dataclass(frozen=True)
class Lines:
    """One element a line; ``invoice`` counts from the first invoice of the slice that was asked for."""

    invoice: np.ndarray
    item: np.ndarray
    description: np.ndarray  # an item's, or NO_DESCRIPTION
    quantity: np.ndarray
    minute: np.ndarray
    price: np.ndarray  # item x tier, or ZERO_PRICE


@dataclass(frozen=True)
class _Invoices:
    """What holds for a whole invoice; items are 0 where there is none."""

    key: np.ndarray
    lines: np.ndarray
    first_place: np.ndarray
    last_item: np.ndarray
    only_item: np.ndarray
    has_two_minutes: np.ndarray


def draw_lines(plan: OrderPlan, invoices: slice) -> Lines:
    """Return the lines of some invoices, which depend on no other invoice of the plan.

    A line follows from the sale's number and the line's place in the sale: a return draws the same numbers again, and
    so takes back what was sold, at its price, and no more of it.
    """
    kind, cycle = plan.kind[invoices], plan.buyers.cycle[plan.buyer[invoices]]
    headers = _draw_invoices(plan, invoices)
    invoice = np.repeat(np.arange(len(kind), dtype=np.uint32), headers.lines)
    nth = np.arange(len(invoice)) - np.repeat(np.cumsum(headers.lines) - headers.lines, headers.lines)
    basket = plan.basket[invoices].astype(np.int64)[invoice]
    place = (nth + headers.first_place[invoice]) % basket
    draw = _scramble(headers.key[invoice] + place.astype(np.uint64))

    # Popular items have low numbers; to add the place keeps the products of a sale distinct.
    position = (place + _below(draw, 0, 1 << 16) / (1 << 16)) / basket
    item = place + ((shop.PRODUCTS - basket) * position * position).astype(np.int64)
    for special, here in ((headers.last_item, (place == basket - 1) & (basket > 1)), (headers.only_item, True)):
        item = np.where(here & (special[invoice] > 0), special[invoice], item)
    is_product = item < shop.PRODUCTS

    bulk = plan.buyers.bulk[plan.buyer[invoices]]
    sold = np.where(is_product, np.array(shop.QUANTITIES)[_below(draw, 1, len(shop.QUANTITIES))] * bulk[invoice], 1)
    part = 1 + _below(draw, 2, sold)
    quantity = np.select([kind[invoice] == PARTLY_RETURNED, kind[invoice] == WHOLLY_RETURNED], [-part, -sold], sold)

    is_guest = (cycle == len(shop.LIFE_CYCLES))[invoice]
    is_free = is_product & (_below(draw, 3, 1000) < np.where(is_guest, 10, 1))
    return Lines(
        invoice=invoice,
        item=item,
        description=np.where(is_free & is_guest, NO_DESCRIPTION, item),
        quantity=quantity,
        minute=plan.minute[invoices][invoice] + (headers.has_two_minutes[invoice] & (place >= basket // 2)),
        price=np.where(is_free, ZERO_PRICE, item * len(shop.TIERS) + trait(cycle, "tier")[invoice]),
    )


def _draw_invoices(plan: OrderPlan, invoices: slice) -> _Invoices:
    source, kind, basket = plan.source[invoices], plan.kind[invoices], plan.basket[invoices].astype(np.int64)
    key = _scramble(source + np.uint64(plan.salt))
    # No basket has these places: what is drawn there holds for the invoice.
    chance, choice = (_scramble(key + np.uint64(place)) for place in (254, 255))
    is_part = kind == PARTLY_RETURNED
    is_discount = is_part & (_below(chance, 0, 32) == 0)
    # Lines after a sale's last repeat its first ones: exact duplicates, one line in a hundred.
    repeated = (basket + _below(chance, 1, 100)) // 100 * (kind == SALE)
    part = np.where(is_discount, 1, np.minimum(basket, 1 + _below(choice, 0, 3)))
    has_postage = (plan.buyers.country[plan.buyer[invoices]] > 0) & (_below(chance, 2, 100) < 60)
    other_service = (shop.POSTAGE + 1 + _below(choice, 1, shop.OTHER_SERVICES)) * (_below(chance, 3, 100) < 2)
    return _Invoices(
        key=key,
        lines=np.where(is_part, part, basket + repeated),
        first_place=_below(choice, 2, basket) * is_part,
        last_item=np.where(has_postage, shop.POSTAGE, other_service),
        only_item=np.where(kind == ADJUSTMENT, shop.DEBT + (source > 0), shop.DISCOUNT * is_discount),
        has_two_minutes=_below(choice, 3, 100) == 0,
    )


def _below(draws: np.ndarray, lane: int, limit: np.ndarray | int) -> np.ndarray:
    """Return whole numbers from 0 to below the limit (at most 65,536), each from one of a draw's four 16-bit lanes."""
    return ((draws >> np.uint64(16 * lane)) & np.uint64(0xFFFF)).astype(np.int64) * limit >> 16


def _scramble(numbers: np.ndarray) -> np.ndarray:
    """Return 64 random bits for each number, always the same for the same number.

    Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014, figure 17 (SplitMix64).
    """
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
