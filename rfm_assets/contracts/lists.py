"""Contracts of the lists that campaigns are made from. A customer is his id and nothing else."""

from dataclasses import replace

from rfm_assets.contracts.model import SEGMENT
from rfm_assets.contracts.raw import CUSTOMER_ID
from rfm_assets.contracts.rfm import SNAPSHOT_ON
from rfm_assets.contracts.rule_cards import DIGEST
from rfm_assets.contracts.schema import Column, table
from rfm_assets.contracts.segments import CAUSES

TABLES = dict([
    table(
        "lists.segment",
        "one row per customer of the segment",
        CUSTOMER_ID,
        SEGMENT,
        SNAPSHOT_ON,
        key=("customer_id",),
    ),
    table(
        "lists.changes",
        "one row per customer whose segment is another than in the publication before",
        CUSTOMER_ID,
        Column("from_segment", "varchar", "segment that was published before; empty for an arrival", nullable=True),
        Column("to_segment", "varchar", "segment now; empty for an erased customer", nullable=True),
        Column("cause", "varchar",
               "why: arrived or erased, when in one of the two publications only; else the cause of the last move "
               "between them; where no snapshot between them moved the customer to to_segment, model when another "
               "fit of the model scored the customer, else restated", allowed=CAUSES),
        replace(SNAPSHOT_ON, meaning="snapshot published now"),
        Column("since_snapshot_on", "date", "snapshot published before"),
        key=("customer_id",),
    ),
    table(
        "lists.customers",
        "one row per customer: what is published, for the next publication to compare with",
        CUSTOMER_ID,
        SEGMENT,
        DIGEST,
        key=("customer_id",),
    ),
])  # fmt: skip
