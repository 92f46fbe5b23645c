"""The checks of a large warehouse look at what is new, and at everything when they are asked for by themselves."""

from datetime import date

import dagster as dg
import pytest

from rfm_assets.defs import checks
from rfm_assets.defs.clean import clean
from rfm_assets.defs.raw import raw
from rfm_assets.defs.resources import warehouse_of
from rfm_assets_tests.defs.conftest import DAYS
from rfm_assets_tests.defs.tables import execute
from rfm_assets_tests.rows import line, write_csv

GROUPS = {name: checks._group(name, checks.GROUPS[name]) for name in ("raw_checks", "clean_checks")}
LINES = "raw.transactions", "clean.transactions", "clean.orders"


@pytest.fixture
def run(settings):
    """Load, clean and check, or do what is selected; return the failed checks, and the rows looked at by contract."""

    def go(selection=None):
        resources = {"settings": settings, "warehouse": warehouse_of(settings)}
        defined = dg.Definitions([raw, clean], asset_checks=[*GROUPS.values()], resources=resources)
        wanted = selection or dg.AssetSelection.all()
        job = dg.Definitions.merge(defined, dg.Definitions(jobs=[dg.define_asset_job("job", wanted)])).resolve_job_def(
            "job"
        )
        found = job.execute_in_process(raise_on_error=False).get_asset_check_evaluations()
        looked_at = {
            ".".join(one.asset_key.path): one.metadata["rows looked at"].value
            for one in found
            if one.check_name == "contract"
        }
        failed = [f"{'.'.join(one.asset_key.path)} {one.check_name}" for one in found if not one.passed]
        return sorted(failed), [looked_at.get(name) for name in LINES]

    return go


def drop(settings, day):
    write_csv(settings.landing / f"{day}.csv", [line(f"{day}{number}", at=f"12/{day}/2010 8:26") for number in (1, 2)])


def test_a_large_warehouse_is_checked_where_it_is_new(run, settings, monkeypatch):
    monkeypatch.setattr(checks, "WHOLE_UP_TO", 0)
    drop(settings, 1)
    assert run() == ([], [2, 2, 2])
    drop(settings, 2)
    assert run() == ([], [2, 2, 2])
    assert run() == ([], [0, 0, 0])
    execute(settings, "update raw.transactions set quantity = null where file_id = 1")
    assert run() == ([], [0, 0, 0])
    by_itself = dg.AssetSelection.checks(*GROUPS.values())
    assert run(by_itself) == (["clean.transactions files_reconciled", "raw.transactions contract"], [4, 4, 4])


def test_what_failed_is_looked_at_until_it_passes(run, settings, monkeypatch):
    monkeypatch.setattr(checks, "WHOLE_UP_TO", 0)
    drop(settings, 1)
    run()
    drop(settings, 2)
    run(dg.AssetSelection.assets(raw, clean).without_checks())
    execute(settings, "update clean.transactions set country = 'x', quantity = null where day(invoiced_on) = 2")
    assert run() == (["clean.transactions contract"], [2, 2, 2])
    assert run() == (["clean.transactions contract"], [0, 2, 2])
    execute(settings, "update clean.transactions set quantity = 1 where day(invoiced_on) = 2")
    assert run() == ([], [0, 2, 2])
    assert run() == ([], [0, 0, 0])


def test_a_run_of_one_check_leaves_what_is_new_to_the_others(run, settings, monkeypatch):
    monkeypatch.setattr(checks, "WHOLE_UP_TO", 0)
    drop(settings, 1)
    run()
    drop(settings, 2)
    tables = dg.AssetSelection.assets(raw, clean).without_checks()
    one = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey(["clean", "transactions"]), "contract"))
    assert run(tables | one) == ([], [None, 2, None])
    assert run() == ([], [2, 2, 2])


def test_a_small_warehouse_is_checked_as_a_whole(run, settings):
    drop(settings, 1)
    run()
    drop(settings, 2)
    assert run() == ([], [4, 4, 4])


@pytest.mark.parametrize(("day", "is_looked_at"), [(DAYS[0], False), (DAYS[1], True), (None, True)])
def test_a_run_of_a_day_checks_that_snapshot_whatever_days_the_settings_allow(refreshed, day, is_looked_at):
    execute(refreshed, f"update rfm.customers set recency_days = -1 where snapshot_on = '{DAYS[1]}'")
    settings = refreshed.model_copy(update={"last_snapshot": date.fromisoformat(DAYS[0])})
    group = checks._group("rfm_customers_checks", checks.GROUPS["rfm_customers_checks"])
    defined = dg.Definitions(
        asset_checks=[group],
        jobs=[dg.define_asset_job("job", dg.AssetSelection.checks(group))],
        resources={"settings": settings, "warehouse": warehouse_of(settings)},
    )
    tags = {"dagster/partition": day} if day else {}
    found = defined.resolve_job_def("job").execute_in_process(raise_on_error=False, tags=tags)
    failed = [one.check_name for one in found.get_asset_check_evaluations() if not one.passed]
    assert ("contract" in failed) == is_looked_at
