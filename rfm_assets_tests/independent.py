"""The classes of the real lines and the numbers of their customers, computed without the package."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl


def own_lines(csv: Path) -> pl.DataFrame:
    """Return each line of the CSV with its class and amount."""
    text = pl.read_csv(csv, infer_schema=False)
    is_return = pl.col("InvoiceNo").str.starts_with("C")
    price = pl.col("UnitPrice").cast(pl.Decimal(18, 4))
    quantity = pl.col("Quantity").cast(pl.Int64)
    return text.select(
        line_no=pl.int_range(2, pl.len() + 2),
        invoice_id="InvoiceNo",
        customer_id="CustomerID",
        invoiced_on=pl.col("InvoiceDate").str.to_datetime("%m/%d/%Y %H:%M").dt.date(),
        amount=(quantity.cast(pl.Decimal(18, 0)) * price).cast(pl.Decimal(18, 4)),
        line_class=pl.when(pl.col("CustomerID").is_null())
        .then(pl.lit("missing_customer"))
        .when(~pl.struct(pl.all()).is_first_distinct())
        .then(pl.lit("duplicate"))
        .when(price < 0)
        .then(pl.lit("negative_price"))
        .when(price == 0)
        .then(pl.lit("zero_price"))
        .when(is_return & (quantity >= 0) | ~is_return & (quantity <= 0))
        .then(pl.lit("adjustment"))
        .when(is_return)
        .then(pl.lit("return"))
        .otherwise(pl.lit("sale")),
    )


def own_customers(lines: pl.DataFrame, monetary: str, day: date) -> pl.DataFrame:
    """Return recency, frequency, monetary and tie-safe scores of each buyer, in the order of their ids."""
    is_sale, is_return = pl.col("line_class") == "sale", pl.col("line_class") == "return"
    # 43 invoices have more than one timestamp: an order is placed with its first line.
    order = pl.col("invoiced_on").min().over("invoice_id", "customer_id", "line_class")
    buyers = (
        lines.filter(is_sale | is_return)
        .with_columns(ordered_on=order)
        .filter(pl.col("ordered_on") <= day)
        .group_by("customer_id")
        .agg(
            recency_days=(day - pl.col("ordered_on").filter(is_sale).max()).dt.total_days(),
            frequency=pl.col("invoice_id").filter(is_sale).n_unique().cast(pl.Int64),
            gross_sales=pl.col("amount").filter(is_sale).sum().cast(pl.Decimal(28, 4)),
            returned=(-pl.col("amount").filter(is_return).sum()).cast(pl.Decimal(28, 4)),
            first_order_on=pl.col("ordered_on").filter(is_sale).min(),
        )
        .filter(pl.col("frequency") > 0)
        .sort("customer_id")
    )
    net = (pl.col("gross_sales") - pl.col("returned")).cast(pl.Decimal(28, 4))
    buyers = buyers.with_columns(monetary=pl.col("gross_sales") if monetary == "gross" else net)
    return buyers.with_columns(
        r_score=own_score(-buyers["recency_days"].to_numpy()),
        f_score=own_score(buyers["frequency"].to_numpy()),
        m_score=own_score((buyers["monetary"] * 10_000).cast(pl.Int64).to_numpy()),
    )


def own_score(values: np.ndarray) -> pl.Series:
    worse = np.searchsorted(np.sort(values), values, side="left")
    return pl.Series(1 + 5 * worse // len(values), dtype=pl.Int64)
