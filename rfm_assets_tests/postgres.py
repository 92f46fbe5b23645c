"""A real PostgreSQL for tests: Debian's programs, a cluster of the session's own, a database for each test."""

import os
import pwd
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psycopg
import pytest
import tenacity
from psycopg import sql

from rfm_assets_tests.ui.server import HOST, free_port

PROGRAMS = Path("/usr/lib/postgresql")  # Debian keeps a folder for each version here, and none of them in PATH
SUPERUSER = "rfm"
PASSWORD = "not:a/secret?"  # noqa: S105  letters that a URL must escape
MAINTENANCE = "postgres"  # the database that every cluster has
PORT_TRIES = 3  # between finding a free port and taking it another process may be faster
# A cluster that lives for minutes need not outlive a power cut.
OPTIONS = {"fsync": "off", "full_page_writes": "off", "listen_addresses": HOST}


class Postgres:
    """A running cluster, reached on loopback with a password."""

    def __init__(self, programs: Path, folder: Path, owner: str | None) -> None:
        self._programs = programs
        self._folder = folder
        self._data = folder / "data"
        self._owner = owner
        self.port = 0

    def create(self) -> None:
        """Make the cluster's files."""
        password = self._folder / "password"
        password.write_text(PASSWORD)
        if self._owner:
            for path in (self._folder, password):
                os.chown(path, pwd.getpwnam(self._owner).pw_uid, -1)
        self._run(
            "initdb", f"--pgdata={self._data}", f"--username={SUPERUSER}", f"--pwfile={password}", "--no-sync",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8",
        )  # fmt: skip

    @tenacity.retry(stop=tenacity.stop_after_attempt(PORT_TRIES), reraise=True)
    def start(self) -> None:
        """Start the server, on the port that it had before if it ran before, and wait until it answers."""
        port = self.port or free_port()
        options = {**OPTIONS, "port": port, "unix_socket_directories": self._folder}
        words = " ".join(f"-c {name}={value}" for name, value in options.items())
        self._run("pg_ctl", "start", f"--pgdata={self._data}", f"--log={self._folder / 'log'}", "-w", f"-o{words}")
        self.port = port

    def stop(self) -> None:
        """Stop the server at once; what was committed is there after the next start."""
        self._run("pg_ctl", "stop", f"--pgdata={self._data}", "--mode=immediate")

    def url(self, database: str) -> str:
        """Return the connection string of a database."""
        return f"postgresql://{SUPERUSER}:{quote(PASSWORD, safe='')}@{HOST}:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Make an empty database, without an older one of that name; return its connection string."""
        with psycopg.connect(self.url(MAINTENANCE), autocommit=True) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return self.url(name)

    def _run(self, program: str, *arguments: str) -> None:
        # Neither initdb nor the server runs as root.
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=(output := self._folder / "output").open("wb"),  # the server keeps it: a pipe would stay open
            stderr=subprocess.STDOUT,
            check=False,
            user=self._owner,
        )
        if done.returncode:
            raise RuntimeError(f"{program} ended with status {done.returncode}: {output.read_text()}{self._log()}")

    def _log(self) -> str:
        log = self._folder / "log"
        return log.read_text() if log.exists() else ""


def _programs() -> Path | None:
    found = [path.parent for path in PROGRAMS.glob("*/bin/initdb") if re.fullmatch(r"\d+", path.parts[-3])]
    return max(found, key=lambda path: int(path.parts[-2]), default=None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A running cluster; the test is skipped where Debian's package `postgresql` is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip(f"there is no PostgreSQL in {PROGRAMS}: install the package postgresql")
    # pytest's own folders are closed to the cluster's user, and too long for a socket's path.
    with TemporaryDirectory(prefix="rfm_postgres_") as folder:
        server = Postgres(programs, Path(folder), "postgres" if os.getuid() == 0 else None)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> str:
    """The connection string of an empty database, for one test."""
    return postgres_server.create_database("rfm_test")
