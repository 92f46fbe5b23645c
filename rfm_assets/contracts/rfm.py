"""Contracts of the RFM tables and the features made of them: one row per customer and snapshot."""

from rfm_assets.contracts.raw import CUSTOMER_ID
from rfm_assets.contracts.schema import CURRENCY, DEVIATIONS, SUM_MONEY, Column, table

MONETARY_KINDS = ("net", "gross", "matched")  # what monetary counts: RFM_MONETARY
SNAPSHOT_ON = Column("snapshot_on", "date", "the day as of which the numbers hold; later orders do not count")
RECENCY = Column("recency_days", "bigint", "calendar days from the last sale to the snapshot", unit="days", minimum=0)
FREQUENCY = Column(
    "frequency",
    "bigint",
    "sale invoices; not those returned whole where RFM_MONETARY is matched",
    unit="orders",
    minimum=1,
)
MONETARY = Column("monetary", SUM_MONEY, "money as RFM_MONETARY says: net, gross or matched", unit=CURRENCY)
SCORES = tuple(
    Column(f"{letter}_score", "bigint", f"{name} score: 1 plus the whole fifths of customers who do worse",
           unit="1 to 5, 5 best", minimum=1, maximum=5)
    for letter, name in (("r", "recency"), ("f", "frequency"), ("m", "monetary"))
)  # fmt: skip
BUILT_FROM = Column("built_from", "varchar", "what the numbers are made from: RFM_MONETARY and checksums of the orders")
RFM_SEGMENT = Column("rfm_segment", "varchar", "name of the cell in the customary recency-frequency grid (rfm.grid)")

TABLES = dict(
    [
        table(
            "rfm.grid",
            "one row per recency score and frequency score",
            *SCORES[:2],
            RFM_SEGMENT,
            key=("r_score", "f_score"),
        ),
        table(
            "rfm.customers",
            "one row per customer and snapshot",
            SNAPSHOT_ON,
            CUSTOMER_ID,
            RECENCY,
            FREQUENCY,
            MONETARY,
            Column("gross_sales", SUM_MONEY, "sales before returns", unit=CURRENCY, minimum=0),
            Column("returned", SUM_MONEY, "money of the returns, as a positive number", unit=CURRENCY, minimum=0),
            Column("first_order_on", "date", "day of the first sale"),
            *SCORES,
            Column("rfm_cell", "varchar", "the three scores as digits, recency first"),
            RFM_SEGMENT,
            key=("snapshot_on", "customer_id"),
            partition="snapshot_on",
        ),
        table(
            "rfm.snapshots",
            "one row per snapshot: the orders that its numbers are made from",
            SNAPSHOT_ON,
            Column("monetary", "varchar", "RFM_MONETARY when it was built", allowed=MONETARY_KINDS),
            Column("order_count", "bigint", "orders on or before the snapshot", unit="orders", minimum=0),
            Column("amount", SUM_MONEY, "sum of those orders; returns are negative", unit=CURRENCY),
            BUILT_FROM,
            key=("snapshot_on",),
            partition="snapshot_on",
        ),
        table(
            "features.customers",
            "one row per customer and snapshot",
            SNAPSHOT_ON,
            CUSTOMER_ID,
            Column("model_version", "date", "the model version whose means and scales were used"),
            *(
                Column(f"{name}_log", "double", f"ln(1 + {source}){note}", minimum=0)
                for name, source, note in (
                    ("recency", "recency_days", ""),
                    ("frequency", "frequency", ""),
                    ("monetary", "monetary", ", money below zero counting as zero"),
                )
            ),
            *(
                Column(f"{name}_z", "double", f"{name}_log less the version's mean, over its scale", unit=DEVIATIONS)
                for name in ("recency", "frequency", "monetary")
            ),
            Column("is_outlier", "boolean", "whether a logarithm is outside the version's fences; scored all the same"),
            key=("snapshot_on", "customer_id"),
            partition="snapshot_on",
        ),
    ]
)
