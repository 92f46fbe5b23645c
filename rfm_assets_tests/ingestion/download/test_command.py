"""The command: it saves the file or says on one line why not, also when it is interrupted."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from rfm_assets_tests.ingestion.download.conftest import files
from rfm_assets_tests.ingestion.download.server import BODY, SHA256, answer

PROJECT = Path(__file__).parents[3]


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "rfm_assets.ingestion.download", *map(str, arguments)]


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "TTY_COMPATIBLE")}
    environment = variables | environment
    return subprocess.run(
        command(*arguments), cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_command_saves_the_file(server, target):
    done = run("--url", server.url, "--sha256", SHA256, "--to", target)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"Saved {target} ({len(BODY):,} bytes, sha256 as expected).\n")
    assert files(target) == {"online_retail.csv": BODY}


def test_the_command_saves_under_the_landing_folder_of_rfm_data_and_makes_both(server, tmp_path):
    assert run("--url", server.url, "--sha256", SHA256, RFM_DATA=str(tmp_path / "new")).returncode == 0
    assert files(tmp_path / "new" / "landing" / "online_retail.csv") == {"online_retail.csv": BODY}


def assert_one_line_of_error(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr + done.stdout
    for part in parts:
        assert part in done.stderr


def test_the_command_says_on_one_line_that_the_address_has_nothing(server, target):
    server.replies = [answer(404, b"no")]
    done = run("--url", server.url, "--sha256", SHA256, "--to", target)
    assert_one_line_of_error(done, server.url, "404 Not Found", str(target), SHA256)
    assert files(target) == {}


def test_the_command_says_on_one_line_that_the_hash_is_wrong(server, target):
    done = run("--url", server.url, "--sha256", "0" * 64, "--to", target, "--attempts", 1)
    assert_one_line_of_error(done, server.url, f"wrong sha256 {SHA256}", str(target), "0" * 64)
    assert (len(server.paths), files(target)) == (1, {})


def test_the_command_says_on_one_line_that_there_is_no_network(refused_url, target):
    done = run("--url", refused_url, "--sha256", SHA256, "--to", target, "--attempts", 1)
    assert_one_line_of_error(done, refused_url, "no network", str(target), SHA256)
    assert files(target) == {}


def test_an_interrupted_command_leaves_no_part(server, target):
    arrived, released = threading.Event(), threading.Event()

    def stall(handler):
        more_than_sockets_hold = bytes(32_000_000)  # so once it is sent, most of it is in the part
        answer(body=more_than_sockets_hold, Content_Length="99000000")(handler)
        arrived.set()
        released.wait(30)

    server.replies = [stall]
    process = subprocess.Popen(
        command("--url", server.url, "--sha256", SHA256, "--to", target),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background has SIGINT ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert arrived.wait(30)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    released.set()
    assert (process.returncode, error) == (130, "Interrupted; nothing was kept.\n")
    assert files(target) == {}
