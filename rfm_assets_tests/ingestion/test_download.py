"""download(): the target is whole and right or untouched, against a real server on loopback."""

import gzip
import hashlib
import io
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import tenacity
from rich.console import Console

from rfm_assets.ingestion.download import DownloadError, download

PROJECT = Path(__file__).parents[2]
BODY = b"InvoiceNo,StockCode,Quantity\n" + b"536365,85123A,6\n" * 20_000
SHA256 = hashlib.sha256(BODY).hexdigest()
Reply = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int = 200, body: bytes = BODY, **headers: str) -> Reply:
    def reply(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body)

    return reply


WHOLE = answer(Content_Length=str(len(BODY)))
WHOLE_OF_UNKNOWN_LENGTH = answer()
CUT_OFF = answer(body=BODY[:100_000], Content_Length=str(len(BODY)))
CUT_OFF_OF_UNKNOWN_LENGTH = answer(body=BODY[:100_000])
CUT_OFF_IN_CHUNKS = answer(body=b"5\r\n" + BODY[:5] + b"\r\n", Transfer_Encoding="chunked")
CORRUPTED = answer(body=BODY.replace(b"85123A", b"85123B", 1), Content_Length=str(len(BODY)))


class Server:
    """Gives the replies in turn, then the last one again and again."""

    def __init__(self):
        self.replies: list[Reply] = [WHOLE]
        self.paths: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # without it there is no chunked transfer

            def do_GET(self):
                server.paths.append(self.path)
                self.close_connection = True
                server.replies[min(len(server.paths), len(server.replies)) - 1](self)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/data.csv"

    def run(self) -> Iterator["Server"]:
        thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield self
        self.http.shutdown()
        thread.join()
        self.http.server_close()


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


@pytest.mark.parametrize("reply", [WHOLE, WHOLE_OF_UNKNOWN_LENGTH])
def test_a_good_transfer_leaves_only_the_whole_target(server, fetch, target, reply):
    server.replies = [reply]
    assert fetch(server.url) is True
    assert files(target) == {"online_retail.csv": BODY}
    assert len(server.paths) == 1
    assert fetch.said.getvalue() == (
        f"Downloading {server.url}\nSaved {target} ({len(BODY):,} bytes, sha256 as expected).\n"
    )


def test_the_hash_is_of_the_file_when_the_server_compresses_the_transfer(server, fetch, target):
    packed = gzip.compress(BODY)
    server.replies = [answer(body=packed, Content_Encoding="gzip", Content_Length=str(len(packed)))]
    fetch(server.url)
    assert files(target) == {"online_retail.csv": BODY}


@pytest.mark.parametrize(("reply", "bytes_shown"), [(WHOLE, "320.0/320.0 kB"), (WHOLE_OF_UNKNOWN_LENGTH, "320.0/? kB")])
def test_a_terminal_is_shown_a_bar_with_bytes_and_speed(server, fetch, reply, bytes_shown):
    server.replies = [reply]
    fetch(server.url, terminal=True)
    assert "━" in fetch.said.getvalue()
    assert bytes_shown in fetch.said.getvalue()
    assert "B/s" in fetch.said.getvalue()


def test_a_hash_in_capital_letters_is_the_same_hash(server, fetch, target):
    fetch(server.url, SHA256.upper())
    assert files(target) == {"online_retail.csv": BODY}


def test_a_redirect_is_followed(server, fetch, target):
    server.replies = [answer(302, b"", Location="/moved.csv", Content_Length="0"), WHOLE]
    fetch(server.url)
    assert server.paths == ["/data.csv", "/moved.csv"]
    assert files(target) == {"online_retail.csv": BODY}


def test_a_redirect_away_from_http_is_refused_at_once(server, fetch, target, tmp_path):
    server.replies = [answer(302, b"", Location=f"file://{tmp_path}/secret", Content_Length="0")]
    assert "unsupported protocol 'file://'" in fetch.fails(server.url)
    assert len(server.paths) == 1
    assert files(target) == {}


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (CUT_OFF, "the transfer was cut off"),
        (CUT_OFF_IN_CHUNKS, "the transfer was cut off"),
        (CUT_OFF_OF_UNKNOWN_LENGTH, "of the 100,000 bytes that arrived"),
        (CORRUPTED, "wrong sha256"),
        (answer(200, b"not gzip", Content_Encoding="gzip"), "decompressing"),
        (answer(503, b""), "the server answered 503 Service Unavailable"),
        (answer(429, b""), "the server answered 429 Too Many Requests"),
    ],
    ids=["cut off", "chunks cut off", "cut off, length unknown", "corrupted", "bad gzip", "503", "429"],
)
class TestAFaultThatMayPass:
    def test_is_tried_again_until_the_transfer_is_whole(self, server, fetch, target, bad, why):
        server.replies = [bad, bad, WHOLE]
        assert fetch(server.url) is True
        assert len(server.paths) == 3
        assert files(target) == {"online_retail.csv": BODY}
        first, second = [line for line in fetch.said.getvalue().splitlines() if line.startswith("Attempt")]
        assert first.startswith("Attempt 1 of 4: ")
        assert why in first
        assert second.startswith("Attempt 2 of 4: ")

    def test_that_stays_is_reported_after_the_last_attempt_and_leaves_no_file(self, server, fetch, target, bad, why):
        server.replies = [bad]
        message = fetch.fails(server.url)
        assert why in message
        assert len(server.paths) == 4
        assert files(target) == {}


def test_a_server_that_falls_silent_is_given_up_and_tried_again(server, fetch, target, monkeypatch):
    released = threading.Event()

    def fall_silent(handler):
        answer(body=BODY[:100_000], Content_Length=str(len(BODY)))(handler)
        released.wait(30)

    monkeypatch.setattr("rfm_assets.ingestion.download.TIMEOUT", httpx.Timeout(10, read=0.2))
    server.replies = [fall_silent, WHOLE]
    assert fetch(server.url) is True
    released.set()
    assert "Attempt 1 of 4: nothing arrived for " in fetch.said.getvalue()
    assert len(server.paths) == 2
    assert files(target) == {"online_retail.csv": BODY}


@pytest.mark.parametrize("status", [404, 403, 410])
def test_a_refusal_by_the_server_is_not_tried_again(server, fetch, target, status):
    server.replies = [answer(status, b"no"), WHOLE]
    assert f"the server answered {status} " in fetch.fails(server.url)
    assert len(server.paths) == 1
    assert files(target) == {}


def test_a_failure_tells_where_to_get_the_file_and_where_to_put_it(server, fetch, target):
    server.replies = [answer(404, b"no")]
    assert fetch.fails(server.url) == (
        f"Could not download {server.url}: the server answered 404 Not Found. Try later, or fetch it by hand and "
        f"save it as {target} (expected sha256 {SHA256})."
    )


def test_a_refused_connection_is_tried_again_and_called_no_network(fetch, target, refused_url):
    message = fetch.fails(refused_url)
    assert "no network, or the server is down ([Errno 111] Connection refused)" in message
    assert fetch.said.getvalue().count("again in 0 s") == 3
    assert files(target) == {}


def test_a_name_that_does_not_resolve_is_called_no_network(fetch, target, monkeypatch):
    def resolve_nothing(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve_nothing)
    message = fetch.fails("https://archive.ics.uci.edu/data.csv")
    assert "no network, or the server is down" in message
    assert "Name or service not known" in message


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_a_certificate_that_does_not_hold_is_refused_at_once(server, fetch, target, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*request, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    message = fetch.fails(server.url.replace("http:", "https:"))
    assert "CERTIFICATE_VERIFY_FAILED" in message
    assert "no network" not in message
    assert "Attempt" not in fetch.said.getvalue()
    assert (server.paths, files(target)) == ([], {})


def test_a_target_with_the_right_hash_is_kept_without_a_request(server, fetch, target):
    target.parent.mkdir()
    target.write_bytes(BODY)
    assert fetch(server.url) is False
    assert server.paths == []
    assert "already there" in fetch.said.getvalue()


def test_a_target_with_other_content_is_never_overwritten(server, fetch, target):
    target.parent.mkdir()
    target.write_bytes(b"mine")
    message = fetch.fails(server.url)
    assert f"{target} is there with other content (sha256 {hashlib.sha256(b'mine').hexdigest()}" in message
    assert server.paths == []
    assert files(target) == {"online_retail.csv": b"mine"}


def test_a_file_put_there_during_the_transfer_is_never_overwritten(server, fetch, target):
    def put_a_file_then_reply(handler):
        target.write_bytes(b"mine")
        WHOLE(handler)

    server.replies = [put_a_file_then_reply]
    assert "is there with other content" in fetch.fails(server.url)
    assert files(target) == {"online_retail.csv": b"mine"}


def test_the_target_does_not_exist_while_bytes_arrive(server, fetch, target):
    seen, opened = [], threading.Event()

    def reply_in_halves(handler):
        answer(body=b"", Content_Length=str(len(BODY)))(handler)
        handler.wfile.write(BODY[:100_000])
        opened.wait(10)
        seen.extend(path.name for path in target.parent.iterdir())
        handler.wfile.write(BODY[100_000:])

    server.replies = [reply_in_halves]
    real_open = Path.open

    def open_and_tell(path, *arguments, **options):
        file = real_open(path, *arguments, **options)
        if path.name.endswith(".part"):
            opened.set()
        return file

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", open_and_tell)
        fetch(server.url)
    assert seen == ["online_retail.csv.part"]


def test_a_part_left_by_a_killed_run_is_replaced(server, fetch, target):
    target.parent.mkdir()
    target.with_name("online_retail.csv.part").write_bytes(b"x" * (len(BODY) + 1))
    fetch(server.url)
    assert files(target) == {"online_retail.csv": BODY}


def test_a_target_that_cannot_be_written_is_named(server, fetch, target):
    target.parent.write_bytes(b"a file where the folder should be")
    assert fetch.fails(server.url).startswith(f"Could not write {target}: [Errno 17] File exists")
    assert server.paths == []


@pytest.mark.parametrize("url", ["data.csv", "ftp://127.0.0.1/a", "file:///etc/hosts", "http://", "http://[::1"])
def test_an_address_that_is_not_http_is_refused_before_any_request(fetch, target, url):
    message = fetch.fails(url)
    assert message.startswith(f"{url!r} is not an ")
    assert "address" in message
    assert fetch.said.getvalue() == ""
    assert not target.parent.exists()


def test_a_malformed_host_name_is_an_error_like_any_other(fetch, target):
    assert fetch.fails("http://a..b/data.csv").startswith("Could not download http://a..b/data.csv: ")
    assert files(target) == {}


def test_a_sha256_of_the_wrong_form_is_refused_before_any_request(server, fetch):
    assert fetch.fails(server.url, sha256="abc") == (
        "'abc' is not a sha256. Give 64 hexadecimal digits, as sha256sum prints them."
    )
    assert server.paths == []


def test_fewer_than_one_attempt_is_refused(server, target):
    with pytest.raises(DownloadError, match=r"0 attempts download nothing. Give at least 1"):
        download(server.url, target, SHA256, attempts=0)
    assert server.paths == []


@pytest.mark.parametrize(("name", "value"), [("HTTP_PROXY", "gopher://127.0.0.1"), ("SSL_CERT_FILE", "/nowhere.pem")])
def test_network_variables_that_cannot_be_used_are_named(server, fetch, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    message = fetch.fails(server.url)
    assert message.startswith("The network settings cannot be used (")
    assert name in message
    assert server.paths == []


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


def test_the_command_saves_under_the_landing_folder_of_rfm_data(server, target, tmp_path):
    assert run("--url", server.url, "--sha256", SHA256, RFM_DATA=str(tmp_path)).returncode == 0
    assert files(target) == {"online_retail.csv": BODY}


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
    assert files(target) == {}


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
