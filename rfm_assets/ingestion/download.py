"""Fetch one file over HTTP and keep it only when its sha256 is right: ``python -m rfm_assets.ingestion.download``."""

import argparse
import hashlib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx
import tenacity
from rich import progress
from rich.console import Console

from rfm_assets.settings import SettingsError, load_settings

ONLINE_RETAIL_URL = "https://archive.ics.uci.edu/static/public/352/data.csv"
ONLINE_RETAIL_SHA256 = "a2f79bbdd4463df6db8a3f5a50b9c980ae8f645a370bf5e2c0d6097f9e817b05"
TIMEOUT = httpx.Timeout(60, connect=15)  # seconds; 60 is the longest silence within a transfer, not its length
BACK_OFF = tenacity.wait_exponential_jitter(initial=1, max=30)  # seconds


class DownloadError(Exception):
    """The file could not be had; the message says why and what to do."""


class _WrongHashError(Exception):
    """The body that arrived is not the file asked for; without a Content-Length it may have been cut off."""


FAILURES = (httpx.HTTPError, _WrongHashError, UnicodeError)  # the last is a socket's, for a malformed host name


def download(
    url: str,
    target: Path,
    sha256: str,
    *,
    attempts: int = 4,
    console: Console | None = None,
    wait: tenacity.wait.wait_base = BACK_OFF,
) -> bool:
    """Return True when ``target`` was downloaded, False when it was already there.

    Args:
        url: http or https; redirects are followed.
        target: the file to write: whole and with the right hash, or not at all.
        sha256: of the file's bytes, 64 hexadecimal digits.
        attempts: the most tries, at least 1.
        console: where progress goes, default stdout: a bar in a terminal, plain lines elsewhere.
        wait: time between attempts.

    Raises:
        DownloadError: an argument is unusable, ``target`` holds something else or cannot be written, or no
            attempt brought the right bytes. ``target`` is then as it was before.
    """
    console = console or Console()
    sha256 = sha256.lower()
    _check_arguments(url, sha256, attempts)
    part = Path(f"{target}.part")
    try:
        if _is_there(target, sha256):
            console.out(f"{target} is already there with the right sha256; nothing to download.", highlight=False)
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            console.out(f"Downloading {url}", highlight=False)
            with _open_client() as client:
                _retrying(attempts, console, wait)(_transfer, client, url, part, sha256, console)
            if not _is_there(target, sha256):  # somebody may have put a file there meanwhile
                part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        advice = "Check the folder's permissions and free space, or name another file."
        raise DownloadError(f"Could not write {target}: {error}. {advice}") from error
    except FAILURES as error:
        advice = f"Try later, or fetch it by hand and save it as {target} (expected sha256 {sha256})."
        raise DownloadError(f"Could not download {url}: {_explain(error)}. {advice}") from error
    console.out(f"Saved {target} ({target.stat().st_size:,} bytes, sha256 as expected).", highlight=False)
    return True


def _check_arguments(url: str, sha256: str, attempts: int) -> None:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise DownloadError(f"{url!r} is not an address ({error}). Give an http or https one.") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise DownloadError(f"{url!r} is not an http or https address. Give one such as {ONLINE_RETAIL_URL}.")
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise DownloadError(f"{sha256!r} is not a sha256. Give 64 hexadecimal digits, as sha256sum prints them.")
    if attempts < 1:
        raise DownloadError(f"{attempts} attempts download nothing. Give at least 1.")


def _is_there(target: Path, sha256: str) -> bool:
    if not target.exists():
        return False
    with target.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise DownloadError(
            f"{target} is there with other content (sha256 {found}, expected {sha256}) and was left as it is. "
            "Move it away or name another file, then run again."
        )
    return True


def _open_client() -> httpx.Client:
    try:
        return httpx.Client(follow_redirects=True, timeout=TIMEOUT)
    except (OSError, ImportError, ValueError, httpx.InvalidURL) as error:
        variables = "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR"
        raise DownloadError(f"The network settings cannot be used ({error}). Check {variables}.") from error


def _transfer(client: httpx.Client, url: str, part: Path, sha256: str, console: Console) -> None:
    """Write the body to ``part`` and to disk, or raise when its hash is wrong."""
    kinds = (progress.BarColumn, progress.DownloadColumn, progress.TransferSpeedColumn, progress.TimeRemainingColumn)
    columns = [kind() for kind in kinds]
    bar = progress.Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    digest = hashlib.sha256()
    with client.stream("GET", url) as response, part.open("wb") as file, bar:
        response.raise_for_status()
        length = response.headers.get("Content-Length", "")
        task = bar.add_task("", total=int(length) if length.isdecimal() else None)
        for chunk in response.iter_bytes():
            file.write(chunk)
            digest.update(chunk)
            bar.update(task, completed=response.num_bytes_downloaded)
        if digest.hexdigest() != sha256:
            raise _WrongHashError(f"wrong sha256 {digest.hexdigest()} of the {file.tell():,} bytes that arrived")
        file.flush()
        os.fsync(file.fileno())


def _may_pass(error: BaseException) -> bool:
    """Return whether another try may help: not when the server refuses, nor when its certificate does not hold."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code == httpx.codes.TOO_MANY_REQUESTS or error.response.is_server_error
    passing = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.DecodingError)
    return isinstance(error, (*passing, _WrongHashError)) and "[SSL: CERT" not in str(error)


def _retrying(attempts: int, console: Console, wait: tenacity.wait.wait_base) -> tenacity.Retrying:
    def announce(state: tenacity.RetryCallState) -> None:
        why = _explain(state.outcome.exception() if state.outcome else None)
        pause = state.next_action.sleep if state.next_action else 0
        console.out(f"Attempt {state.attempt_number} of {attempts}: {why}; again in {pause:.0f} s.", highlight=False)

    stop, retry = tenacity.stop_after_attempt(attempts), tenacity.retry_if_exception(_may_pass)
    return tenacity.Retrying(stop=stop, wait=wait, retry=retry, before_sleep=announce, reraise=True)


def _explain(error: BaseException | None) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"the server answered {error.response.status_code} {error.response.reason_phrase}"
    if isinstance(error, httpx.ConnectError) and "[SSL" not in str(error):
        return f"no network, or the server is down ({error})"
    if isinstance(error, httpx.ConnectTimeout):
        return f"no network, or a firewall in between (no connection within {TIMEOUT.connect:.0f} s)"
    if isinstance(error, httpx.TimeoutException):
        return f"nothing arrived for {TIMEOUT.read:.0f} s"
    if isinstance(error, (httpx.RemoteProtocolError, httpx.ReadError)):
        return f"the transfer was cut off ({error})"
    return str(error)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 when the file is there, 1 with one line on stderr when not, 2 when a setting is wrong."""
    try:
        target = load_settings().landing / "online_retail.csv"
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    parser = argparse.ArgumentParser(prog="python -m rfm_assets.ingestion.download", description="Fetch a data file.")
    parser.add_argument("--url", default=ONLINE_RETAIL_URL, help="http or https (default: %(default)s)")
    parser.add_argument("--sha256", default=ONLINE_RETAIL_SHA256, help="expected hash (default: %(default)s)")
    parser.add_argument("--to", type=Path, metavar="FILE", default=target, help="(default: %(default)s)")
    parser.add_argument("--attempts", type=int, metavar="N", default=4, help="most tries (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        download(options.url, options.to, options.sha256, attempts=options.attempts)
    except DownloadError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; nothing was kept.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
