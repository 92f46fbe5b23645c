"""Published files with other processes around: readers that never stop, kills at any point, disks that are full."""

import json
import signal
import subprocess
import sys
import time

import pytest

from rfm_assets.publishing.files import publish
from rfm_assets.publishing.room import NotPublishedError
from rfm_assets_tests.publishing.published import BUILT_AT, contents, fill
from rfm_assets_tests.publishing.publisher import numbers, publish_number, publish_of
from rfm_assets_tests.ui.server import ROOT

PUBLICATIONS = 50
READERS = ("read", "read", "read", "hold")
WITHIN = 60  # seconds; the machine may be busy
MANY = """
insert into segments.customers
select of_one.* replace (format('m{:09}', i) as customer_id, 'S' || i as segment)
from segments.customers as of_one cross join range(100_000) as numbers (i)
where customer_id = 'c0'
"""
VISIBLE = ["segment_history", "segments.duckdb", "segments.parquet"]


def started(*arguments: object, **options: object) -> subprocess.Popen:
    """Start the publisher's script on a data folder."""
    command = [sys.executable, "-m", "rfm_assets_tests.publishing.publisher", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def ended(process: subprocess.Popen) -> list[dict]:
    """Return the lines of JSON of a process that must end well."""
    out, err = process.communicate(timeout=WITHIN * 3)
    assert process.returncode == 0, err
    return [json.loads(line) for line in out.splitlines()]


def test_three_readers_and_fifty_publications_never_meet(warehouse, settings):
    publish_number(warehouse, settings, 1)
    processes = [started(what, settings.data) for what in READERS]
    try:
        deadline = time.monotonic() + WITHIN
        while len(list(settings.data.glob("reading-*"))) < len(READERS):
            assert all(process.poll() is None for process in processes), "a reader ended before it read"
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for number in range(2, 2 + PUBLICATIONS):
            publish_number(warehouse, settings, number)
        (settings.data / "stop").touch()
        *readers, holder = [ended(process)[-1] for process in processes]
    finally:
        for process in processes:
            process.kill()
    # Who holds the file through all publications held none of them up, and saw its snapshot to the end.
    assert holder == {"before": 1, "after": 1}
    assert all(reader["versions"] >= 5 for reader in readers), readers
    assert numbers(settings.published / "segments.duckdb") == {1 + PUBLICATIONS}


def test_a_kill_at_any_point_leaves_whole_files_that_the_next_run_replaces(settings):
    """At each operation on a file in turn; where the snapshot of 2 customers was published, that of 3 is, and so on."""
    publish_of(settings, 2)
    *kills, last = ended(started("kill", settings.data))
    assert last["code"] == 0, "the last one had no operation left to be killed at"
    assert len(kills) >= 25
    for kill in kills:
        assert kill["code"] == -signal.SIGKILL
        old, new = (2, 3) if kill["number"] % 2 else (3, 2)
        assert set(kill["seen"].values()) <= {old, new}, kill
        assert set(kill["healed"].values()) == {old}, kill
        folders = [name for name in kill["names"] if name.startswith(".")]
        assert [name for name in kill["names"] if name not in folders] == VISIBLE
        assert 1 <= len(folders) <= 2, "the history, and the one before it"
        assert not any(name.endswith(".part") for name in folders)
    assert any(name.endswith(".part") for kill in kills for name in kill["left"]), "no kill left anything to clear"
    mixed = [kill["number"] for kill in kills if len(set(kill["seen"].values())) > 1]
    assert len(mixed) <= 4, "files are renamed one after the other, with nothing in between"


@pytest.mark.parametrize("kilobytes", [4, 300, 1000])
def test_a_process_that_dies_while_duckdb_writes_leaves_whole_files(warehouse, settings, connection, kilobytes):
    publish_number(warehouse, settings, 2)
    before = contents(settings.published)
    connection.close()
    process = started("grow", settings.data, kilobytes * 1024)
    process.communicate(timeout=WITHIN)
    assert process.returncode == -signal.SIGXFSZ
    assert {name: contents(settings.published)[name] for name in before} == before
    assert len(contents(settings.published)) > len(before), "it had begun to write"
    publish_of(settings, 3)
    assert len(list(settings.published.iterdir())) == 5
    assert numbers(settings.published / "segments.duckdb") == {3}


@pytest.mark.parametrize("room", [0, 200, 1200, 3000])
def test_a_full_disk_leaves_the_old_files_and_says_so(warehouse, connection, settings, small_disk, room):
    publish_number(warehouse, settings, 2)
    before = contents(small_disk)
    fill(small_disk / "other", room)
    connection.execute(MANY)
    with pytest.raises(NotPublishedError) as refused:
        publish(warehouse, settings, BUILT_AT)
    message = str(refused.value)
    assert message.startswith("Nothing was published, what was published before stays: ")
    assert "No space left on device" in message
    assert "MB are free in " in message
    (small_disk / "other").unlink()
    found = contents(small_disk)
    assert found == before, "nothing half-made is left either: the disk would stay full"
    publish_number(warehouse, settings, 3)
    assert numbers(small_disk / "segments.duckdb") == {3}


def test_a_limit_on_file_sizes_leaves_the_old_files_and_says_so(warehouse, connection, settings):
    resource = pytest.importorskip("resource")
    publish_number(warehouse, settings, 2)
    before = contents(settings.published)
    connection.execute(MANY)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        with pytest.raises(NotPublishedError, match="File too large"):
            publish(warehouse, settings, BUILT_AT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert contents(settings.published) == before
