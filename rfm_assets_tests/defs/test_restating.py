"""Late data in the whole graph: the check that names the snapshots, and the run that builds just those again."""

import shutil
from datetime import date, timedelta

import dagster as dg
import polars as pl
import pytest

from rfm_assets.commands import restate
from rfm_assets.defs.partitions import SNAPSHOTS_TAG
from rfm_assets.defs.raw import LANDED, LOOKS
from rfm_assets.defs.restating import LISTED, MOST_SPANS, UP_TO_DATE, tags_for
from rfm_assets.ingestion.files import digest_of, settled_looks
from rfm_assets_tests.defs.conftest import DAYS
from rfm_assets_tests.defs.tables import BY_DAY, assert_same_tables, execute, tables
from rfm_assets_tests.engines.warehouses import first_release
from rfm_assets_tests.rows import line, write_csv

GAP = ("2024-10-05", "2024-10-06")  # after a day that nobody refreshed
LATE = line("900001", "late", "10/2/2024 9:00", price="5.00", code="LATE")


@pytest.fixture(scope="module")
def run(refresh):
    """Run a job in this process with tags, on an instance of its own or a given one."""
    from rfm_assets.definitions import defs
    from rfm_assets.defs.resources import warehouse_of

    def run(settings, job, tags, instance=None):
        with dg.DagsterInstance.ephemeral() as new:
            return (
                defs()
                .resolve_job_def(job)
                .execute_in_process(
                    instance=instance or new,
                    tags=tags,
                    run_config={"loggers": {"progress": {}}},
                    resources={"settings": settings, "warehouse": warehouse_of(settings)},
                    raise_on_error=False,
                )
            )

    return run


def up_to_date(result):
    (check,) = [one for one in result.get_asset_check_evaluations() if one.asset_check_key == UP_TO_DATE]
    return check


@pytest.fixture(scope="module")
def with_gap(day_by_day, settings_for, refresh_tables, tmp_path_factory):
    """The shop of three days, and two more days after a day left out."""
    folder = tmp_path_factory.mktemp("gap") / "data"
    shutil.copytree(day_by_day.settings.data, folder)
    settings = settings_for(folder)
    assert refresh_tables(settings, *GAP).success
    return settings


@pytest.fixture(scope="module")
def late(with_gap, run):
    """That shop after a late file and a refresh of its last day: the settings, and the check's result."""
    write_csv(with_gap.landing / "late.csv", [LATE])
    result = run(with_gap, "refresh", {"dagster/partition": GAP[1]})
    assert result.success
    return with_gap, up_to_date(result)


def test_the_check_names_the_snapshots_that_late_data_changed_and_warns(late):
    _, check = late
    assert (check.passed, check.severity, check.blocking) == (False, dg.AssetCheckSeverity.WARN, False)
    # The one refreshed was compared with one that changes.
    assert check.metadata[LISTED].value == "2024-10-02 2024-10-05 2024-10-06"
    assert check.description.startswith(
        "3 snapshots from 2024-10-02 to 2024-10-06 are to be built again: orders changed (2), snapshot before changes"
    )
    assert "| 2024-10-02 | orders changed |" in check.metadata["first 10"].value


def told_at(instance, days):
    """Return the place in the log of the last event that tells of an asset and one of the days."""
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    return {
        (key, day): at
        for key in instance.all_asset_keys()
        for day, at in instance.get_latest_storage_id_by_partition(key, kind).items()
        if day in days
    }


def test_restate_builds_just_those_in_one_run_and_the_tables_are_those_of_a_fresh_build(
    late, shop_of, refresh_tables, run, job
):
    graph = job.asset_layer.asset_graph
    settings, check = late
    mark = "update segments.customers set recommended_action = 'untouched' where snapshot_on <= date '2024-10-01'"
    execute(settings, mark)
    named = check.metadata[LISTED].value.split()
    with dg.DagsterInstance.ephemeral() as instance:
        result = run(settings, "restate", tags_for(named), instance)
        made = {name: instance.get_materialized_partitions(dg.AssetKey(name.split("."))) for name in BY_DAY}
        told = told_at(instance, named)
    assert result.success
    assert up_to_date(result).passed
    assert made == {key: set(named) for key in BY_DAY}, "no day that was not built counts as built"
    assert [
        (asset.to_user_string(), parent.to_user_string(), day)
        for (asset, day), at in told.items()
        for parent in graph.get(asset).parent_keys
        if told.get((parent, day), at) > at
    ] == [], "the UI would show the asset as out of date"
    assert {(dg.AssetKey(["published", "report"]), day) for day in named} <= told.keys()

    fresh = shop_of()
    assert refresh_tables(fresh, DAYS[0], DAYS[1]).success
    write_csv(fresh.landing / "late.csv", [LATE])
    assert refresh_tables(fresh, DAYS[2]).success
    assert refresh_tables(fresh, *GAP).success
    found, expected = tables(settings), tables(fresh)
    rebuilt = pl.col("snapshot_on") >= date(2024, 10, 2)
    for both in (found, expected):
        for name in ("segments.customers", "published.segment_history"):
            assert set(both[name].filter(~rebuilt)["recommended_action"]) == {"untouched"} or both is expected
            both[name] = both[name].filter(rebuilt)
    assert_same_tables(found, expected)


def test_a_day_between_that_is_not_whole_does_not_stop_the_others(day_by_day, settings_for, run, tmp_path):
    shutil.copytree(day_by_day.settings.data, tmp_path / "data", symlinks=True)
    settings = settings_for(tmp_path / "data")
    first, between, last = DAYS
    execute(settings, f"delete from segments.profiles where snapshot_on = date '{between}'")
    execute(settings, f"update segments.customers set margin = -1 where snapshot_on = date '{between}'")
    assert run(settings, "restate", tags_for([first, last])).success


def test_without_a_warehouse_the_command_says_so_and_makes_none(settings, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    assert restate.main(["--list"]) == 2
    assert f"error: there is no warehouse {settings.warehouse}: refresh a day first" in capsys.readouterr().err
    assert not settings.warehouse.parent.exists()


def test_the_command_lists_what_is_outdated_builds_it_and_then_finds_nothing(
    day_by_day, settings_for, tmp_path, monkeypatch, capsys
):
    shutil.copytree(day_by_day.settings.data, tmp_path / "data")
    monkeypatch.setenv("RFM_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    settings = settings_for(tmp_path / "data")
    execute(settings, "update rfm.snapshots set built_from = 'other' where snapshot_on = date '2024-10-02'")
    assert restate.main(["--list"]) == 0
    assert "2024-10-02" in capsys.readouterr().err
    before = tables(day_by_day.settings)
    # The definitions were loaded with another data folder in this process.
    monkeypatch.setattr(restate, "run_job", lambda name, tags, *_: print(name, tags) or 0)
    assert restate.main([]) == 0
    assert (
        "restate {'dagster/partition': '2024-10-02', 'rfm_assets/snapshots': '2024-10-02'}" in capsys.readouterr().out
    )
    execute(
        settings,
        "update rfm.snapshots as s set built_from = c.built_from from segments.snapshots as c"
        " where s.snapshot_on = date '2024-10-02' and c.snapshot_on = s.snapshot_on",
    )
    assert restate.main([]) == 0
    assert "no snapshot is outdated" in capsys.readouterr().err
    monkeypatch.setenv("RFM_MONETARY", "gross")
    assert restate.main(["--list"]) == 0
    assert capsys.readouterr().err.count("RFM_MONETARY") == len(DAYS)
    assert_same_tables(tables(settings), before)


def test_the_command_changes_nothing_in_a_warehouse_of_an_older_release_and_says_what_to_do(
    settings, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    content = first_release(settings.warehouse).read_bytes()
    assert restate.main(["--list"]) == 2
    assert f"error: {settings.warehouse} has tables of version 1" in (told := capsys.readouterr().err)
    assert "refresh a day first" in told
    assert settings.warehouse.read_bytes() == content


def test_the_command_tells_of_a_damaged_warehouse_in_one_line(settings, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    settings.warehouse.parent.mkdir()
    settings.warehouse.write_bytes(b"no database" * 5000)
    assert restate.main(["--list"]) == 2
    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith(f"error: {settings.warehouse} is damaged: ")


def test_the_command_tells_of_a_wrong_setting_in_one_line(settings, monkeypatch, capsys):
    monkeypatch.setenv("RFM_FRESH_CRON", "*/5 * * * *")
    assert restate.main(["--list"]) == 2
    assert capsys.readouterr().err.startswith("error: RFM_FRESH_CRON is '*/5 * * * *': it may come once a day at most")


@pytest.mark.parametrize(("statuses", "built"), [([0, 0], 2), ([1], 1)])
def test_the_command_builds_many_in_several_runs_and_stops_at_one_that_fails(
    monkeypatch, tmp_path, settings, statuses, built
):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    days = [date(2020, 1, 1) + timedelta(days=2 * number) for number in range(MOST_SPANS + 1)]
    outdated = pl.DataFrame({"snapshot_on": days, "reason": "", "orders": 1, "orders_then": 1, "amount": 0,
                             "amount_then": 0})  # fmt: skip
    monkeypatch.setattr("rfm_assets.commands.restate._outdated", lambda _: outdated)
    runs = []
    monkeypatch.setattr(
        "rfm_assets.commands.restate.run_job",
        lambda name, tags, *_: runs.append((name, len(tags[SNAPSHOTS_TAG].split()))) or statuses[len(runs) - 1],
    )
    assert restate.main([]) == statuses[-1]
    assert runs == [("restate", MOST_SPANS), ("restate", 1)][:built]


def test_after_a_run_landing_looks_as_the_sensor_sees_it(shop_of, run):
    settings = shop_of()
    with dg.DagsterInstance.ephemeral() as instance:
        assert run(settings, "refresh", {"dagster/partition": DAYS[0]}, instance).success
        event = instance.get_latest_materialization_event(dg.AssetKey(LANDED.split(".")))
    assert event.asset_materialization.metadata[LOOKS].value == digest_of(settled_looks(settings.landing))
