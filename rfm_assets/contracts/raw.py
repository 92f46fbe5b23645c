"""Contracts of the raw tables: what came in, by file and line."""

from rfm_assets.contracts.schema import CURRENCY, LINE_MONEY, Column, table

FILE_ID = Column("file_id", "bigint", "number of the file version that the line came from", minimum=1)
LINE_NO = Column(
    "line_no",
    "bigint",
    "line of a text file from 1, its header included; row of a Parquet file; row of a sheet, sheet n going on from "
    "(n - 1) * 1,048,576; object of JSON, or item in the list that each holds, counted through; a refund that line n "
    "carries is 1,000,000,000,000 + n",
    minimum=1,
)
CUSTOMER_ID = Column("customer_id", "varchar", "customer, as text")
# What a source must deliver, in the order of our own naming.
LINE = (
    Column("invoice_id", "varchar", "invoice number as text; customer and day where the source has none"),
    Column("stock_code", "varchar", "product code as text", nullable=True),
    Column("description", "varchar", "product name, as it came", nullable=True),
    Column("quantity", "bigint", "units sold; negative when returned", unit="units"),
    Column("invoiced_at", "timestamp", "moment of the invoice, shop time"),
    Column("unit_price", LINE_MONEY, "price of one unit", unit=CURRENCY),
    Column("customer_id", "varchar", "customer as text; empty for a guest", nullable=True),
    Column("country", "varchar", "country of the customer", nullable=True),
)
LINE_ID = Column("line_id", "varchar", "tells lines of an order apart that are alike but for it", nullable=True)
IS_CANCELLATION = Column("is_cancellation", "boolean", "the source marks the line as taken back")
INVOICED_ON = Column("invoiced_on", "date", "business day of the invoice")

TABLES = dict(
    [
        table(
            "raw.files",
            "one row per file version that came in",
            FILE_ID,
            Column("name", "varchar", "path below the landing folder"),
            Column("sha256", "varchar", "content hash that identifies the version"),
            Column(
                "status",
                "varchar",
                "loaded: its lines count; replaced: a newer version counts; failed: nothing of it counts",
                allowed=("loaded", "replaced", "failed"),
            ),
            Column("line_count", "bigint", "lines read, without header and empty lines", unit="lines", minimum=0),
            Column("unreadable_count", "bigint", "lines that could not be read", unit="lines", minimum=0),
            Column("first_on", "date", "first business day in the file", nullable=True),
            Column("last_on", "date", "last business day in the file", nullable=True),
            Column("source", "varchar", "the mapping that its lines were read by", nullable=True),
            Column("error", "varchar", "why the file failed as a whole", nullable=True),
            Column("currency", "varchar", "currency of its amounts, three letters (ISO 4217)", nullable=True),
            Column(
                "timezone", "varchar", "clock that its moments were read on, where it stores them in UTC", nullable=True
            ),
            Column(
                "source_digest",
                "varchar",
                "digest of what the mapping said: once it says otherwise, the file is read anew",
                nullable=True,
            ),
            key=("file_id",),
        ),
        table(
            "raw.landed_files",
            "one row per file that lay in landing last time; what looks the same is not read again",
            Column("name", "varchar", "path below the landing folder"),
            Column("size_bytes", "bigint", "size", unit="bytes", minimum=0),
            Column("modified_ns", "bigint", "when it was last changed, since 1970", unit="nanoseconds"),
            Column("sha256", "varchar", "content hash"),
            key=("name",),
        ),
        table(
            "raw.transactions",
            "one row per line read",
            FILE_ID,
            LINE_NO,
            *LINE,
            LINE_ID,
            IS_CANCELLATION,
            INVOICED_ON,
            key=("file_id", "line_no"),
        ),
        table(
            "raw.unreadable",
            "one row per line not readable",
            FILE_ID,
            LINE_NO,
            Column("text", "varchar", "the line as it stands in the file; a row as JSON"),
            Column("error", "varchar", "why it could not be read"),
            key=("file_id", "line_no"),
        ),
        table(
            "raw.days",
            "one row per business day that any file has touched",
            INVOICED_ON,
            Column(
                "version",
                "bigint",
                "number of the last file version, or change of the codes left out, that concerns the day",
                minimum=1,
            ),
            key=("invoiced_on",),
        ),
        table(
            "raw.excluded_codes",
            "one row per product code whose lines are left out",
            Column("code", "varchar", "product code in upper case"),
            Column("meaning", "varchar", "what it stands for, such as postage"),
            key=("code",),
        ),
    ]
)
