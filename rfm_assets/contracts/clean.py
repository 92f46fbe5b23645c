"""Contracts of the clean tables: each line accepted or rejected, the orders they make, the ledger that adds them up."""

from rfm_assets.contracts.raw import CUSTOMER_ID, FILE_ID, INVOICED_ON, LINE, LINE_NO
from rfm_assets.contracts.schema import LINE_MONEY, SUM_MONEY, Column, table

KINDS = ("sale", "return")
REASONS = ("missing_customer", "duplicate", "negative_price", "zero_price", "adjustment", "excluded_code")
CURRENCY = "source currency"

TABLES = dict(
    [
        table(
            "clean.transactions",
            "one row per accepted line",
            FILE_ID,
            LINE_NO,
            Column("invoice_id", "varchar", "invoice number"),
            Column("line_kind", "varchar", "sale, or return when the invoice is a cancellation", allowed=KINDS),
            CUSTOMER_ID,
            Column("invoiced_at", "timestamp", "moment of the invoice, shop time"),
            INVOICED_ON,
            Column("stock_code", "varchar", "product code, trimmed", nullable=True),
            Column("description", "varchar", "product name, trimmed; Unknown when missing"),
            Column("quantity", "bigint", "units sold; negative when returned", unit="units"),
            Column("unit_price", LINE_MONEY, "price of one unit", unit=CURRENCY, minimum=0.0001),
            Column("amount", LINE_MONEY, "quantity times unit price; negative for a return", unit=CURRENCY),
            Column("country", "varchar", "country of the customer", nullable=True),
            key=("file_id", "line_no"),
        ),
        table(
            "clean.rejected",
            "one row per rejected line",
            FILE_ID,
            LINE_NO,
            *LINE,
            INVOICED_ON,
            Column("reason", "varchar", "the one reason why the line does not count", allowed=REASONS),
            key=("file_id", "line_no"),
        ),
        table(
            "clean.orders",
            "one row per invoice",
            Column("invoice_id", "varchar", "invoice number"),
            CUSTOMER_ID,
            Column("ordered_on", "date", "day of the invoice's first line"),
            Column("order_kind", "varchar", "sale or return", allowed=KINDS),
            Column("amount", SUM_MONEY, "sum of the lines; negative for a return", unit=CURRENCY),
            Column("line_count", "bigint", "accepted lines", unit="lines", minimum=1),
            # Two customers on one invoice number is a fault of the source that must not stop the chain.
            key=("invoice_id", "customer_id"),
        ),
        table(
            "clean.ledger",
            "one row per business day: what became of each line read",
            INVOICED_ON,
            *(
                column
                for name, meaning in (
                    ("read", "read"),
                    *((kind, f"accepted as {kind}") for kind in KINDS),
                    *((reason, f"rejected as {reason}") for reason in REASONS),
                )
                for column in (
                    Column(f"{name}_lines", "bigint", f"lines {meaning}", unit="lines", minimum=0),
                    Column(f"{name}_amount", SUM_MONEY, f"money of the lines {meaning}", unit=CURRENCY),
                )
            ),
            Column("raw_version", "bigint", "the version of raw.days that the day was built from", minimum=1),
            key=("invoiced_on",),
        ),
    ]
)
