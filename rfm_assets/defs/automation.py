"""The job that refreshes a day, and when it runs."""

import dagster as dg

from rfm_assets.defs.partitions import SNAPSHOTS

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all(),
    partitions_def=SNAPSHOTS,
    description="Bring new files in, rebuild what they touch, segment the customers as of the day, and publish.",
)
