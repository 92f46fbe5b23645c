"""The services of `deploy/compose.yaml` as processes of this machine: the same commands, variables and instance."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import tenacity
import yaml

from rfm_assets_tests.ui.server import HOST, ROOT, Server, ServerError, clean_environment, free_port

DEPLOY = ROOT / "deploy"
STARTED_WITHIN = 120  # seconds; the machine may be busy
STOPPED_WITHIN = 60
PROGRAMS = Path(sys.executable).parent
IN_IMAGE = "/opt/dagster"  # DAGSTER_HOME there


@cache
def compose() -> dict[str, Any]:
    """Return the compose file; YAML puts the shared parts where they are named."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


class Stack:
    """Starts and stops the services on one data folder, one Dagster home and one database."""

    def __init__(self, folder: Path, postgres_url: str, **settings: str) -> None:
        self.data = folder / "data"
        (self.data / "landing").mkdir(parents=True)
        self._home = folder / "dagster"
        self._home.mkdir()
        for name in ("dagster.yaml", "workspace.yaml"):
            shutil.copy(DEPLOY / name, self._home)
        self._folder = folder
        self._settings = settings
        self._ports = {port: str(free_port()) for port in ("3000", "4000")}
        self._postgres = urlsplit(postgres_url)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *services: str) -> None:
        """Start services one after the other, each when the one before is healthy.

        Raises:
            ServerError: one ended, or was not healthy in time; the message ends with what it printed.
        """
        for service in services:
            self._running[service] = self._open(compose()["services"][service]["command"], service)
            self._wait_until_healthy(service)

    def server(self, service: str = "webserver") -> Server:
        """Return what answers GraphQL."""
        return Server(self._running[service], int(self._ports["3000"]), self._log(service))

    def printed(self, service: str) -> str:
        """Return what a service has printed."""
        return self._log(service).read_text(encoding="utf-8", errors="replace")

    @property
    def running(self) -> tuple[str, ...]:
        """The services that were started and not stopped, the last started first."""
        return tuple(reversed(self._running))

    def stop(self, service: str) -> bool:
        """Stop a service as `docker compose stop` does: ask, then kill; return whether asking was enough."""
        process = self._running.pop(service)
        process.terminate()
        try:
            process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            return False
        finally:
            self._kill(process)
        return True

    def kill(self) -> None:
        """Kill every process at once, as a power cut does."""
        for process in self._running.values():
            self._kill(process)
        self._running.clear()

    def _wait_until_healthy(self, service: str) -> None:
        check = compose()["services"][service]["healthcheck"]["test"]
        assert check[0] == "CMD"

        def healthy() -> bool:
            if (status := self._running[service].poll()) is not None:
                raise ServerError(f"{service} stopped with status {status}\n{self.printed(service)}")
            return self._open(check[1:], f"{service}_health").wait(STARTED_WITHIN) == 0

        waiting = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda answer: not answer),
            stop=tenacity.stop_after_delay(STARTED_WITHIN),
            wait=tenacity.wait_fixed(1),
            retry_error_callback=lambda _: False,
        )
        if not waiting(healthy):
            raise ServerError(f"{service} is not healthy after {STARTED_WITHIN} s\n{self.printed(service)}")

    def _open(self, command: Sequence[str], name: str) -> subprocess.Popen[bytes]:
        program, *arguments = (self._here(word) for word in command)
        with self._log(name).open("ab") as output:
            return subprocess.Popen(
                [str(PROGRAMS / program), *arguments],
                cwd=self._home,
                env=self._environment(name.removesuffix("_health")),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # A shell's background job ignores Ctrl+C, and its children would too.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def _environment(self, service: str) -> dict[str, str]:
        """Return the variables of the service: the image's, those of its env files, and those named in the file."""
        declared = compose()["services"][service]
        variables = {"PYTHONUNBUFFERED": "1", "DAGSTER_HOME": str(self._home), "RFM_DATA": str(self.data)}
        files = declared["env_file"] if isinstance(declared["env_file"], list) else [declared["env_file"]]
        if "postgres.env" in files:
            variables |= {
                "POSTGRES_USER": unquote(self._postgres.username or ""),
                "POSTGRES_PASSWORD": unquote(self._postgres.password or ""),
                "POSTGRES_DB": self._postgres.path.removeprefix("/"),
            }
        if "rfm.env" in files:
            variables |= self._settings
        named = declared["environment"] | {
            "POSTGRES_HOST": self._postgres.hostname, "POSTGRES_PORT": str(self._postgres.port),
            "CODE_LOCATION_HOST": HOST, "CODE_LOCATION_PORT": self._ports["4000"],
        }  # fmt: skip
        if "RFM_DATA" in named:
            named["RFM_DATA"] = str(self.data)
        return clean_environment() | variables | named

    def _here(self, word: str) -> str:
        """Return a word of a command with the container's address, ports and folder replaced by those of this test."""
        if word in self._ports:
            return self._ports[word]
        for port, own in self._ports.items():
            word = word.replace(f"127.0.0.1:{port}", f"{HOST}:{own}")
        return word.replace("0.0.0.0", HOST).replace(IN_IMAGE, str(self._home))  # noqa: S104

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def stacked(folder: Path, postgres_url: str, **settings: str) -> Iterator[Stack]:
    """Give a stack of which nothing is started yet, and kill what is left of it."""
    stack = Stack(folder, postgres_url, **settings)
    try:
        yield stack
    finally:
        stack.kill()
