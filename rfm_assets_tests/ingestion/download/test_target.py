"""The target is whole and right or untouched, and nobody else's file is overwritten."""

import hashlib
import os
import threading
from pathlib import Path

import pytest

from rfm_assets_tests.ingestion.download.conftest import files
from rfm_assets_tests.ingestion.download.server import BODY, PACKED, SHA256, WHOLE, WHOLE_OF_UNKNOWN_LENGTH, answer


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
    server.replies = [PACKED]
    fetch(server.url)
    assert files(target) == {"online_retail.csv": BODY}


def test_a_hash_in_capital_letters_is_the_same_hash(server, fetch, target):
    fetch(server.url, SHA256.upper())
    assert files(target) == {"online_retail.csv": BODY}


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


def test_the_file_is_on_the_disk_before_it_has_its_name(server, fetch, target, monkeypatch):
    synced, fsync = [], os.fsync

    def noted(descriptor):
        synced.append((os.fstat(descriptor).st_size, target.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    short = BODY[:100]  # less than what Python keeps back of a file
    server.replies = [answer(body=short, Content_Length="100")]
    fetch(server.url, hashlib.sha256(short).hexdigest())
    assert synced == [(100, False)]


def test_a_part_left_by_a_killed_run_is_replaced(server, fetch, target):
    target.parent.mkdir()
    target.with_name("online_retail.csv.part").write_bytes(b"x" * (len(BODY) + 1))
    fetch(server.url)
    assert files(target) == {"online_retail.csv": BODY}


def test_a_target_that_cannot_be_written_is_named(server, fetch, target):
    target.parent.write_bytes(b"a file where the folder should be")
    assert fetch.fails(server.url).startswith(f"Could not write {target}: [Errno 17] File exists")
    assert server.paths == []
