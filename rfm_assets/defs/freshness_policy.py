"""The freshness policy of the tables that BI depends on, which looks at when a table was made."""

from datetime import timedelta

import dagster as dg

from rfm_assets.settings import Settings

WITHIN = timedelta(days=1)


def fresh_policy(settings: Settings) -> dg.FreshnessPolicy:
    """Return the policy: made in the day before RFM_FRESH_CRON."""
    return dg.FreshnessPolicy.cron(settings.fresh_cron, WITHIN, settings.timezone)
