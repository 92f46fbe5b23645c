"""A run killed in each of its steps: every table is as before or as after, and the next run needs no repair."""

import multiprocessing
import shutil
import signal
from datetime import date

import polars as pl
import pytest

from rfm_assets_tests.defs.tables import assert_same_tables, published_bytes, tables
from rfm_assets_tests.rows import line, write_csv

DAY = "2024-11-01"  # a model is due
WAIT = 120  # seconds until a process that hangs is given up
STEPS = (
    "raw", "clean", "rfm__grid", "rfm__customers", "model", "model__drift", "features__customers", "segments__playbook",
    "segments__customers", "segments__reasons", "segments__profiles", "segments__profile_products",
    "segments__profile_countries", "moves", "model__rule_cards", "published__segments", "published__lists",
    "published__report", "segments__snapshots",
)  # fmt: skip


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


@pytest.fixture(scope="module")
def after(waiting, refresh):
    """The tables after a run that nobody killed."""
    settings = waiting()
    assert refresh(settings, DAY).success
    return tables(settings)


@pytest.fixture(scope="module")
def kill():
    """Run the job in a process of its own, and return when it is dead."""
    # What costs most, loading everything, is done once, in the process that the others are forked from.
    forked = multiprocessing.get_context("forkserver")
    forked.set_forkserver_preload(["rfm_assets_tests.defs.killed"])

    def kill(settings, step):
        from rfm_assets_tests.defs.killed import run_until_killed

        process = forked.Process(target=run_until_killed, args=(settings, DAY, step))
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


def test_every_step_that_writes_is_killed_below(job):
    assert {name for name in job.graph.node_dict if not name.endswith("_checks")} == set(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_a_run_killed_in_a_step_leaves_whole_tables_and_the_next_one_succeeds(
    step, waiting, before, after, kill, refresh, written_by
):
    settings = waiting()
    published = published_bytes(settings)
    assert kill(settings, step) == -signal.SIGKILL
    found = tables(settings)
    # From its segments on the day is not complete, as at first.
    complete = before["segments.snapshots"]
    unfinished = before | {"segments.snapshots": complete.filter(pl.col("snapshot_on") != date.fromisoformat(DAY))}
    whole = (before, unfinished, after)
    assert [name for name, frame in found.items() if not any(frame.equals(state[name]) for state in whole)] == []
    written = [".".join(key.path) for key in written_by[step] if ".".join(key.path) in found]
    assert [name for name in written if not found[name].equals(unfinished[name])] == []
    if step not in STEPS[STEPS.index("published__lists") :]:
        assert {name: text for name, text in published_bytes(settings).items() if name in published} == published

    assert refresh(settings, DAY).success
    assert_same_tables(tables(settings), after)
