"""Contracts of what BI opens. A change of a column's name, type or meaning needs a new CONTRACT_VERSION."""

from dataclasses import replace

from rfm_assets.contracts import segments
from rfm_assets.contracts.model import MODEL_VERSION, SEGMENT
from rfm_assets.contracts.raw import CUSTOMER_ID
from rfm_assets.contracts.rfm import FREQUENCY, MONETARY, MONETARY_KINDS, RECENCY, RFM_SEGMENT, SCORES, SNAPSHOT_ON
from rfm_assets.contracts.schema import DEVIATIONS, Column, table

CONTRACT_VERSION = 1

CUSTOMER = (
    SNAPSHOT_ON,
    CUSTOMER_ID,
    RECENCY,
    FREQUENCY,
    MONETARY,
    *SCORES,
    RFM_SEGMENT,
    SEGMENT,
    segments.PREVIOUS_SEGMENT,
    Column(
        "margin",
        "double",
        "how much nearer the segment is than the next one",
        unit=DEVIATIONS,
        minimum=0,
    ),
    segments.ACTION,
    MODEL_VERSION,
    segments.SECOND_SEGMENT,
    segments.DISTANCE,
)

TABLES = dict([
    table(
        "published.segments",
        "one row per customer, as of the latest snapshot",
        *CUSTOMER,
        *(replace(column, nullable=True) for column in (*segments.WHAT_IF, segments.WHY)),
        key=("customer_id",),
    ),
    table(
        "published.segment_history",
        "one row per customer and snapshot",
        *CUSTOMER,
        key=("snapshot_on", "customer_id"),
        partition="snapshot_on",
    ),
    table(
        "published.segment_profiles",
        "one row per snapshot and segment",
        *segments.TABLES["segments.profiles"].columns,
        key=("snapshot_on", "segment"),
    ),
    table(
        "published.segment_moves",
        "one row per snapshot, from, to and cause",
        *segments.TABLES["segments.moves"].columns,
        key=("snapshot_on", "from_segment", "to_segment", "cause"),
    ),
    table(
        "published.playbook",
        "one row per segment name",
        *segments.TABLES["segments.playbook"].columns,
        key=("segment",),
    ),
    table(
        "published.about",
        "one row: what this file is",
        Column("contract_version", "bigint", "version of the tables' names, types and meanings", minimum=1),
        Column("snapshot_on", "date", "the latest snapshot, the one in segments"),
        Column("model_version", "date", "the day that the model was fitted as of"),
        Column("customers", "bigint", "rows in segments", minimum=1),
        Column(
            "monetary_counts",
            "varchar",
            "net: sales less returns; gross: sales only; matched: net without returns and what they return",
            allowed=MONETARY_KINDS,
        ),
        Column("currency", "varchar", "currency of every amount (ISO 4217)"),
        Column("sources", "varchar", "files that count, with their sha256, separated by semicolons"),
        Column("built_at", "timestamp", "start of the run that built this file, UTC"),
        *(
            Column(f"{name}_rows", "bigint", f"rows in {name}", unit="rows", minimum=0)
            for name in ("segments", "segment_history", "segment_profiles", "segment_moves", "playbook")
        ),
        key=("contract_version",),
    ),
])  # fmt: skip
