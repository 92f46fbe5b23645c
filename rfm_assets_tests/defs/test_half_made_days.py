"""A day whose run did not come to its end is published by no run but the one that makes it whole."""

from datetime import date
from types import SimpleNamespace

import dagster as dg
import pytest

from rfm_assets.defs import lists as lists_asset
from rfm_assets.defs import published, restating, whole_days
from rfm_assets.defs import segments as segments_asset
from rfm_assets.defs.partitions import DAY_TAG
from rfm_assets_tests.defs.conftest import DAYS
from rfm_assets_tests.defs.evaluations import blocked_by
from rfm_assets_tests.defs.publications import (
    day_after,
    fail_contract,
    materialise_on,
    messages,
    published_days,
    refresh_on,
)
from rfm_assets_tests.defs.tables import published_bytes

PUBLISHED_SEGMENTS = dg.AssetKey(["published", "segments"])


@pytest.fixture
def unfinished(job, instance, refreshed, monkeypatch):
    """A shop whose latest snapshot failed a check of its segments: its day."""
    day = day_after(DAYS[-1])
    with monkeypatch.context() as patched:
        fail_contract(patched, "segments.customers")
        assert list(blocked_by(refresh_on(job, instance, refreshed, day))) == ["segments.customers contract"]
    return day


def test_a_latest_snapshot_that_failed_is_not_published_by_the_run_of_another_day(job, instance, refreshed, unfinished):
    before = published_bytes(refreshed)
    result = refresh_on(job, instance, refreshed, DAYS[0])
    assert blocked_by(result) == {}
    (message,) = messages(result)
    assert f"the latest snapshot, {unfinished}, is of a run that did not come to its end" in message
    assert f"`make refresh RFM_DATA={refreshed.data} DAY={unfinished}`" in message
    assert published_bytes(refreshed) == before
    assert refresh_on(job, instance, refreshed, unfinished).success
    assert refresh_on(job, instance, refreshed, DAYS[0]).success


def test_a_day_that_failed_when_it_was_made_again_is_not_published_by_the_run_of_another_day(
    job, instance, refreshed, monkeypatch
):
    before = published_bytes(refreshed)
    with monkeypatch.context() as patched:
        fail_contract(patched, "segments.customers")
        assert not refresh_on(job, instance, refreshed).success
    assert (
        f"`make refresh RFM_DATA={refreshed.data} DAY={DAYS[-1]}`"
        in messages(refresh_on(job, instance, refreshed, DAYS[0]))[0]
    )
    assert published_bytes(refreshed) == before


def test_a_day_that_failed_is_left_out_by_the_next_ones_until_it_is_made_whole(job, instance, refreshed, unfinished):
    next_day = day_after(unfinished)
    assert refresh_on(job, instance, refreshed, next_day).success
    seen = {*DAYS, next_day}
    assert published_days(refreshed) == {"history": seen, "profiles": seen, "moves": seen - {DAYS[0]}}
    assert materialise_on(instance, refreshed, day=None).success
    assert published_days(refreshed)["history"] == seen
    assert refresh_on(job, instance, refreshed, unfinished).success
    assert published_days(refreshed)["history"] == seen | {unfinished}


def test_what_is_published_by_itself_names_the_day_that_did_not_come_to_its_end(instance, refreshed, unfinished, job):
    assert not refresh_on(job, instance, refreshed, DAYS[0]).success  # its checks are green again
    for day in (None, unfinished):
        (message,) = messages(materialise_on(instance, refreshed, day=day))
        assert f"`make refresh RFM_DATA={refreshed.data} DAY={unfinished}` makes it whole and publishes it" in message


def test_a_day_without_a_snapshot_does_not_count_as_published_by_publishing_what_there_is(instance, refreshed):
    before = published_bytes(refreshed)
    day = day_after(DAYS[-1])
    for asset in (published.segments, lists_asset.lists):
        (message,) = messages(materialise_on(instance, refreshed, asset, day))
        assert f"There is no whole snapshot of {day}" in message
        assert f"`make refresh RFM_DATA={refreshed.data} DAY={day}` makes and publishes it" in message
    assert instance.get_materialized_partitions(PUBLISHED_SEGMENTS) == set()
    assert published_bytes(refreshed) == before


def test_a_half_made_day_is_neither_completed_nor_counted_as_published_by_a_run_that_does_not_make_it(
    job, instance, refreshed, unfinished
):
    later = day_after(unfinished)
    assert refresh_on(job, instance, refreshed, later).success
    before = published_days(refreshed)
    for asset in (restating.snapshots, published.segments):
        (message,) = messages(materialise_on(instance, refreshed, asset, unfinished))
        assert f"There is no whole snapshot of {unfinished}" in message
        assert materialise_on(instance, refreshed, asset, later).success
    assert unfinished not in instance.get_materialized_partitions(PUBLISHED_SEGMENTS)
    assert published_days(refreshed) == before


def test_a_run_publishes_the_days_that_it_makes_or_the_run_that_it_goes_on_with_made(job, instance, refreshed):
    def of(run_id="new", parent=None, root=None, steps=("published__segments",), job=job):
        run = SimpleNamespace(
            run_id=run_id, parent_run_id=parent, root_run_id=root, step_keys_to_execute=steps, tags={DAY_TAG: DAYS[-1]}
        )
        context = SimpleNamespace(run=run, instance=instance, job_def=job, partition_keys=[DAYS[-1]])
        return whole_days.run_days(context) == [date.fromisoformat(DAYS[-1])]

    alone = job.get_subset(asset_selection={PUBLISHED_SEGMENTS})
    assert of(steps=None), "before anything is made: other runs may make the same day meanwhile"
    assert of(steps=list(job.graph.node_dict))
    assert not of()
    assert not of(steps=None, job=alone)
    of_a_part = {segments_asset.profiles.key, PUBLISHED_SEGMENTS}
    assert not of(steps=("segments__profiles", "published__segments"))
    assert not of(steps=None, job=job.get_subset(asset_selection=of_a_part))
    assert not of(parent="stopped"), "before it made any"
    made = refresh_on(job, instance, refreshed).run_id
    # "From failure" chooses steps of the job, "from asset failure" makes a job of the assets.
    assert of(parent=made)
    assert of(parent="again", root=made, steps=None, job=alone)
    assert not of()
    assert not of(parent="apart", root="apart")
    assert materialise_on(instance, refreshed, segments_asset.profiles).success
    assert not of(parent=made), "since then another run made a part of them"
