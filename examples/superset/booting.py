"""A Superset of its own on loopback: new metadata, a new secret key, a new password, and nothing left of it."""

import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import tenacity

HOST = "127.0.0.1"
USER = "trial"
STARTED_WITHIN = 180  # seconds
STOPPED_WITHIN = 30


class Superset:
    """The `superset` command with a metadata database, a secret key and a password of its own, all of them new."""

    def __init__(self, command: Path, home: Path) -> None:
        self._command, self._home = command, home
        self.password = secrets.token_urlsafe(16)
        self._environment = os.environ | {
            "SUPERSET_HOME": str(home),
            "SUPERSET_SECRET_KEY": secrets.token_urlsafe(42),
            "FLASK_APP": "superset",
        }
        home.mkdir()

    def run(self, *arguments: str) -> None:
        """Run one command to its end.

        Raises:
            RuntimeError: it failed; the message ends with what it printed.
        """
        done = subprocess.run(  # noqa: S603  the command that the caller named
            [self._command, *arguments],
            env=self._environment,
            cwd=self._home,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"superset {arguments[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")

    def prepare(self, archive: Path) -> None:
        """Make its metadata database and one user, and import the dashboard."""
        self.run("db", "upgrade")
        names = ("--username", USER, "--firstname", "T", "--lastname", "T", "--email", "trial@localhost")
        self.run("fab", "create-admin", *names, "--password", self.password)
        self.run("init")
        self.run("import-dashboards", "--path", str(archive), "--username", USER)

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it on a free port of loopback, and give its address; every process of it ends with the block."""
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
        with (self._home / "server.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  the same
                [self._command, "run", "-h", HOST, "-p", str(port)],
                env=self._environment, cwd=self._home, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        address = f"http://{HOST}:{port}"
        try:
            for attempt in tenacity.Retrying(
                stop=tenacity.stop_after_delay(STARTED_WITHIN), wait=tenacity.wait_fixed(0.5), reraise=True,
                retry=tenacity.retry_if_exception_type(httpx.HTTPError),
            ):  # fmt: skip
                with attempt:
                    httpx.get(f"{address}/health").raise_for_status()
            yield address
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
