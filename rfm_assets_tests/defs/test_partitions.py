"""The days that there are snapshots of: listed by us, and as Dagster lists them."""

from datetime import UTC, datetime

import dagster as dg
import pytest

from rfm_assets.defs.partitions import Days


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Pacific/Kiritimati"])
@pytest.mark.parametrize("end", [None, "2012-04-01", "2011-12-02", "9999-01-01"])
def test_days_are_those_that_dagster_lists(timezone, end):
    ours, theirs = (
        kind("2011-12-01", end_date=end, timezone=timezone) for kind in (Days, dg.DailyPartitionsDefinition)
    )
    assert ours.get_partition_keys() == list(theirs.get_partition_keys())
    moment = datetime(2012, 1, 7, 12, tzinfo=UTC)
    assert ours.get_partition_keys(moment) == theirs.get_partition_keys(moment)
    assert ours == theirs


def test_before_the_first_day_is_over_there_is_none():
    assert Days("9999-01-01").get_partition_keys() == []
