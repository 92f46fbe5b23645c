"""The jobs, one that refreshes a day and one that validates, and when they run."""

from datetime import timedelta

import dagster as dg

from rfm_assets.defs.partitions import SNAPSHOTS
from rfm_assets.settings import load_settings

VALIDATION = dg.AssetSelection.groups("validation")

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all() - VALIDATION,
    partitions_def=SNAPSHOTS,
    description="Bring new files in, rebuild what they touch, segment the customers as of the day, and publish.",
)
validate = dg.define_asset_job(
    "validate",
    selection=VALIDATION,
    partitions_def=SNAPSHOTS,
    description="Measure what segments were worth in the days up to the snapshot, and how still their names stay.",
)


@dg.schedule(
    name="monthly_validation",
    job=validate,
    cron_schedule=load_settings().validation_cron,
    execution_timezone=load_settings().timezone,
)
def monthly_validation(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Validate as of yesterday; monthly as delivered, see RFM_VALIDATION_CRON."""
    yesterday = (context.scheduled_execution_time - timedelta(days=1)).date().isoformat()
    if not SNAPSHOTS.has_partition_key(yesterday):
        return dg.SkipReason(
            f"{yesterday} is not a day that can be refreshed: RFM_FIRST_SNAPSHOT and RFM_LAST_SNAPSHOT set the limits"
        )
    return dg.RunRequest(partition_key=yesterday)
