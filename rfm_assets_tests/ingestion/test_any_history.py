"""Whatever files came, changed and came late: clean and rfm are what a hundred lines of Python make of them."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from rfm_assets.segmentation.snapshots import NoCustomersError, store_customers
from rfm_assets_tests.ingestion.exports import Line, month_first

FIRST, DAYS = datetime(2010, 12, 1), 4  # noqa: DTZ001 shop time
ACCEPTED = """
select invoice_id, line_kind, customer_id, invoiced_at, stock_code, description, quantity, unit_price, country
from clean.transactions
"""
REJECTED = """
select invoice_id, stock_code, description, quantity, invoiced_at, unit_price, customer_id, country, reason
from clean.rejected
"""
RETURNS = (
    "select invoice_id, customer_id, stock_code, quantity, amount, sale_invoice_id, sale_amount from clean.returns"
)
LEDGER = """
select
    invoiced_on, read_lines, read_amount, sale_lines, return_lines, missing_customer_lines, duplicate_lines,
    negative_price_lines, zero_price_lines, adjustment_lines,
from clean.ledger
where read_lines > 0
"""
CLASSES = ("sale", "return", "missing_customer", "duplicate", "negative_price", "zero_price", "adjustment")
CUSTOMERS = """
select
    customer_id, recency_days, frequency, monetary, gross_sales, returned, first_order_on, r_score, f_score, m_score,
from rfm.customers
where snapshot_on = $on
"""

VALUES = Line(
    invoice=("1", "2", "3", " 3", "C1", "c2"),
    code=("A", "A", "B", "a", "A ", None),
    description=("a thing", " a thing", None),
    quantity=(1, 1, 2, 3, -1, -1, -2, 0),
    at=[FIRST + timedelta(hours=12 * half) for half in range(2 * DAYS)],
    price=[Decimal(price) for price in ("1.5", "1.5", "0.0001", "0", "-1")],
    customer=("c1", "c1", " c1", "042", "42", "ż|'; drop table x", None, " "),
    country=("France", "France ", None),
)


def deliveries(seed: int) -> list[tuple[str, list[Line]]]:
    """Return files as they come, one by one: a name that comes again is a changed file, and files share lines."""
    draw, found = Random(seed), []  # noqa: S311 the same draws each time
    lines = [Line(*map(draw.choice, VALUES)) for _ in range(60)]
    for _ in range(5):
        days = draw.sample(range(DAYS), draw.choice((1, 1, 2, DAYS)))
        of_days = [line for line in lines if (line.at - FIRST).days in days]
        found.append((draw.choice("abc"), draw.choices(of_days, k=draw.randint(1, 20))))
    return found


def written(line: Line) -> Line:
    return line._replace(at=month_first(line.at))


def trimmed(text: str | None) -> str | None:
    return (text or "").strip() or None


def classes(files: list[list[Line]]) -> list[tuple[Line, str]]:
    """Return each line of the union of the files with its class: a line counts as often as the file with most of it."""
    union: Counter[Line] = Counter()
    for file in files:
        union |= Counter(file)
    found = []
    for line, count in union.items():
        is_return = line.invoice.strip().upper().startswith("C")
        for place in range(count):
            rules = (
                (trimmed(line.customer) is None, "missing_customer"),
                (place > 0, "duplicate"),
                (line.price < 0, "negative_price"),
                (line.price == 0, "zero_price"),
                (line.quantity >= 0 if is_return else line.quantity <= 0, "adjustment"),
                (True, "return" if is_return else "sale"),
            )
            found.append((line, next(name for holds, name in rules if holds)))
    return found


def returns(accepted: list[tuple[Line, str]]) -> list[tuple[date, Line, Line | None]]:
    """Return each return with its sale: the latest before it, of the customer and product, that has enough left."""
    of_pairs = defaultdict(list)
    for line, _ in accepted:
        of_pairs[trimmed(line.customer), trimmed(line.code)].append(line)
    found = []
    for (_, code), pair in of_pairs.items():
        sales: list[list] = []
        for line in sorted(pair, key=lambda a: (a.at, a.quantity > 0, a.invoice.strip(), a.price, a.quantity)):
            if line.quantity > 0:
                sales.insert(0, [line, line.quantity])
                continue
            sale = next((sale for sale in sales if code and sale[1] >= -line.quantity), [None, 0])
            sale[1] += line.quantity
            found.append((line.at.date(), line, sale[0]))
    return found


def customers(accepted: list[tuple[Line, str]], on: date, monetary: str) -> list[tuple]:
    """Return the numbers and scores of each customer as of a day."""
    orders = defaultdict(list)
    for line, kind in accepted:
        orders[trimmed(line.customer), line.invoice.strip(), kind].append(line)
    back = defaultdict(lambda: [0, Decimal(0)])
    for returned_on, line, sale in returns(accepted) if monetary == "matched" else ():
        if sale and returned_on <= on:
            order = back[trimmed(line.customer), sale.invoice.strip()]
            order[0] -= line.quantity
            order[1] += line.quantity * (line.price - sale.price)
    numbers = {}
    for customer in {customer for customer, *_ in orders}:
        sold, returned, difference, kept = Decimal(0), Decimal(0), Decimal(0), []
        for (buyer, invoice, kind), order in orders.items():
            day = min(line.at for line in order).date()
            if buyer != customer or day > on:
                continue
            amount = sum(line.quantity * line.price for line in order)
            if kind == "return":
                returned -= amount
                continue
            sold += amount
            difference += back[buyer, invoice][1]
            if sum(line.quantity for line in order) > back[buyer, invoice][0]:
                kept.append(day)
        if kept:
            money = sold if monetary == "gross" else sold - returned - difference
            numbers[customer] = ((on - max(kept)).days, len(kept), money, sold, returned, min(kept))
    fifth = len(numbers)
    return [
        (customer, *row, *(
            1 + 5 * sum(sign * other[at] < sign * row[at] for other in numbers.values()) // fifth
            for at, sign in ((0, -1), (1, 1), (2, 1))
        ))
        for customer, row in numbers.items()
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_clean_and_rfm_are_what_the_last_files_say_however_they_came(shop, seed):
    history = deliveries(seed)
    for name, file in history:
        shop.drop(f"{name}.csv", *(["" if value is None else value for value in written(line)] for line in file))
        shop.refresh()
    found = classes(list(dict(history).values()))
    accepted = [(line, name) for line, name in found if name in ("sale", "return")]
    assert Counter(shop.rows(ACCEPTED)) == Counter(
        (
            line.invoice.strip(), name, trimmed(line.customer), line.at, trimmed(line.code),
            trimmed(line.description) or "Unknown", line.quantity, line.price, trimmed(line.country),
        )
        for line, name in accepted
    )  # fmt: skip
    assert Counter(shop.rows(REJECTED)) == Counter((*line, name) for line, name in found if name not in CLASSES[:2])
    assert Counter(shop.rows(RETURNS)) == Counter(
        (
            line.invoice.strip(), trimmed(line.customer), trimmed(line.code), -line.quantity,
            line.quantity * line.price, sale and sale.invoice.strip(), sale and -line.quantity * sale.price,
        )
        for _, line, sale in returns(accepted)
    )  # fmt: skip
    by_day = defaultdict(list)
    for line, name in found:
        by_day[line.at.date()].append((line.quantity * line.price, name))
    assert sorted(shop.rows(LEDGER)) == [
        (on, len(read), sum(amount for amount, _ in read), *(sum(name == one for _, name in read) for one in CLASSES))
        for on, read in sorted(by_day.items())
    ]
    for monetary in ("net", "gross", "matched"):
        on = (FIRST + timedelta(days=seed % DAYS)).date()
        try:
            store_customers(shop.engine, on, monetary)
            stored = shop.engine.read(CUSTOMERS, on=on).rows()
        except NoCustomersError:
            stored = []
        assert sorted(stored) == sorted(customers(accepted, on, monetary))
