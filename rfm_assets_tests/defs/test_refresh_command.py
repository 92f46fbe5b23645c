"""The command behind `make refresh`: its messages and exit status, called; what a kill leaves, as a process."""

import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster._core.workspace.load import location_origins_from_yaml_paths

from rfm_assets.commands.refresh import main
from rfm_assets.definitions import defs
from rfm_assets.defs.partitions import SNAPSHOTS
from rfm_assets_tests.defs.conftest import DAYS
from rfm_assets_tests.defs.tables import assert_same_tables, tables

DAY, NEXT_DAY = DAYS[:2]
ROOT = Path(__file__).parents[2]
WAIT = 300  # seconds until a process that hangs is given up


class Command:
    """Runs the command on a data folder and a Dagster instance of its own."""

    def __init__(self, settings, home, capture):
        self.settings, self.home, self._capture = settings, home, capture
        home.mkdir()
        shutil.copy(ROOT / "dagster_home" / "dagster.yaml", home)
        self.environment = os.environ | {"RFM_DATA": str(settings.data), "DAGSTER_HOME": str(home), "NO_COLOR": "1"}

    def start(self, *days, **variables):
        """Start the command; a variable that is None is not set."""
        environment = self.environment | variables
        return subprocess.Popen(
            [sys.executable, "-m", "rfm_assets.commands.refresh", *days],
            cwd=ROOT,
            env={name: value for name, value in environment.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *days, **variables):
        """Run the command and return its exit status and the lines of its standard error."""
        with self.start(*days, **variables) as process:
            _, errors = process.communicate(timeout=WAIT)
        return process.returncode, errors.splitlines()

    def call(self, *days, **variables):
        """Call what the command calls, in this process, where Dagster is loaded; return the same as `run`."""
        with pytest.MonkeyPatch.context() as changed:
            changed.chdir(ROOT)
            for name, value in (self.environment | variables).items():
                if value is None:
                    changed.delenv(name)
                else:
                    changed.setenv(name, value)
            status = main(days)
        return status, self._capture.readouterr().err.splitlines()

    def runs(self):
        """Return the runs that the Dagster instance knows, oldest first."""
        with dg.DagsterInstance.from_config(str(self.home)) as instance:
            return instance.get_runs(ascending=True)


def children_of(pid):
    """Return the names of the processes that a process has started and that are still there."""
    with suppress(psutil.NoSuchProcess):
        return {child.name() for child in psutil.Process(pid).children()}
    return set()


@pytest.fixture
def command(settings_for, sample_csv, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))  # dagster.yaml asks for it
    settings = settings_for(tmp_path / "data")
    shutil.copy(sample_csv, settings.landing / "shop.csv")
    return Command(settings, tmp_path / "home", capsys)


@pytest.mark.parametrize(
    ("days", "variables", "message"),
    [
        (["yesterday"], {}, "error: yesterday is not a day that can be refreshed: days are written 2011-12-09 and go"),
        (["2010-11-30"], {}, "error: 2010-11-30 is not a day that can be refreshed.* from 2010-12-01 to 20"),
        (["2198-01-01"], {}, "error: 2198-01-01 is not over yet by the shop's clock, UTC .*: the last day .* is 20"),
        ([DAY, "2024-02-30"], {}, "error: 2024-02-30 is not a day that can be refreshed"),
        ([NEXT_DAY, DAY], {}, f"error: the range ends on {DAY}, before it begins on {NEXT_DAY}: exchange them"),
        ([DAY], {"DAGSTER_HOME": None}, "error: DAGSTER_HOME is not set: it names the folder"),
        ([DAY], {"DAGSTER_HOME": "/there/is/no/such/folder"}, "error: there is no folder /there/is/no/such/folder"),
        ([DAY], {"RFM_CLUSTERS": "1"}, "error: RFM_CLUSTERS is '1'. .* greater than or equal to 2"),
        ([DAY], {"RFM_SETTINGS": "/no/such.toml"}, "error: RFM_SETTINGS is '/no/such.toml', but there is no such file"),
    ],
)
def test_a_wrong_call_is_one_line_and_changes_nothing(command, days, variables, message):
    assert_refused(command, command.call(*days, **variables), message)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"RFM_LAST_SNAPSHOT": "2024-09-29"}, f"error: {DAY} is not a day.* to 2024-09-29"),
        ({"RFM_FIRST_SNAPSHOT": "2199-01-01"}, "error: RFM_FIRST_SNAPSHOT is not over yet: there is no day"),
    ],
)
def test_a_day_outside_the_limits_that_a_process_starts_with_is_one_line_and_changes_nothing(
    command, variables, message
):
    assert_refused(command, command.run(DAY, **variables), message)


def assert_refused(command, told, message):
    status, errors = told
    assert (status, len(errors)) == (2, 1), errors
    assert re.match(message, errors[0])
    assert not command.settings.warehouse.exists()
    assert not command.settings.published.exists()


def test_a_data_folder_that_cannot_be_used_is_told(command, tmp_path):
    (tmp_path / "taken").write_text("no folder")
    status, errors = command.call(DAY, RFM_DATA=str(tmp_path / "taken" / "data"))
    assert status == 1
    assert errors[-1].startswith("failed: [Errno 20] Not a directory")


def test_what_waits_and_what_is_to_be_done_where_publishing_fails_is_said(command):
    (command.settings.landing / "orders.tmp").touch()
    (command.settings.published / ".segments.duckdb.part" / "in the way").mkdir(parents=True)
    status, errors = command.call(DAY)
    assert status == 1
    assert "orders.tmp is not whole, its name says: it waits for the next run" in errors
    (failed,) = [line for line in errors if line.startswith("published.segments")]
    assert "failed: Nothing was published, what was published before stays: " in failed
    assert "MB are free in" not in failed, "it is not for lack of room"


def test_a_dagster_instance_that_cannot_store_is_one_line(command):
    (command.home / "history" / "runs.db").mkdir(parents=True)
    assert command.call(DAY) == (
        2,
        [
            f"error: {command.home} (DAGSTER_HOME) cannot store what the run does: unable to open database file. "
            "Correct it, such as by making room, and run it again: every table is as before or as after"
        ],
    )


def test_a_dagster_instance_in_a_folder_that_it_cannot_find_its_files_in_is_one_line(command, tmp_path):
    home = command.home.rename(tmp_path / "a?b")
    status, errors = command.call(DAY, DAGSTER_HOME=str(home))
    assert (status, len(errors)) == (2, 1), errors
    assert errors[0].startswith(f"error: DAGSTER_HOME is '{home}', which `make` sets by RFM_DATA: ")


def test_a_warehouse_that_is_damaged_is_told_with_what_to_do(command):
    command.settings.warehouse.parent.mkdir(parents=True)
    command.settings.warehouse.write_bytes(b"no database" * 5000)
    status, errors = command.call(DAY)
    assert status == 1
    (failed,) = [line for line in errors if line.startswith("raw ")]
    assert f"failed: {command.settings.warehouse} is damaged" in failed
    assert "put back its last copy" in failed


def test_a_call_without_a_day_says_how_to_call_it(capsys):
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m rfm_assets.commands.refresh")


def test_a_good_day_prints_a_line_for_each_step_and_is_a_run_of_the_instance(command, job, day_by_day):
    started = set()
    with command.start(DAY) as process:
        while process.poll() is None:
            started |= children_of(process.pid)
            time.sleep(0.05)
        lines = process.communicate()[1].splitlines()
    assert process.returncode == 0, lines
    assert started, "the process that fits"
    assert "tail" not in started, "with Dagster's copies of what is printed the last lines are lost"
    warned = [line for line in lines if line.startswith("warning: ")]
    # The sample has lines that cannot be read, and so few customers that no clusters are stable.
    assert [line.split(": ")[1] for line in warned] == [
        "raw.files lines_readable",
        "model.versions newest_version_promoted",
    ]
    steps = [re.fullmatch(r"(\S+) +\d+\.\d\d s", line) for line in lines if line not in warned]
    assert all(steps), lines
    names = [step[1] for step in steps]
    assert sorted(names) == sorted(name.replace("__", ".") for name in job.graph.node_dict)
    assert names[-1] == "segments_snapshots_checks", "what marks the snapshot complete comes last"
    (run,) = command.runs()
    assert (run.job_name, run.status) == ("refresh", dg.DagsterRunStatus.SUCCESS)
    assert run.tags["dagster/partition"] == DAY
    assert_same_tables(tables(command.settings), day_by_day.tables[0])


def test_a_step_that_fails_is_a_plain_line_and_status_1_and_the_ui_can_run_it_again(command):
    (command.settings.landing / "shop.csv").unlink()
    status, lines = command.call(SNAPSHOTS.get_last_partition_key())  # the newest day that is over
    assert status == 1
    (failed,) = [line for line in lines if re.match(r"raw +failed: no file lies in ", line)]
    assert str(command.settings.landing) in failed
    assert not [line for line in lines if "Traceback" in line]
    (run,) = command.runs()
    assert run.status == dg.DagsterRunStatus.FAILURE
    origin = run.remote_job_origin
    assert origin.job_name == "refresh"
    (served,) = location_origins_from_yaml_paths([str(ROOT / "workspace.yaml")])
    assert origin.location_name == served.location_name
    assert origin.repository_origin.repository_name == defs().get_repository_def().name
    assert run.tags["dagster/max_retries"] == "0", "a person may have interrupted it: not by itself"


@pytest.mark.parametrize("killed_after", ["warehouse", "rfm.customers"])
def test_a_run_after_one_that_was_killed_gives_the_same_tables(command, day_by_day, killed_after):
    with command.start(DAY) as process:
        if killed_after == "warehouse":
            while not command.settings.warehouse.exists() and process.poll() is None:
                time.sleep(0.01)
        else:
            # A step's line is written when it ends: the next one has begun or is about to.
            while not next(process.stderr).startswith(f"{killed_after} "):
                pass
        assert process.poll() is None
        process.kill()
    assert process.returncode < 0
    assert not command.settings.published.exists()
    status, lines = command.call(DAY)
    assert status == 0, lines
    assert_same_tables(tables(command.settings), day_by_day.tables[0])
    assert [run.status for run in command.runs()][-1] == dg.DagsterRunStatus.SUCCESS


def test_two_commands_at_once_a_day_and_a_range_both_succeed_and_lose_nothing(command, day_by_day):
    with ExitStack() as stack:
        both = [stack.enter_context(command.start(*days)) for days in ([DAY], [DAY, NEXT_DAY])]
        outputs = [process.communicate(timeout=WAIT)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    runs = command.runs()
    assert [run.status for run in runs] == [dg.DagsterRunStatus.SUCCESS] * 2
    ranges = [run.tags.get("dagster/asset_partition_range_end") for run in runs]
    assert set(ranges) == {None, NEXT_DAY}
    assert_same_tables(tables(command.settings), day_by_day.tables[1])
