"""What the tests of download() share: a server, a target, and a call that does not wait."""

import io
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import tenacity
from rich.console import Console

from rfm_assets.ingestion.download import DownloadError, download
from rfm_assets_tests.ingestion.download.server import SHA256, Server


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    yield from Server().run()


@pytest.fixture
def refused_url() -> Iterator[str]:
    with socket.socket() as bound:  # bound and not listening: nobody else can take the port, and it refuses
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/data.csv"


@pytest.fixture
def target(tmp_path) -> Path:
    return tmp_path / "landing" / "online_retail.csv"


class Fetch:
    """Calls download() without waiting, and keeps what was said."""

    def __init__(self, target: Path):
        self.target, self.said = target, io.StringIO()

    def __call__(self, url: str, sha256: str = SHA256, terminal: bool = False) -> bool:
        console = Console(file=self.said, force_terminal=terminal, width=120)
        return download(url, self.target, sha256, console=console, wait=tenacity.wait_none())

    def fails(self, url: str, **options) -> str:
        with pytest.raises(DownloadError) as caught:
            self(url, **options)
        return str(caught.value)


@pytest.fixture
def fetch(target) -> Fetch:
    return Fetch(target)


def files(target: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in target.parent.iterdir()}
