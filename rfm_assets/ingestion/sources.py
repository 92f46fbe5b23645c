"""Source mappings: which of a file's columns is which of ours."""

import csv
from dataclasses import dataclass

from rfm_assets.engines.base import CsvLayout


class SourceError(ValueError):
    """A file does not fit any source: the message names the columns needed and those found."""


@dataclass(frozen=True)
class Source:
    """A kind of export: its columns and how it writes dates."""

    name: str
    columns: dict[str, str]  # our name to the file's
    timestamp_format: str


ONLINE_RETAIL = Source(
    name="online_retail",
    columns={
        "invoice_id": "InvoiceNo",
        "stock_code": "StockCode",
        "description": "Description",
        "quantity": "Quantity",
        "invoiced_at": "InvoiceDate",
        "unit_price": "UnitPrice",
        "customer_id": "CustomerID",
        "country": "Country",
    },
    timestamp_format="%m/%d/%Y %H:%M",
)


def layout_of(first_line: str, source: Source = ONLINE_RETAIL) -> CsvLayout:
    """Return how to read a CSV file that begins with this line.

    Raises:
        SourceError: a column of the source is missing, or is there twice.
    """
    delimiter = ","
    header = tuple(name.strip() for name in next(csv.reader([first_line], delimiter=delimiter), []))
    missing = [name for name in source.columns.values() if name not in header]
    if missing:
        raise SourceError(
            f"columns missing: {', '.join(missing)}; found: {', '.join(header) or 'none'}. "
            f"A file of the source {source.name} needs {', '.join(source.columns.values())}, separated by commas"
        )
    twice = sorted({name for name in source.columns.values() if header.count(name) > 1})
    if twice:
        raise SourceError(f"columns there twice: {', '.join(twice)}. Keep one of each")
    return CsvLayout(header, delimiter, source.columns, source.timestamp_format)
