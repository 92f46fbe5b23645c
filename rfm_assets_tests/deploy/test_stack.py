"""A server goes on by itself after everything on it was stopped, with a run in flight."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import tenacity

from rfm_assets.engines.duckdb.frames import read_published
from rfm_assets.sample import write_sample
from rfm_assets_tests.deploy.stack import Stack, stacked
from rfm_assets_tests.postgres import Postgres
from rfm_assets_tests.ui.server import Server, ServerError

SERVICES = ("code_location", "webserver", "daemon")
DAYS = ("2024-10-01", "2024-10-02")
RECOVERED_WITHIN = 180  # seconds
SELECTOR = {"repositoryLocationName": "rfm_assets", "repositoryName": "__repository__"}

RUNS = """
{ runsOrError { ... on Runs { results { runId status parentRunId
    stepStats { stepKey status } tags { key value } } } } }
"""
MESSAGES = """
query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events { ... on MessageEvent { message } } } } }
"""
MATERIALISED = """
{ assetOrError(assetKey: {path: ["segments", "customers"]}) { ... on Asset { assetMaterializations { partition } } } }
"""
START_SCHEDULE = """
mutation($selector: ScheduleSelector!) { startSchedule(scheduleSelector: $selector) { __typename } }
"""
START_SENSOR = "mutation($selector: SensorSelector!) { startSensor(sensorSelector: $selector) { __typename } }"
AUTOMATION = """
query($schedule: ScheduleSelector!, $sensor: SensorSelector!) {
    scheduleOrError(scheduleSelector: $schedule) { ... on Schedule { scheduleState { status } } }
    sensorOrError(sensorSelector: $sensor) { ... on Sensor { sensorState { status typeSpecificData {
        ... on SensorData { lastCursor } } } } } }
"""


@dataclass(frozen=True)
class Story:
    """What was seen before everything was killed with a run in flight, and after it was started again."""

    automation_before: dict
    automation_after: dict
    first: str
    cut_off: dict
    retried: dict
    cut_off_messages: list[str]
    materialised: list[str]
    published: list[str]


@pytest.fixture(scope="module")
def stack(postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    url = postgres_server.create_database("dagster")
    folder = tmp_path_factory.mktemp("stack")
    # The sensor looks once, and starts nothing of its own while the test lasts.
    with stacked(folder, url, RFM_LANDING_SECONDS="86400") as stack:
        write_sample(stack.data / "landing" / "shop.csv", scale=0.05)
        yield stack


@pytest.fixture(scope="module")
def story(stack: Stack, postgres_server: Postgres) -> Story:
    stack.start(*SERVICES)
    server = stack.server()
    server.wait_until_loaded()
    assert server.ask(START_SCHEDULE, selector=SELECTOR | {"scheduleName": "daily_refresh"})["startSchedule"]
    assert server.ask(START_SENSOR, selector=SELECTOR | {"sensorName": "landing_files"})["startSensor"]
    first = server.launch("refresh", DAYS[0])
    server.wait_until_run(first)
    before = wait_until(lambda: looked(server), "the sensor's first look")
    second = server.launch("refresh", DAYS[1])
    wait_until(lambda: has_begun(server, second), "a step of the second run")
    stack.kill()
    postgres_server.stop()
    postgres_server.start()
    stack.start(*SERVICES)
    server = stack.server()
    server.wait_until_loaded()
    retried = wait_until(lambda: retry_of(server, second), "the run that takes the lost one's place")
    published = read_published(
        stack.data / "published" / "segments.duckdb",
        "select distinct snapshot_on::varchar as day from segment_history order by all",
    )
    materialised = server.ask(MATERIALISED)["assetOrError"]["assetMaterializations"]
    messages = server.ask(MESSAGES, id=second)["logsForRun"]["events"]
    return Story(
        automation_before=before,
        automation_after=automation(server),
        first=first,
        cut_off=runs(server)[second],
        retried=retried,
        cut_off_messages=[event["message"] for event in messages],
        materialised=sorted(event["partition"] for event in materialised),
        published=published["day"].to_list(),
    )


def wait_until(probe, what: str):
    """Return the probe's answer once it is one."""
    return tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda answer: not answer),
        stop=tenacity.stop_after_delay(RECOVERED_WITHIN),
        wait=tenacity.wait_fixed(0.5),
        retry_error_callback=lambda _: pytest.fail(f"{what} did not come within {RECOVERED_WITHIN} s"),
    )(probe)


def runs(server: Server) -> dict[str, dict]:
    return {run["runId"]: run for run in server.ask(RUNS)["runsOrError"]["results"]}


def has_begun(server: Server, run_id: str) -> bool:
    run = runs(server)[run_id]
    assert run["status"] in ("QUEUED", "NOT_STARTED", "STARTING", "STARTED"), "it ended before it could be cut off"
    return any(step["status"] == "SUCCESS" for step in run["stepStats"])


def retry_of(server: Server, run_id: str) -> dict | None:
    found = [run for run in runs(server).values() if run["parentRunId"] == run_id]
    return next((run for run in found if run["status"] in ("SUCCESS", "FAILURE")), None)


def automation(server: Server) -> dict:
    return server.ask(
        AUTOMATION,
        schedule=SELECTOR | {"scheduleName": "daily_refresh"},
        sensor=SELECTOR | {"sensorName": "landing_files"},
    )


def looked(server: Server) -> dict | None:
    found = automation(server)
    return found if found["sensorOrError"]["sensorState"]["typeSpecificData"]["lastCursor"] else None


def test_what_was_switched_on_stays_on_and_the_sensor_knows_where_it_was(story):
    assert story.automation_before["scheduleOrError"]["scheduleState"]["status"] == "RUNNING"
    assert story.automation_before["sensorOrError"]["sensorState"]["status"] == "RUNNING"
    assert story.automation_after == story.automation_before


def test_the_run_in_flight_is_marked_failed_and_says_why(story):
    assert story.cut_off["status"] == "FAILURE"
    [reason] = [message for message in story.cut_off_messages if "Marking run" in message]
    assert "its process is gone: the code server was stopped or restarted while it ran" in reason


def test_another_run_takes_the_place_of_the_one_that_was_cut_off(story):
    assert story.retried["status"] == "SUCCESS"
    assert {"key": "dagster/partition", "value": DAYS[1]} in story.retried["tags"]
    assert story.published == [*DAYS]


def test_the_history_has_what_was_before(story):
    assert story.materialised == [*DAYS]


def test_a_viewer_sees_the_runs_and_can_start_none(story, stack):
    stack.stop("webserver")
    stack.start("viewer")
    viewer = stack.server("viewer")
    viewer.wait_until_loaded()
    assert story.first in runs(viewer)
    with pytest.raises(ServerError, match="UnauthorizedError"):
        viewer.launch("refresh", DAYS[0])


def test_every_service_ends_when_it_is_asked_to(story, stack):
    killed = [service for service in stack.running if not stack.stop(service)]
    assert killed == []
