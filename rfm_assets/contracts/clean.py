"""Contracts of the clean tables: each line accepted or rejected, the orders they make, the ledger that adds them up."""

from rfm_assets.contracts.raw import CUSTOMER_ID, FILE_ID, INVOICED_ON, LINE, LINE_NO
from rfm_assets.contracts.schema import CHECKSUM, CURRENCY, LINE_MONEY, SUM_MONEY, Column, table

KINDS = ("sale", "return")
REASONS = ("missing_customer", "duplicate", "negative_price", "zero_price", "adjustment", "excluded_code")
# The same of a day in the ledger and of one that was checked.
BUILT_BY = (
    Column("raw_version", "bigint", "the version of raw.days that the day was built from", minimum=1),
    Column("rules", "varchar", "fingerprint of the rules that its lines were classed by"),
)

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
            # A look through all lines for some customers reads this column; read as text it takes ten times as long.
            Column(
                "customer_number",
                "bigint",
                "the customer id as a number, or a number made of it: several customers may share one",
            ),
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
            "one row per invoice, or two, where lines of it are sold and others taken back",
            Column("invoice_id", "varchar", "invoice number"),
            CUSTOMER_ID,
            Column("ordered_on", "date", "day of the invoice's first line"),
            Column("order_kind", "varchar", "sale or return", allowed=KINDS),
            Column("amount", SUM_MONEY, "sum of the lines; negative for a return", unit=CURRENCY),
            Column("line_count", "bigint", "accepted lines", unit="lines", minimum=1),
            Column("quantity", "bigint", "units of the lines; negative for a return", unit="units"),
            Column("last_on", "date", "day of the invoice's last line; a later one when it went over midnight"),
            # Numbers of one time lie close together: a lookup by them passes over the blocks of all other times.
            Column("invoice_number", "bigint", "the digits of the invoice number; 0 when there are none", minimum=0),
            # Two customers on one invoice number is a fault of the source that must not stop the chain.
            key=("invoice_id", "customer_id", "order_kind"),
        ),
        table(
            "clean.copies",
            "one row per line that counts in another file, which holds it too",
            FILE_ID,
            LINE_NO,
            INVOICED_ON,
            Column("amount", LINE_MONEY, "quantity times unit price", unit=CURRENCY),
            key=("file_id", "line_no"),
        ),
        # A return is of one sale line, never of several: the latest earlier one of the customer and the product that
        # has, after the returns before it, as many units left.
        table(
            "clean.returns",
            "one row per accepted return line",
            FILE_ID,
            LINE_NO,
            Column("invoice_id", "varchar", "invoice number of the return"),
            CUSTOMER_ID,
            Column("stock_code", "varchar", "product code", nullable=True),
            Column("returned_on", "date", "business day of the return"),
            Column("quantity", "bigint", "units returned, a positive number", unit="units", minimum=1),
            Column("amount", LINE_MONEY, "money of the return, a negative number", unit=CURRENCY, maximum=0),
            Column("sale_invoice_id", "varchar", "invoice of what is returned; empty when not known", nullable=True),
            Column("sold_on", "date", "business day of that invoice's line", nullable=True),
            Column(
                "sale_amount", LINE_MONEY, "what those units were sold for", unit=CURRENCY, nullable=True, minimum=0
            ),
            key=("file_id", "line_no"),
        ),
        table(
            "clean.daily_orders",
            "one row per business day with orders or linked returns: what snapshots from that day on are made of",
            Column("ordered_on", "date", "business day"),
            Column("order_count", "bigint", "orders, returns among them", unit="orders", minimum=0),
            Column("amount", SUM_MONEY, "sum of the orders; returns are negative", unit=CURRENCY),
            Column("order_checksum", CHECKSUM, "checksum of the orders", minimum=0),
            Column("return_checksum", CHECKSUM, "checksum of which return is of which sale", minimum=0),
            key=("ordered_on",),
        ),
        table(
            "clean.guests",
            "one row per business day and country: what was bought without a customer id",
            INVOICED_ON,
            Column("country", "varchar", "country of the guests", nullable=True),
            Column(
                "line_count", "bigint", "lines without a customer, those of missing_customer", unit="lines", minimum=1
            ),
            Column("order_count", "bigint", "sale invoices, excluded codes aside", unit="orders", minimum=0),
            Column("sales", SUM_MONEY, "money of the sale lines, excluded codes aside", unit=CURRENCY, minimum=0),
            Column("amount", SUM_MONEY, "money of all lines, returns and adjustments included", unit=CURRENCY),
            key=("invoiced_on", "country"),
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
            *BUILT_BY,
            key=("invoiced_on",),
        ),
    ]
)
