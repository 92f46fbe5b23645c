"""Rows small enough to check by hand: lines of a CSV file, the chain up to clean, and rows of any table."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine
from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets.ingestion.landing import Outcome, load_landing

HEADER = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
Row = Sequence[object]


def line(
    invoice: str = "1",
    customer: str = "c1",
    at: str = "12/1/2010 8:26",
    quantity: int | str = 1,
    price: str = "1.00",
    code: str = "A",
    description: str = "a thing",
    country: str = "France",
) -> tuple[str, ...]:
    """Return one line in the order of the header: one thing for 1.00, unless said otherwise."""
    return (invoice, code, description, str(quantity), at, price, customer, country)


def csv_text(lines: Iterable[Sequence[str]], header: Sequence[str] = HEADER) -> str:
    """Return the lines as the text of a CSV file, the header first."""
    return "".join(",".join(fields) + "\n" for fields in (header, *lines))


def write_csv(path: Path, lines: Iterable[Sequence[str]], header: Sequence[str] = HEADER) -> Path:
    """Write the lines as a CSV file, quoted where they need it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *lines])
    return path


def write_rows(engine: Engine, name: str, *rows: Row) -> None:
    """Replace all rows of a table by these, each in the order of the contract's columns; the last may be left out."""
    table = TABLES[name]
    filled = [(*row, *[None] * (len(table.columns) - len(row))) for row in rows]
    engine.write(table, pl.DataFrame(filled, schema=table.column_names, orient="row", infer_schema_length=None))


@dataclass
class Shop:
    """Drops files into a landing folder and brings them through raw into clean."""

    engine: Engine
    landing: Path

    def drop(self, name: str, *lines: Sequence[str]) -> Path:
        """Write lines as a file of this name into the landing folder."""
        return write_csv(self.landing / name, lines)

    def load(self, max_unreadable_share: float = 0.01) -> list[Outcome]:
        """Load what is new in the landing folder into raw."""
        return load_landing(self.engine, self.landing, max_unreadable_share)

    def refresh(self) -> list[date]:
        """Load what is new and rebuild clean; return the days rebuilt."""
        self.load()
        return rebuild_touched_days(self.engine)

    def rows(self, select: str) -> list[tuple]:
        """Return the rows of a SELECT."""
        return self.engine.read(select).rows()
