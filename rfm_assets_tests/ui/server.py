"""A Dagster UI started as a person starts it: its processes, and what it answers over GraphQL."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx
import tenacity

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
DAGSTER_DEV = ("dagster", "dev", "-w", "workspace.yaml", "-h", HOST, "-p", "{port}")
STARTED_WITHIN = 120  # seconds; the machine may be busy
RUN_WITHIN = 180
STOPPED_WITHIN = 30
POLL = 0.5  # seconds: an answer takes the server a tenth of one
T = TypeVar("T")

LOCATIONS = """
{ workspaceOrError { __typename
    ... on PythonError { message }
    ... on Workspace { locationEntries { name loadStatus locationOrLoadError {
        __typename ... on PythonError { message } } } } } }
"""
LAUNCH = """
mutation($params: ExecutionParams!) { launchRun(executionParams: $params) { __typename
    ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } ... on InvalidSubsetError { message } } }
"""
STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
FAILURES = """
query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events {
    ... on ExecutionStepFailureEvent { stepKey error { message causes { message } } }
    ... on RunFailureEvent { message } } } } }
"""


class ServerError(RuntimeError):
    """The server did not do what was asked in time: the message ends with what it printed."""


class Server:
    """A running UI; everything it started is in one process group."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self._process = process
        self._log = log
        self.port = port
        self.url = f"http://{HOST}:{port}"

    @property
    def output(self) -> str:
        """What its processes have printed."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """Return the data of a GraphQL answer."""
        answer = httpx.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60)
        body = answer.raise_for_status().json()
        if "errors" in body:
            raise ServerError(str(body["errors"]))
        return body["data"]

    def wait_until_loaded(self) -> dict[str, Any]:
        """Return the one code location when it is loaded, or failed to."""

        def loaded() -> dict[str, Any] | None:
            try:
                workspace = self.ask(LOCATIONS)["workspaceOrError"]
            except (httpx.TransportError, httpx.HTTPStatusError):
                return None
            entries = workspace.get("locationEntries", [])
            done = entries and all(entry["loadStatus"] == "LOADED" for entry in entries)
            return entries[0] if done else None

        return self.wait_until(loaded, STARTED_WITHIN, "load its code location")

    def launch(
        self,
        job: str,
        day: str | None = None,
        assets: Sequence[Sequence[str]] = (),
        checks: Sequence[tuple[Sequence[str], str]] = (),
    ) -> str:
        """Start a run from the server, as the UI's buttons do; return its id."""
        selector = {"repositoryLocationName": "rfm_assets", "repositoryName": "__repository__", "jobName": job}
        if assets or checks:
            selector["assetSelection"] = [{"path": list(path)} for path in assets]
            selector["assetCheckSelection"] = [{"assetKey": {"path": list(of)}, "name": name} for of, name in checks]
        tags = [{"key": "dagster/partition", "value": day}] if day else []
        params = {"selector": selector, "runConfigData": {}, "mode": "default", "executionMetadata": {"tags": tags}}
        launched = self.ask(LAUNCH, params=params)["launchRun"]
        if launched["__typename"] != "LaunchRunSuccess":
            raise ServerError(f"{job} was not launched: {launched}")
        return launched["run"]["runId"]

    def wait_until_run(self, run_id: str) -> None:
        """Return when a run succeeded.

        Raises:
            ServerError: it failed, or took too long.
        """

        def ended() -> str | None:
            status = self.ask(STATUS, id=run_id)["runOrError"]["status"]
            return status if status in ("SUCCESS", "FAILURE", "CANCELED") else None

        status = self.wait_until(ended, RUN_WITHIN, f"end run {run_id}")
        if status != "SUCCESS":
            events = [event for event in self.ask(FAILURES, id=run_id)["logsForRun"]["events"] if event]
            raise ServerError("\n".join([f"run {run_id} ended as {status}", *map(str, events)]))

    def interrupt(self) -> None:
        """Stop it as Ctrl+C in a terminal does, and wait until none of its processes is left.

        Raises:
            ServerError: a process outlived the interrupt; it is killed.
        """
        try:
            os.killpg(self._process.pid, signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOPPED_WITHIN)
            if self._anything_left():
                raise ServerError(f"a process outlived Ctrl+C by {STOPPED_WITHIN} s\n{self.output}")
        finally:
            self.kill()

    def kill(self) -> None:
        """Kill what is left of its processes."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _anything_left(self) -> bool:
        def left() -> bool:
            try:
                os.killpg(self._process.pid, 0)
            except ProcessLookupError:
                return False
            return True

        return _poll(STOPPED_WITHIN)(lambda: not left() or None) is None

    def wait_until(self, probe: Callable[[], T | None], seconds: float, what: str) -> T:
        """Return the probe's answer when there is one.

        Raises:
            ServerError: the server stopped before, or the time is up.
        """

        def probe_living() -> T | None:
            if (status := self._process.poll()) is not None:
                raise ServerError(f"it stopped with status {status} before it could {what}\n{self.output}")
            return probe()

        if (found := _poll(seconds)(probe_living)) is None:
            raise ServerError(f"it did not {what} within {seconds} s\n{self.output}")
        return found


def _poll(seconds: float) -> tenacity.Retrying:
    """Call until the answer is not None, or the time is up: then the answer is None."""
    return tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda answer: answer is None),
        stop=tenacity.stop_after_delay(seconds),
        wait=tenacity.wait_fixed(POLL),
        retry_error_callback=lambda _: None,
    )


@contextmanager
def served(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """Start `command` (from `dagster` or `dg`, `{port}` standing for a free port) in the project's root.

    Args:
        command: the program's name and its arguments.
        folder: where its output goes.
        environment: variables besides those of this process.
    """
    port = free_port()
    program, *arguments = (word.format(port=port) for word in command)
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / program), *arguments],
            cwd=ROOT,
            env=clean_environment() | dict(environment),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # A shell's background job ignores Ctrl+C, and its children would too.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    server = Server(process, port, log)
    try:
        yield server
    finally:
        server.kill()


def new_instance(folder: Path) -> dict[str, str]:
    """Return the variables of a new data folder and a new Dagster instance below `folder`."""
    data, home = folder / "data", folder / "dagster_home"
    (data / "landing").mkdir(parents=True)
    home.mkdir()
    shutil.copy(ROOT / "dagster_home" / "dagster.yaml", home)
    return {"RFM_DATA": str(data), "DAGSTER_HOME": str(home)}


def clean_environment() -> dict[str, str]:
    """Return the variables of this process without the settings of the project."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RFM_")}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
