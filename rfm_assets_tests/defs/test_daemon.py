"""Everything at once against a real Dagster, its UI's server and its daemon as `make dev` starts them."""

import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import tenacity

from rfm_assets.sample import write_sample
from rfm_assets_tests.defs.tables import assert_same_tables, tables
from rfm_assets_tests.rows import line, write_csv
from rfm_assets_tests.ui.server import HOST, ROOT, clean_environment, new_instance, served

DAGSTER_DEV = ("dagster", "dev", "-w", "workspace.yaml", "-h", HOST, "-p", "{port}")
WITHIN = 400  # seconds; the machine may be busy
FIRST, LAST = "2024-10-22", "2024-10-31"
LATE = line("900001", "late", "10/29/2024 9:00", price="5.00", code="LATE")
REPOSITORY = {"repositoryLocationName": "rfm_assets", "repositoryName": "__repository__"}

BACKFILL = """
mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) { __typename
    ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }
"""
START_SENSOR = """
mutation($selector: SensorSelector!) { startSensor(sensorSelector: $selector) { __typename
    ... on Sensor { sensorState { status } } ... on PythonError { message } } }
"""
RUNS = """
{ runsOrError { ... on Runs { results { runId jobName status tags { key value } stats {
    ... on RunStatsSnapshot { stepsFailed startTime endTime } } } } } }
"""


class Shop:
    """A running Dagster on the sample shop, and what a person does with it."""

    def __init__(self, server, settings, environment):
        self.server, self.settings, self.environment = server, settings, environment

    def switch_on(self, sensor):
        answer = self.server.ask(START_SENSOR, selector={**REPOSITORY, "sensorName": sensor})["startSensor"]
        assert answer["sensorState"]["status"] == "RUNNING", answer

    def backfill(self, job, days):
        """Launch a backfill as the job's page does."""
        selector = {"partitionSetName": f"{job}_partition_set", "repositorySelector": REPOSITORY}
        answer = self.server.ask(BACKFILL, params={"selector": selector, "partitionNames": days})
        assert answer["launchPartitionBackfill"]["__typename"] == "LaunchBackfillSuccess", answer

    def command(self, *words):
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env=clean_environment() | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def runs(self):
        """Return all runs, newest first, their tags as a dictionary."""
        found = self.server.ask(RUNS)["runsOrError"]["results"]
        return [run | {"tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in found]

    def wait_until(self, probe, what):
        """Return what the probe gives for the runs, as soon as it gives something."""
        polled = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda found: not found),
            stop=tenacity.stop_after_delay(WITHIN),
            wait=tenacity.wait_fixed(1),
            retry_error_callback=lambda _: None,
        )
        found = polled(lambda: probe(self.runs()))
        assert found, f"not {what} within {WITHIN} s: {self.runs()}\n{self.server.output[-5000:]}"
        return found

    def wait_until_ended(self, probe, what):
        """Return the runs that the probe finds, when all runs there are have ended."""

        def ended(runs):
            return (
                probe(runs) and all(run["status"] in ("SUCCESS", "FAILURE", "CANCELED") for run in runs) and probe(runs)
            )

        return self.wait_until(ended, what)


@pytest.fixture
def shop(tmp_path, settings_for):
    environment = new_instance(tmp_path) | {
        "RFM_LAST_SNAPSHOT": LAST, "RFM_LANDING_SECONDS": "10", "RFM_CLUSTERS": "4", "NO_COLOR": "1",
    }  # fmt: skip
    settings = settings_for(Path(environment["RFM_DATA"]), clusters=4)
    write_sample(settings.landing / "shop.csv", scale=0.1)
    with served(DAGSTER_DEV, tmp_path, environment) as server:
        server.wait_until_loaded()
        yield Shop(server, settings, environment)


def of(runs, job, **tags):
    named = {f"dagster/{name}": value for name, value in tags.items()}
    return [run for run in runs if run["jobName"] == job and named.items() <= run["tags"].items()]


def overlapping(runs):
    """Return the pairs of runs that ran at the same time."""
    spans = sorted((run["stats"]["startTime"], run["stats"]["endTime"]) for run in runs)
    return [(before, after) for before, after in pairwise(spans) if after[0] < before[1]]


def test_runs_started_at_once_queue_and_late_data_ends_in_the_tables_of_a_fresh_build(
    shop, settings_for, refresh_tables, tmp_path
):
    days = [f"2024-10-{day}" for day in range(22, 32)]
    shop.server.launch("refresh", "2024-10-30")
    # Dagster 1.13 counts a pool from the second time that it takes runs out of the queue; until then a run that is
    # started too early waits for the lock of the run before.
    shop.wait_until(lambda runs: runs[0]["status"] in ("STARTED", "SUCCESS"), "started")
    shop.server.launch("refresh", "2024-10-31")
    shop.backfill("refresh", days)
    with shop.command("rfm_assets.commands.refresh", "2024-10-30", "2024-10-31") as command:
        output, _ = command.communicate(timeout=WITHIN)
    assert command.returncode == 0, output

    def all_there(runs):
        return of(runs, "refresh", asset_partition_range_start=FIRST) and runs

    runs = shop.wait_until_ended(all_there, "all run")
    assert Counter(run["status"] for run in runs) == {"SUCCESS": 4}, runs
    (backfill,) = [run for run in runs if "dagster/backfill" in run["tags"]]
    assert backfill["tags"]["dagster/asset_partition_range_end"] == LAST, "its days are one run"
    queued = [run for run in runs if run["tags"].get("dagster/partition") or "dagster/backfill" in run["tags"]]
    assert overlapping(queued) == []

    shop.switch_on("landing_files")
    shop.switch_on("restated_snapshots")
    write_csv(shop.settings.landing / "late.csv", [LATE])
    (restated,) = shop.wait_until_ended(lambda runs: of(runs, "restate"), "restated")
    (brought,) = [run for run in shop.runs() if of([run], "refresh", sensor_name="landing_files")]
    assert brought["status"] == "SUCCESS", "what other runs have read starts none"
    assert restated["status"] == "SUCCESS"
    assert restated["tags"]["rfm_assets/snapshots"] == "2024-10-29..2024-10-31"
    assert overlapping([*queued, brought, restated]) == []

    fresh = settings_for(tmp_path / "fresh", clusters=4)
    write_sample(fresh.landing / "shop.csv", scale=0.1)
    assert refresh_tables(fresh, FIRST, "2024-10-28").success
    write_csv(fresh.landing / "late.csv", [LATE])
    assert refresh_tables(fresh, "2024-10-29", LAST).success
    assert_same_tables(tables(shop.settings), tables(fresh))
