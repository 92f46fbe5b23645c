"""Taking out old snapshots: an asset that a person can dry-run, its job and its schedule."""

from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from rfm_assets.defs.catalogue import AGGREGATES, OWNERS, POOL
from rfm_assets.defs.partitions import ONE_RUN
from rfm_assets.defs.resources import Warehouse
from rfm_assets.publishing.markdown import COUNT, Columns, as_markdown
from rfm_assets.settings import Settings, load_settings

if TYPE_CHECKING:
    import polars as pl

DRY_RUN = "dry run"  # metadata
COLUMNS: Columns = {"table": ("table", str), "snapshots": ("snapshots", COUNT), "rows": ("rows", COUNT)}


class Retention(dg.Config):
    """What a run of the asset may do: by itself it only lists."""

    dry_run: bool = Field(True, description="list what would go, and take nothing out")
    days: list[str] = Field([], description="snapshots to take out, such as 2011-12-09, in place of those that expired")


@dg.asset(
    key_prefix="retention",
    group_name="retention",
    kinds={"duckdb"},
    owners=OWNERS,
    tags=AGGREGATES,
    backfill_policy=ONE_RUN,
    pool=POOL,
)
def expired_snapshots(
    config: Retention, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult:
    """The snapshots that are older than RFM_KEEP_DAYS, month ends aside: listed, and taken out with dry_run false.

    With days it is these: a snapshot of a wrong day, such as of a clock that was ahead, stays the latest otherwise.
    """
    from rfm_assets.segmentation.retention import take_out

    with warehouse.engine() as engine:
        rows, kept = take_out(
            engine,
            settings.keep_days,
            keep_month_ends=settings.keep_month_ends,
            dry_run=config.dry_run,
            named=config.days,
        )
    days = rows["snapshot_on"].unique().sort()
    verb = "would go" if config.dry_run else "went"
    listed = {f"snapshots that {verb}": " ".join(day.isoformat() for day in days)} if len(days) else {}
    return dg.MaterializeResult(
        metadata={
            DRY_RUN: config.dry_run,
            "dagster/row_count": len(days),
            "rows": int(rows["rows"].sum()),
            "snapshots kept": len(kept),
            "duration_seconds": warehouse.seconds,
            **listed,
            **_by_table(rows),
        }
    )


def _by_table(rows: "pl.DataFrame") -> dict[str, dg.MetadataValue]:
    if rows.is_empty():
        return {}
    import polars as pl

    tables = rows.group_by("table", maintain_order=True).agg(pl.len().alias("snapshots"), pl.col("rows").sum())
    return {"by table": dg.MetadataValue.md(as_markdown(tables, COLUMNS))}


retain = dg.define_asset_job(
    "retain",
    selection=dg.AssetSelection.assets(expired_snapshots),
    description="List the snapshots older than RFM_KEEP_DAYS, month ends aside; with dry_run false take them out.",
)


@dg.definitions
def retention() -> dg.Definitions:
    """Return the job and its schedule, which takes out and rests until switched on."""
    settings = load_settings()
    config = {"ops": {expired_snapshots.op.name: {"config": {"dry_run": False}}}}
    schedule = dg.ScheduleDefinition(
        name="weekly_retention",
        job=retain,
        cron_schedule=settings.retention_cron,
        execution_timezone=settings.timezone,
        run_config=config,
        description="Take out the snapshots older than RFM_KEEP_DAYS, month ends aside.",
    )
    return dg.Definitions(assets=[expired_snapshots], jobs=[retain], schedules=[schedule])
