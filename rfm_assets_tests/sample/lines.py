"""The lines of a sample file, read as they are written, and what is counted of them."""

import csv
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


class Line(NamedTuple):
    invoice: str
    code: str
    description: str
    quantity: int
    at: datetime
    price: Decimal
    customer: str
    country: str


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def readable(row):
    try:
        invoice, code, description, quantity, at, price, customer, country = row
        moment = datetime.strptime(at, "%m/%d/%Y %H:%M")  # noqa: DTZ007
        return Line(invoice, code, description, int(quantity), moment, Decimal(price), customer, country)
    except ValueError:
        return None


def share(lines, condition):
    return sum(map(condition, lines)) / len(lines)


def is_return(line):
    return line.invoice.startswith("C")


def is_product(line):
    return line.code[:5].isdigit()
