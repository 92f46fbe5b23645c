"""Linking each return to the sale that it returns, where that can be known."""

from bisect import insort
from collections.abc import Iterable

import polars as pl

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, select

RETURNS, SALES = TABLES["clean.returns"], TABLES["clean.transactions"]
MATCHED_BY = (
    "file_id", "line_no", "invoice_id", "customer_id", "stock_code", "quantity", "unit_price", "invoiced_at",
)  # fmt: skip
MATCH = {"return_no": pl.Int64, "sale_no": pl.Int64}
Event = tuple[int, int, bool, int]  # number, customer and product, whether a return, units


def link_returns(engine: Engine) -> None:
    """Link the returns of the staged `touched_pairs` anew, from the lines that `clean.transactions` now holds."""
    # By number and product alone: customers that share a number are told apart among these few lines.
    engine.stage_matching(
        "numbered_lines", SALES, MATCHED_BY, columns=["customer_number", "stock_code"], staged="touched_pairs"
    )
    engine.stage("pair_lines", select("clean.pair_lines"))
    events = engine.read(select("clean.pair_events")).iter_rows()
    engine.stage_frame("return_matches", pl.DataFrame(match(events), schema=MATCH, orient="row"))
    engine.store_matching(
        RETURNS, select("clean.returns"), columns=["customer_id", "stock_code"], staged="touched_pairs"
    )


def match(events: Iterable[Event]) -> list[tuple[int, int]]:
    """Return the numbers of each return that finds its sale, and of that sale.

    A return takes the latest earlier sale of the same customer and product with enough units left. One that no single
    sale can hold stays unmatched: which units of several sales came back, nobody can know.

    Args:
        events: sales and returns, those of a customer and product together and numbered in order of time.
    """
    matches: list[tuple[int, int]] = []
    sales: dict[int, list[int]] = {}  # of the pair so far: by the units left, the numbers in order
    current = None
    for number, pair, is_return, units in events:
        if pair != current:
            current, sales = pair, {}
        if not is_return:
            sales.setdefault(units, []).append(number)
            continue
        # A customer who stands for many may have a product on a million lines: a look at each would take minutes.
        sale, left = max(((numbers[-1], left) for left, numbers in sales.items() if left >= units), default=(0, 0))
        if left:
            matches.append((number, sale))
            sales[left].pop()
            if not sales[left]:
                del sales[left]
            if left > units:
                insort(sales.setdefault(left - units, []), sale)
    return matches
