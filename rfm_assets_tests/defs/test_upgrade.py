"""After an upgrade the job goes on with the warehouse of the release before."""

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rfm_assets.contracts.meta import SCHEMA_VERSION
from rfm_assets.defs.progress import RUN_LOG
from rfm_assets_tests.defs.tables import execute
from rfm_assets_tests.engines.warehouses import FIRST_RELEASE_DAYS, first_release

DAYS = "select distinct snapshot_on from segments.customers order by all"
KEPT = (
    "select sum(amount) as amount, sum(line_count) as lines, count(*) as orders from clean.orders",
    "select sum(read_lines) as lines, sum(read_amount) as amount, count(*) as days from clean.ledger",
    "select snapshot_on, customer_id, recency_days, frequency, monetary, segment from segments.customers"
    f" where snapshot_on <= date '{FIRST_RELEASE_DAYS[-1]}' order by all",
)


@dataclass(frozen=True)
class Upgraded:
    """The first release's warehouse before and after the first refresh of this one, and the run's warnings."""

    before: list[pl.DataFrame]
    after: list[pl.DataFrame]
    days: list[date]
    warnings: list[str]


@pytest.fixture(scope="module")
def upgraded(settings_for, tmp_path_factory, refresh):
    settings = settings_for(tmp_path_factory.mktemp("upgraded"))
    first_release(settings.warehouse)
    before = asked(settings, *KEPT)
    # As if clean had other columns then: it is built again from raw, without any file in landing.
    execute(settings, "alter table clean.orders drop column line_count")
    with warnings_of_the_run() as said:
        assert refresh(settings, "2024-10-03").success
    after = asked(settings, *KEPT)
    return Upgraded(before, after, asked(settings, DAYS)[0]["snapshot_on"].to_list(), said)


def asked(settings, *statements: str) -> list[pl.DataFrame]:
    with duckdb.connect() as connection:
        connection.execute("attach $path as opened (read_only)", {"path": str(settings.warehouse)})
        connection.execute("use opened")
        return [pl.DataFrame(connection.sql(statement)) for statement in statements]


@contextmanager
def warnings_of_the_run():
    said = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.dagster_meta["orig_message"])
    log = logging.getLogger(RUN_LOG)
    log.addHandler(handler)
    try:
        yield said
    finally:
        log.removeHandler(handler)


def test_clean_is_built_again_from_raw_and_older_snapshots_stay(upgraded):
    for found, expected in zip(upgraded.after, upgraded.before, strict=True):
        assert_frame_equal(found, expected, check_exact=True)


def test_the_next_day_comes_behind_the_days_of_the_release_before(upgraded):
    assert [str(day) for day in upgraded.days] == [*FIRST_RELEASE_DAYS, "2024-10-03"]


def test_the_run_says_what_was_migrated(upgraded):
    assert f"the warehouse went from version 1 of its tables to {SCHEMA_VERSION}" in upgraded.warnings
    assert "clean: emptied; the next refresh builds every day of it from raw" in upgraded.warnings
