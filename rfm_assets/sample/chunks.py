"""The sample's lines as text, a chunk of invoices at a time."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl

from rfm_assets.sample import shop
from rfm_assets.sample.lines import draw_lines
from rfm_assets.sample.plan import OrderPlan, plan_orders

FIRST_INVOICE = 600_001
PREFIXES = ("", "C", "C", "A")  # by kind of invoice
LINES_PER_CHUNK = 250_000


def sample_chunks(
    *,
    scale: float = 1.0,
    seed: int = 7,
    first_day: date = shop.FIRST_DAY,
    last_day: date = shop.LAST_DAY,
    lines_per_chunk: int = LINES_PER_CHUNK,
) -> Iterator[pl.DataFrame]:
    """Return the readable lines of a sample shop, ordered by day: eight text columns, null where a field is empty.

    Args:
        scale: multiplies the customers and with them the lines; 1 gives about 1,500 and 60,000.
        seed: another seed gives another shop of the same kind.
        first_day: of the sales.
        last_day: of the sales; the customers buy as much in a shorter period.
        lines_per_chunk: about how many lines a chunk has; the lines themselves do not depend on it.

    Raises:
        ValueError: the scale is not a positive number, or the shop is closed on every day of the period.
    """
    return expand(plan_orders(scale, seed, first_day, last_day), lines_per_chunk)


def expand(plan: OrderPlan, lines_per_chunk: int = LINES_PER_CHUNK) -> Iterator[pl.DataFrame]:
    """Yield the lines of a plan in its order, as ``sample_chunks`` describes them."""
    texts = Texts(plan)
    chunk = np.cumsum(plan.basket, dtype=np.int64) // lines_per_chunk
    starts = np.flatnonzero(np.diff(chunk, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], len(chunk)], strict=True):
        yield texts.write(slice(int(start), int(stop)))


class Texts:
    """Every text that many lines share, formatted once; lines point into them, which is what makes this fast."""

    def __init__(self, plan: OrderPlan) -> None:
        items = shop.catalogue()
        self.plan = plan
        self.code = pl.Series([item.code for item in items])
        # Last in these two is what the index -1 finds: no description, a price of zero.
        self.description = pl.Series([*(item.description for item in items), None])
        self.price = pl.Series([*(price for item in items for price in item.prices), "0.00"])
        self.country = pl.Series(list(shop.COUNTRIES))
        self.prefix = pl.Series(PREFIXES)
        minutes = range(shop.OPENS, shop.CLOSES + 1)
        self.moment = pl.Series(
            f"{day.month}/{day.day}/{day.year} {minute // 60}:{minute % 60:02d}"
            for day in plan.days
            for minute in minutes
        )

    def write(self, invoices: slice) -> pl.DataFrame:
        """Return the lines of some invoices."""
        plan, lines = self.plan, draw_lines(self.plan, invoices)
        buyer, day = plan.buyer[invoices], plan.day[invoices].astype(np.int64)
        number = pl.Series(FIRST_INVOICE + np.arange(invoices.start, invoices.stop)).cast(pl.String)
        customer = pl.Series(shop.FIRST_CUSTOMER_ID + buyer).cast(pl.String)
        is_guest = pl.Series(buyer >= plan.buyers.customers)
        minutes = shop.CLOSES + 1 - shop.OPENS
        # A few buyers move to another country halfway through.
        moves = (buyer % 97 == 3) & (day > len(plan.days) // 2)
        country = (plan.buyers.country[buyer] + moves) % len(shop.COUNTRIES)
        return pl.DataFrame(
            {
                "InvoiceNo": (self.prefix.gather(plan.kind[invoices]) + number).gather(lines.invoice),
                "StockCode": self.code.gather(lines.item),
                "Description": self.description.gather(lines.description),
                "Quantity": pl.Series(lines.quantity).cast(pl.String),
                "InvoiceDate": self.moment.gather(day[lines.invoice] * minutes + lines.minute - shop.OPENS),
                "UnitPrice": self.price.gather(lines.price),
                "CustomerID": customer.set(is_guest, None).gather(lines.invoice),
                "Country": self.country.gather(country).gather(lines.invoice),
            }
        )
