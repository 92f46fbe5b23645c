"""Contracts of the segments: who is where and why, what each segment is like, who moved, and what to do."""

from rfm_assets.contracts.model import MODEL_VERSION, SEGMENT
from rfm_assets.contracts.raw import CUSTOMER_ID
from rfm_assets.contracts.rfm import (
    CURRENCY,
    DEVIATIONS,
    FREQUENCY,
    MONETARY,
    RECENCY,
    RFM_SEGMENT,
    SCORES,
    SNAPSHOT_ON,
)
from rfm_assets.contracts.schema import SUM_MONEY, Column, table

CAUSES = ("behaviour", "ageing", "restated", "model", "arrived", "erased")
SECOND_SEGMENT = Column("second_segment", "varchar", "segment of the second nearest centroid")
DISTANCE = Column("distance", "double", "distance to the nearest centroid", unit=DEVIATIONS, minimum=0)
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
        Column("previous_segment", "varchar", "segment in the snapshot before; empty when there was none",
               nullable=True),
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
        Column("model_digest", "varchar", "MD5 of the centroids that scored: tells two fits of the same day apart"),
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
        key=("snapshot_on", "segment"),
        partition="snapshot_on",
    ),
    table(
        "segments.moves",
        "one row per snapshot, from, to and cause",
        SNAPSHOT_ON,
        Column("previous_snapshot_on", "date", "the snapshot before"),
        Column("from_segment", "varchar", "segment before; empty for an arrival", nullable=True),
        Column("to_segment", "varchar", "segment now; empty for an erased customer", nullable=True),
        Column("cause", "varchar", "the one cause of the move", allowed=CAUSES),
        Column("customers", "bigint", "customers who moved", minimum=1),
        key=("snapshot_on", "from_segment", "to_segment", "cause"),
        partition="snapshot_on",
    ),
])  # fmt: skip
