"""What is tried again, what is refused at once, and what is said of either."""

import shutil
import socket
import ssl
import subprocess
import threading

import httpx
import pytest

from rfm_assets.ingestion.download import DownloadError, download
from rfm_assets_tests.ingestion.download.conftest import files
from rfm_assets_tests.ingestion.download.server import (
    BODY,
    CORRUPTED,
    CUT_OFF,
    CUT_OFF_IN_CHUNKS,
    CUT_OFF_OF_UNKNOWN_LENGTH,
    PACKED,
    PACKED_BODY,
    SHA256,
    WHOLE,
    WHOLE_OF_UNKNOWN_LENGTH,
    answer,
)


@pytest.mark.parametrize(("reply", "bytes_shown"), [(WHOLE, "320.0/320.0 kB"), (WHOLE_OF_UNKNOWN_LENGTH, "320.0/? kB")])
def test_a_terminal_is_shown_a_bar_with_bytes_and_speed(server, fetch, reply, bytes_shown):
    server.replies = [reply]
    fetch(server.url, terminal=True)
    assert "━" in fetch.said.getvalue()
    assert bytes_shown in fetch.said.getvalue()
    assert "B/s" in fetch.said.getvalue()


def test_of_a_transfer_that_the_server_compresses_the_compressed_bytes_are_shown(server, fetch):
    server.replies = [PACKED]
    fetch(server.url, terminal=True)
    assert f"{len(PACKED_BODY)}/{len(PACKED_BODY)} bytes" in fetch.said.getvalue()


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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_PROXY", "gopher://127.0.0.1"),
        ("HTTP_PROXY", "http://[::1"),
        ("ALL_PROXY", "socks5://127.0.0.1:1080"),
        ("SSL_CERT_FILE", "/nowhere.pem"),
    ],
)
def test_network_variables_that_cannot_be_used_are_named(server, fetch, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    message = fetch.fails(server.url)
    assert message.startswith("The network settings cannot be used (")
    assert name in message
    assert server.paths == []
