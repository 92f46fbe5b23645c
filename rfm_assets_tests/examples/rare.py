"""Published files of rare cases: months without a snapshot, ties, returns above sales, segments that come and go."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import duckdb
import polars as pl
import polars.selectors as cs

from rfm_assets.contracts import PUBLISHED
from rfm_assets.contracts.segments import CAUSES

GAPS = (date(2025, 7, 30), date(2025, 7, 31), date(2025, 10, 1), date(2026, 1, 31), date(2026, 2, 1))
ONE_MONTH = (date(2025, 7, 1), date(2025, 7, 2), date(2025, 7, 3), date(2025, 7, 30), date(2025, 7, 31))
CUSTOMERS = 900
# The third is there at the third snapshot only; the last has nobody before it.
NAMES = ("Champions", "At Risk", "New", "Cannot Lose", "Needs Attention", "Hibernating")


def write_rare(connection: duckdb.DuckDBPyConnection, snapshots: Sequence[date]) -> None:
    """Make the tables of the contract and fill them, for five snapshots."""
    history = pl.concat([_customers(number, on, number == len(snapshots) - 1) for number, on in enumerate(snapshots)])
    # The last snapshot but one was scored by another model than those around it.
    model = pl.when(pl.col("snapshot_on").is_in([snapshots[at] for at in (0, 1, 3)])).then(snapshots[0])
    history = history.with_columns(model.otherwise(snapshots[2]).alias("model_version"))
    latest = history.filter(pl.col("snapshot_on") == snapshots[-1])
    frames = {
        "segment_history": history,
        "segments": latest.with_columns(_what_if()),
        "segment_profiles": _profiles(history),
        "segment_moves": _moves(snapshots),
        "playbook": pl.DataFrame({
            "segment": NAMES[:-1],  # a name that the playbook does not have
            "description": [f"who {name} are" for name in NAMES[:-1]],
            "recommended_action": [f"what {name} get" for name in NAMES[:-1]],
        }),
        "about": pl.DataFrame({
            "contract_version": 1, "snapshot_on": snapshots[-1], "model_version": snapshots[2],
            "customers": latest.height, "monetary_counts": "net", "currency": "GBP", "sources": "",
            "built_at": datetime(2026, 1, 2, 5),  # noqa: DTZ001  as DuckDB gives it back
        }),
    }  # fmt: skip
    for name, table in PUBLISHED.items():
        bare = name.removeprefix("published.")
        columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
        connection.execute(f"create table {bare} ({columns})")
        absent = [column for column in table.columns if not column.nullable and column.name not in frames[bare].columns]
        rows = frames[bare].with_columns(pl.lit(_any(column.type)).alias(column.name) for column in absent)
        connection.register("rows", rows.with_columns(cs.by_dtype(pl.Null).cast(pl.String)).__arrow_c_stream__())
        connection.execute(f"insert into {bare} by name select * from rows")
        connection.unregister("rows")


def _any(type_: str) -> str | int | date:
    """Return a value for a column that no question asks about."""
    return "any" if type_ == "varchar" else date(2025, 7, 1) if type_ == "date" else 1


def _segment(customer: int, number: int) -> str:
    name = NAMES[(customer * 7 + number * (customer % 4)) % len(NAMES)]
    if (name == "New" and number != 2) or (name == "Hibernating" and number < 2):
        return "Needs Attention"
    return name


def _customers(number: int, on: date, is_last: bool) -> pl.DataFrame:
    """Return who was there: more from snapshot to snapshot, the very first erased before the last."""
    who = range(1 if is_last else 0, CUSTOMERS // 2 + number * CUSTOMERS // 8)
    # Money in steps of 7, so that many spent the same; most sent back more than they bought, and so did all together.
    return pl.DataFrame({
        "snapshot_on": [on] * len(who),
        "customer_id": [f"c{i}" for i in who],
        "recency_days": [(i * 9) % 120 for i in who],
        "frequency": [40 if i == 18 else 1 + i % 5 for i in who],
        "monetary": [Decimal((i % 11 - 6) * 7 + (200 if i == 17 else 0)) for i in who],
        "r_score": [1 + i % 5 for i in who],
        "m_score": [min(1 + i % 11 // 2, 5) for i in who],
        "segment": [_segment(i, number) for i in who],
        "margin": [i / 8 for i in who],
        "recommended_action": [f"what {_segment(i, number)} get" for i in who],
        "second_segment": ["Champions" for _ in who],
    })  # fmt: skip


def _what_if() -> list[pl.Expr]:
    number = pl.col("customer_id").str.slice(1).cast(pl.Int64)
    return [
        pl.when(number % 11 > 0).then(number).alias("silent_days"),
        pl.when(number % 11 > 0).then(pl.lit("Hibernating")).alias("silent_segment"),
        pl.lit("Champions").alias("next_order_segment"),
        pl.lit("because").alias("why"),
    ]


def _profiles(history: pl.DataFrame) -> pl.DataFrame:
    money = pl.col("monetary").sum()
    return history.group_by("snapshot_on", "segment").agg(
        pl.len().alias("customers"),
        (pl.len() / 100).alias("customer_share"),
        money,
        (money.cast(pl.Float64) / 1000).alias("monetary_share"),
        pl.col("recency_days").median().alias("median_recency_days"),
        pl.col("frequency").median().alias("median_frequency"),
        (pl.col("monetary").max()).alias("median_monetary"),
        (pl.col("recency_days").mean() / 1000).alias("returns_rate"),
    )


def _moves(snapshots: Sequence[date]) -> pl.DataFrame:
    ends = [(None, "New"), ("New", None), ("New", "At Risk"), ("At Risk", "Champions"), ("Champions", "At Risk")]
    return pl.DataFrame(
        [
            (on, start, end, CAUSES[(i + j) % len(CAUSES)], 1 + i % 2)
            for i, on in enumerate((*snapshots[1:], snapshots[-1], snapshots[-1]))
            for j, (start, end) in enumerate(ends)
        ],
        schema=["snapshot_on", "from_segment", "to_segment", "cause", "customers"],
        orient="row",
    )
