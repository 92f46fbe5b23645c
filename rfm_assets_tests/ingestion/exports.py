"""The same shop lines, written as each source writes them and in each format and encoding."""

import csv
import gzip
import io
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import polars as pl
import xlsxwriter

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Line(NamedTuple):
    invoice: str
    code: str
    description: str | None
    quantity: int
    at: datetime
    price: Decimal
    customer: str | None
    country: str


class Export(NamedTuple):
    """A table as a source writes it: names (none without a header) and rows of text, numbers and moments."""

    header: Sequence[str] | None
    rows: list[Sequence[object]]
    write_moment: Callable[[datetime], str]
    delimiter: str = ","
    decimal: str = "."


def lines(count: int) -> list[Line]:
    """Return lines with letters beyond ASCII, quotes, line ends, returns, guests and prices of four decimals."""
    descriptions = ("HEART HOLDER", 'a "quoted" thing', "café £5; à côté", "two\nlines", None, "  spaced, out ", "=1+1")
    start = datetime(2010, 12, 1, 8, 26)  # noqa: DTZ001
    made = []
    for number in range(count):
        is_return = number % 11 == 10
        made.append(
            Line(
                invoice=f"{'C' if is_return else ''}{536365 + number // 3}",
                code=str(22000 + number % 17) if number % 5 else f"85123{'AB'[number % 2]}",
                description=descriptions[number % len(descriptions)],
                quantity=-(number % 4) - 1 if is_return else number % 13 + 1,
                at=start + timedelta(minutes=37 * (number // 3)),
                price=Decimal(number % 977) / 100 + Decimal(number % 3) / 10_000 + Decimal("0.01"),
                customer=None if number % 7 == 6 else str(17850 + number // 3 % 40),
                country=("France", "Österreich")[number // 3 % 2],
            )
        )
    return made


ONLINE_RETAIL = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
ONLINE_RETAIL_II = ("Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country")
GERMAN = ("Beleg", "Artikel", "Text", "Menge", "Datum", "Preis", "Kunde", "Land")
GERMAN_SOURCE = """
currency = "GBP"
timestamp_formats = ["%d.%m.%Y %H:%M"]
decimal = ","
thousands = "."
cancellation = { invoice_prefix = "C" }

[columns]
invoice_id = "Beleg"
stock_code = "Artikel"
description = "Text"
quantity = "Menge"
invoiced_at = "Datum"
unit_price = "Preis"
customer_id = "Kunde"
country = "Land"
"""


def month_first(moment: datetime) -> str:
    return f"{moment.month}/{moment.day}/{moment.year} {moment.hour}:{moment.minute:02}"


def online_retail(of: Iterable[Line]) -> Export:
    return Export(ONLINE_RETAIL, list(of), month_first)


def online_retail_ii(of: Iterable[Line]) -> Export:
    return Export(ONLINE_RETAIL_II, list(of), lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}")


def german(of: Iterable[Line]) -> Export:
    return Export(GERMAN, list(of), lambda moment: f"{moment:%d.%m.%Y %H:%M}", ";", ",")


def shopify(of: Iterable[Line]) -> Export:
    """Only the first line of an order carries what holds for all of it; refunds are amounts."""
    header = ("Name", "Email", "Financial Status", "Created at", "Currency", "Lineitem quantity", "Lineitem name",
              "Lineitem price", "Lineitem sku", "Billing Country", "Refunded Amount")  # fmt: skip
    rows, seen = [], set()
    for line in of:
        first = line.invoice not in seen
        seen.add(line.invoice)
        order = (line.customer, "paid", line.at, "GBP") if first else (None, None, None, None)
        refund = (line.price if len(seen) % 10 == 0 else Decimal(0)) if first else None
        rows.append(
            (line.invoice, *order, abs(line.quantity), line.description, line.price, line.code)
            + ((line.country, refund) if first else (None, None))
        )
    return Export(header, rows, lambda moment: f"{moment:%Y-%m-%d %H:%M:%S} -0500")


def cdnow(of: Iterable[Line]) -> Export:
    rows = [(f"{number % 40:05}", line.at, line.quantity, line.price * line.quantity) for number, line in enumerate(of)]
    return Export(None, rows, lambda moment: f"{moment:%Y%m%d}", "whitespace")


def text(export: Export, delimiter: str, end: str = "\n") -> str:
    if delimiter == "whitespace":
        return "".join(f" {'  '.join(_written(value, export) for value in row)}{end}" for row in export.rows)
    file = io.StringIO(newline="")
    rows = [[_written(value, export) for value in row] for row in export.rows]
    csv.writer(file, delimiter=delimiter, lineterminator=end).writerows([export.header or (), *rows])
    return file.getvalue()


def _written(value: object, export: Export) -> str:
    if isinstance(value, datetime):
        return export.write_moment(value)
    if isinstance(value, Decimal):
        return str(value).replace(".", export.decimal)
    return "" if value is None else str(value)


def write_text(path: Path, export: Export, delimiter: str, encoding: str, end: str = "\n") -> None:
    path.write_bytes(text(export, delimiter, end).encode(encoding))


def write_packed(path: Path, export: Export, library: str) -> None:
    content = text(export, export.delimiter).encode()
    middle = len(content) // 2
    pack = {"gzip": gzip.compress, "zstd": zstd.compress}[library]
    # Archives may be joined: what one program appends to another's is part of the file.
    path.write_bytes(pack(content[:middle]) + pack(content[middle:]))


def write_workbook(path: Path, export: Export, *, as_numbers: bool) -> None:
    """Write two sheets with the lines and one without; numbers and moments as such, or ids as numbers too."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        moment_format = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        half = len(export.rows) // 2
        for name, rows in (("2009", export.rows[:half]), ("notes", None), ("2010", export.rows[half:])):
            sheet = book.add_worksheet(name)
            if rows is None:
                sheet.write_row(0, 0, ["nothing", "to", "read"])
                continue
            sheet.write_row(0, 0, export.header)
            for at, row in enumerate(rows, start=1):
                for column, value in enumerate(row):
                    if isinstance(value, datetime):
                        sheet.write_datetime(at, column, value, moment_format)
                    elif isinstance(value, (int, Decimal)) or (as_numbers and value and str(value).isdigit()):
                        sheet.write_number(at, column, float(value))
                    elif value is not None:
                        sheet.write_string(at, column, str(value))


def write_parquet(path: Path, export: Export, *, typed: bool) -> None:
    columns = dict(zip(export.header, zip(*export.rows, strict=True), strict=True))
    if not typed:
        columns = {name: [_written(value, export) for value in values] for name, values in columns.items()}
    pl.DataFrame(columns, infer_schema_length=None).write_parquet(path, row_group_size=300)


def write_json(path: Path, export: Export, *, typed: bool) -> None:
    """Write newline-delimited JSON; money as bare numbers, or everything as text. What is empty is left out."""
    written = []
    for row in export.rows:
        values = {}
        for name, value in zip(export.header, row, strict=True):
            if value is None:
                continue
            bare = typed and isinstance(value, (int, Decimal)) and export.decimal == "."
            values[name] = (
                float(value) if bare and isinstance(value, Decimal) else value if bare else _written(value, export)
            )
        written.append(json.dumps(values) + "\n")
    path.write_text("".join(written), encoding="utf-8")
