"""A run killed in each of its steps: every table is as before or as after, and the next run needs no repair."""

import multiprocessing
import shutil
import signal
from dataclasses import dataclass
from datetime import date

import polars as pl
import pytest

from rfm_assets.defs.whole_days import MADE_OF
from rfm_assets_tests.defs.conftest import DAYS
from rfm_assets_tests.defs.tables import assert_same_tables, published_bytes, tables
from rfm_assets_tests.rows import line, write_csv

DAY = "2024-11-01"  # a model is due
WAIT = 120  # seconds until a process that hangs is given up


@pytest.fixture(scope="module")
def waiting(day_by_day, settings_for, refresh, tmp_path_factory):
    """Copy the shop of three days and the day, with what changes every table of it: other settings, and a new file."""
    known = tmp_path_factory.mktemp("known") / "data"
    shutil.copytree(day_by_day.settings.data, known, symlinks=True)
    assert refresh(settings_for(known), DAY).success

    def build():
        folder = tmp_path_factory.mktemp("waiting") / "data"
        shutil.copytree(known, folder, symlinks=True)
        settings = settings_for(folder, clusters=3, min_agreement=0.0)  # a version of its own, and promoted
        lines = [line("900001", "new", "10/31/2024 9:00", price="7.00"), line("900002", "new", "9/2/2024 9:00")]
        write_csv(settings.landing / "more.csv", lines)
        return settings

    return build


@pytest.fixture(scope="module")
def before(waiting):
    return tables(waiting())


@dataclass(frozen=True)
class Whole:
    """What a run that nobody killed did: its steps that write, in their order, and the tables after it."""

    steps: list[str]
    tables: dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def after(waiting, refresh):
    settings = waiting()
    result = refresh(settings, DAY)
    assert result.success
    started = [event.step_key for event in result.all_events if event.is_step_start]
    return Whole([step for step in started if not step.endswith("_checks")], tables(settings))


@pytest.fixture(scope="module")
def kill():
    """Run the job in a process of its own, and return when it is dead."""
    # What costs most, loading everything, is done once, in the process that the others are forked from.
    forked = multiprocessing.get_context("forkserver")
    forked.set_forkserver_preload(["rfm_assets_tests.defs.killed"])

    def kill(settings, step, assets=(), job="refresh", day=DAY):
        from rfm_assets_tests.defs.killed import run_until_killed

        process = forked.Process(target=run_until_killed, args=(settings, job, day, step, assets))
        process.start()
        process.join(WAIT)
        if process.is_alive():
            process.kill()
            pytest.fail(f"{step} was not reached within {WAIT} s")
        return process.exitcode

    return kill


@pytest.fixture(scope="module")
def written_by():
    """The tables of each step."""
    from rfm_assets.definitions import defs

    return {asset.op.name: asset.keys for asset in defs().resolve_asset_graph().assets_defs}


def test_a_run_killed_in_a_step_leaves_whole_tables_and_the_next_one_gets_further(
    waiting, before, after, kill, refresh, written_by
):
    """Each run goes on from the step that the one before was killed in to the next; the last one runs them all."""
    settings = waiting()
    published = published_bytes(settings)
    # From its segments on the day is not complete, as at first.
    complete = before["segments.snapshots"]
    unfinished = before | {"segments.snapshots": complete.filter(pl.col("snapshot_on") != date.fromisoformat(DAY))}
    whole = (before, unfinished, after.tables)
    earlier = before
    for last, step in zip([after.steps[0], *after.steps], after.steps, strict=False):
        assets = written_by[last] | written_by[step]
        # Only a run that makes the segments of its day publishes one that is not complete.
        if any(key.path[0] == "published" for key in assets):
            assets |= {key for keys in written_by.values() if keys & MADE_OF for key in keys}
        assert kill(settings, step, assets) == -signal.SIGKILL, step
        found = tables(settings)
        half = [name for name, frame in found.items() if not any(frame.equals(state[name]) for state in whole)]
        assert half == [], step
        written = [".".join(key.path) for key in written_by[step] if ".".join(key.path) in found]
        assert [name for name in written if not found[name].equals(earlier[name])] == [], step
        earlier = found
        if step not in after.steps[after.steps.index("published__segments") + 1 :]:
            kept = {name: text for name, text in published_bytes(settings).items() if name in published}
            assert kept == published, step

    assert refresh(settings, DAY).success
    assert_same_tables(tables(settings), after.tables)


@pytest.fixture
def run():
    """Run a job in this process to its end."""
    from rfm_assets.defs.resources import warehouse_of
    from rfm_assets_tests.defs.killed import CONFIG, JOBS

    def run(settings, job, day=None):
        return JOBS[job].execute_in_process(
            tags={"dagster/partition": day} if day else {},
            run_config={"loggers": {"progress": {}}, **CONFIG.get(job, {})},
            resources={"settings": settings, "warehouse": warehouse_of(settings)},
        )

    return run


@pytest.mark.parametrize(
    ("name", "day", "steps", "changed"),
    [
        ("retain", None, ["retention__expired_snapshots"], {"keep_days": 1}),
        ("validate", DAYS[-1], ["out_of_time", "validation__stability"], {"replay_days": 3}),
    ],
)
def test_what_runs_beside_the_refresh_may_be_killed_too(
    day_by_day, settings_for, run, kill, tmp_path, name, day, steps, changed
):
    shutil.copytree(day_by_day.settings.data, tmp_path / "data", symlinks=True)
    if day:
        run(settings_for(tmp_path / "data", replay_days=2), name, day)
    settings = settings_for(tmp_path / "data", **changed)
    before, published = tables(settings), published_bytes(settings)
    for step in steps:
        assert kill(settings, step, job=name, day=day) == -signal.SIGKILL, step
        whole = {table: frame for table, frame in tables(settings).items() if not frame.equals(before[table])}
        assert whole.keys() <= {"validation.segments", "validation.predictions"}, step
    run(settings, name, day)
    after = tables(settings)
    assert [table for table, frame in whole.items() if not frame.equals(after[table])] == []
    assert [table for table, frame in after.items() if not frame.equals(before[table])], "the run that came to its end"
    assert published_bytes(settings) == published
