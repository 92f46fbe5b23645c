"""Contracts of the segments: who is where and why, what each segment is like, who moved, and what to do."""

from rfm_assets.contracts.model import MODEL_VERSION, SEGMENT
from rfm_assets.contracts.raw import CUSTOMER_ID
from rfm_assets.contracts.rfm import (
    BUILT_FROM,
    FREQUENCY,
    MONETARY,
    RECENCY,
    RFM_SEGMENT,
    SCORES,
    SNAPSHOT_ON,
)
from rfm_assets.contracts.rule_cards import DIGEST
from rfm_assets.contracts.schema import CURRENCY, DEVIATIONS, SUM_MONEY, Column, table

CAUSES = ("behaviour", "ageing", "restated", "model", "arrived", "erased")
PREVIOUS_SEGMENT = Column(
    "previous_segment", "varchar", "segment in the snapshot before; empty when there was none", nullable=True
)
SECOND_SEGMENT = Column("second_segment", "varchar", "segment of the second nearest centroid")
DISTANCE = Column("distance", "double", "distance to the nearest centroid", unit=DEVIATIONS, minimum=0)
PLACE = Column("place", "bigint", "place in the order of amount, 1 the most", minimum=1, maximum=10)
# Before returns, a single order that was sent back can be the first of them all.
KEPT = (
    Column(
        "amount", SUM_MONEY, "sales to the segment's customers less their returns, up to the snapshot", unit=CURRENCY
    ),
    Column("amount_share", "double", "share of all that they bought and kept", nullable=True),
)
# All under the model version that scored the customer.
WHAT_IF = (
    Column("fewer_orders_segment", "varchar",
           "segment had the customer placed one order fewer, of the usual worth, and bought as recently; empty for a "
           "single order", nullable=True),
    Column("next_order_segment", "varchar", "segment with one more order, of the usual worth, on the snapshot's day"),
    Column("silent_days", "bigint",
           "days without an order or return after which the segment is another; empty when ten years are not enough",
           unit="days", nullable=True, minimum=1),
    Column("silent_segment", "varchar", "the segment then", nullable=True),
)  # fmt: skip
WHY = Column("why", "varchar", "why the segment, and what would change it, in a sentence")
PREVIOUS_SNAPSHOT_ON = Column("previous_snapshot_on", "date", "the snapshot before")
MOVE = (
    Column("from_segment", "varchar", "segment before; empty for an arrival", nullable=True),
    Column("to_segment", "varchar", "segment now; empty for an erased customer", nullable=True),
    Column("cause", "varchar",
           "the one cause of the move, the first that holds: arrived or erased, when in one snapshot only; model, "
           "when today's numbers stay in from_segment under the very model of the snapshot before, or when "
           "that model is gone; restated, when the numbers before plus what was ordered since do not make today's; "
           "behaviour, when there was a new order or return; else ageing", allowed=CAUSES),
)  # fmt: skip
ACTION = Column("recommended_action", "varchar", "what to do with the customers of the segment")

TABLES = dict([
    table(
        "segments.playbook",
        "one row per segment name",
        SEGMENT,
        Column("description", "varchar", "who they are, in a sentence"),
        ACTION,
        key=("segment",),
    ),
    table(
        "segments.customers",
        "one row per customer and snapshot",
        SNAPSHOT_ON,
        CUSTOMER_ID,
        RECENCY,
        FREQUENCY,
        MONETARY,
        *SCORES,
        RFM_SEGMENT,
        SEGMENT,
        PREVIOUS_SEGMENT,
        Column("previous_snapshot_on", "date", "the snapshot before", nullable=True),
        Column("unmoved_segment", "varchar",
               "segment that today's numbers have under the very model that scored the snapshot before; empty when the "
               "customer was not in it, or when that model has since been fitted anew under the same day",
               nullable=True),
        Column("margin", "double", "distance to the second nearest centroid less distance to the nearest",
               unit=DEVIATIONS, minimum=0),
        ACTION,
        MODEL_VERSION,
        SECOND_SEGMENT,
        DISTANCE,
        DIGEST,
        key=("snapshot_on", "customer_id"),
        partition="snapshot_on",
    ),
    table(
        "segments.profiles",
        "one row per snapshot and segment",
        SNAPSHOT_ON,
        SEGMENT,
        Column("customers", "bigint", "customers", minimum=1),
        Column("customer_share", "double", "share of all customers", minimum=0, maximum=1),
        Column("monetary", SUM_MONEY, "money of the segment", unit=CURRENCY),
        # With returns taken off, the whole can be at or below zero: then there is no share of it.
        Column("monetary_share", "double", "share of all money", nullable=True),
        Column("mean_recency_days", "double", "mean recency", unit="days", minimum=0),
        Column("mean_frequency", "double", "mean frequency", unit="orders", minimum=1),
        Column("mean_monetary", "double", "mean monetary", unit=CURRENCY),
        *(
            Column(f"{statistic}_{name}", type_, f"{statistic.replace('_', ' ')} of {name}, between values linear",
                   unit=unit)
            for name, type_, unit in (("recency_days", "double", "days"), ("frequency", "double", "orders"),
                                      ("monetary", SUM_MONEY, CURRENCY))
            for statistic in ("lower_quartile", "median", "upper_quartile")
        ),
        Column("returns_rate", "double", "money of the returns, as a share of the sales before returns", minimum=0),
        Column("mean_tenure_days", "double", "mean time since the first sale", unit="days", minimum=0),
        key=("snapshot_on", "segment"),
        partition="snapshot_on",
    ),
    table(
        "segments.profile_products",
        "one row per snapshot, segment and place: the ten products bought, and kept, for most",
        SNAPSHOT_ON,
        SEGMENT,
        PLACE,
        Column("stock_code", "varchar", "product code; the product's name where it has none"),
        Column("description", "varchar", "product name, in the spelling that brought most"),
        *KEPT,
        Column("sales", SUM_MONEY, "sales before returns", unit=CURRENCY, minimum=0),
        Column("quantity", "bigint", "units sold less units returned", unit="units"),
        key=("snapshot_on", "segment", "place"),
        partition="snapshot_on",
    ),
    table(
        "segments.profile_countries",
        "one row per snapshot, segment and place: the ten countries bought from, and kept, for most",
        SNAPSHOT_ON,
        SEGMENT,
        PLACE,
        Column("country", "varchar", "country; Unknown where the source names none"),
        Column("customers", "bigint", "customers with sales or returns there; one may have them in several", minimum=1),
        Column("customer_share", "double", "share of the segment's customers", minimum=0, maximum=1),
        *KEPT,
        key=("snapshot_on", "segment", "place"),
        partition="snapshot_on",
    ),
    table(
        "segments.reasons",
        "one row per customer, as of the latest snapshot: why the segment, and what would change it",
        SNAPSHOT_ON,
        CUSTOMER_ID,
        *WHAT_IF,
        WHY,
        key=("customer_id",),
    ),
    table(
        "segments.customer_moves",
        "one row per snapshot and customer who moved since the snapshot before, with the one cause",
        SNAPSHOT_ON,
        PREVIOUS_SNAPSHOT_ON,
        CUSTOMER_ID,
        *MOVE,
        key=("snapshot_on", "customer_id"),
        partition="snapshot_on",
    ),
    table(
        "segments.moves",
        "one row per snapshot, from, to and cause",
        SNAPSHOT_ON,
        PREVIOUS_SNAPSHOT_ON,
        *MOVE,
        Column("customers", "bigint", "customers who moved", minimum=1),
        key=("snapshot_on", "from_segment", "to_segment", "cause"),
        partition="snapshot_on",
    ),
    table(
        "segments.snapshots",
        "one row per snapshot whose run came to its end: what its segments are made from",
        SNAPSHOT_ON,
        BUILT_FROM,
        Column("previous_snapshot_on", "date", "the snapshot that it was compared with", nullable=True),
        Column("previous_built_from", "varchar", "what the segments of that snapshot were made from", nullable=True),
        key=("snapshot_on",),
        partition="snapshot_on",
    ),
])  # fmt: skip
