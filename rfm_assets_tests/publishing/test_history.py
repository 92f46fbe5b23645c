"""The history as Parquet: by month, read with one pattern, changed as a whole, only what changed written anew."""

import os
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from rfm_assets.publishing import history as history_files
from rfm_assets.publishing.files import publish
from rfm_assets.publishing.room import NotPublishedError
from rfm_assets_tests.publishing.published import BEFORE, BUILT_AT, LATEST, contents, customer, rows
from rfm_assets_tests.rows import write_rows

PATTERN = "*/*.parquet"
TABLE = history_files.TABLE
OF_ANOTHER_TYPE = replace(TABLE.columns[0], type="timestamp")


@pytest.fixture
def history(segmented, settings) -> Path:
    return publish(segmented, settings, BUILT_AT).history


def inodes(history: Path) -> dict[str, int]:
    """Return the file of each snapshot."""
    return {path.name[:10]: path.stat().st_ino for path in history.glob(PATTERN)}


def test_one_pattern_reads_the_history_in_polars_and_in_duckdb(history, settings):
    expected = rows(settings.published / "segments.duckdb", "from segment_history order by snapshot_on, customer_id")
    assert len(expected) == 3
    by_polars = pl.read_parquet(history / PATTERN, hive_partitioning=True).sort("snapshot_on", "customer_id")
    assert by_polars.drop("snapshot_month").rows() == expected
    assert by_polars["snapshot_month"].to_list() == ["2011-11", "2011-12", "2011-12"]
    by_duckdb = duckdb.execute(
        "select * exclude (snapshot_month), snapshot_month from read_parquet($files, hive_partitioning = true) "
        "order by snapshot_on, customer_id", {"files": f"{history}/{PATTERN}"}
    ).fetchall()  # fmt: skip
    assert [row[:-1] for row in by_duckdb] == expected
    assert [row[-1] for row in by_duckdb] == ["2011-11", "2011-12", "2011-12"]


def test_each_snapshot_is_a_file_in_the_folder_of_its_month(history):
    found = sorted(path.relative_to(history).as_posix() for path in history.glob(PATTERN))
    assert [name[: name.rindex("-")] for name in found] == [
        "snapshot_month=2011-11/2011-11-30", "snapshot_month=2011-12/2011-12-09",
    ]  # fmt: skip


def test_whoever_may_open_the_published_folder_may_read_the_history_in_it(segmented, settings):
    settings.published.mkdir()
    settings.published.chmod(0o755)
    before = os.umask(0o077)
    try:
        history = publish(segmented, settings, BUILT_AT).history
    finally:
        os.umask(before)
    assert history.is_symlink()
    assert {path.stat().st_mode & 0o777 for path in (history.resolve(), *history.iterdir())} == {0o755}
    assert {path.stat().st_mode & 0o777 for path in history.glob(PATTERN)} == {0o444}


def test_only_a_snapshot_that_changed_is_written_anew(segmented, settings, history):
    before = inodes(history)
    write_rows(segmented, "segments.customers", customer("c3", LATEST, "Loyal"), customer("c2", BEFORE, "Lost"))
    publish(segmented, settings, BUILT_AT)
    after = inodes(history)
    assert after["2011-11-30"] == before["2011-11-30"]
    assert after["2011-12-09"] != before["2011-12-09"]
    assert pl.read_parquet(history / PATTERN)["customer_id"].to_list() == ["c2", "c3"]


@pytest.mark.parametrize(
    "changed", [{"LAYOUT": 2}, {"TABLE": replace(TABLE, columns=(OF_ANOTHER_TYPE, *TABLE.columns[1:]))}]
)
def test_another_layout_of_the_files_writes_all_of_them_anew(segmented, settings, history, monkeypatch, changed):
    before = inodes(history)
    for name, value in changed.items():
        monkeypatch.setattr(history_files, name, value)
    publish(segmented, settings, BUILT_AT)
    after = inodes(history)
    assert after.keys() == before.keys()
    assert not {*after.values()} & {*before.values()}


def test_the_same_history_published_again_keeps_its_folder(segmented, settings, history):
    before, folder = inodes(history), history.resolve()
    publish(segmented, settings, BUILT_AT)
    assert (inodes(history), history.resolve()) == (before, folder)


@pytest.mark.parametrize("damage", ["the folder is gone", "a file is gone", "a file was cut off"])
def test_what_came_to_harm_is_made_anew_by_the_next_publication(segmented, settings, history, damage):
    before = pl.read_parquet(history / PATTERN).rows()
    first, *_ = sorted(history.glob(PATTERN))
    if damage == "the folder is gone":
        shutil.rmtree(history.resolve())
    elif damage == "a file is gone":
        first.unlink()
    else:
        first.chmod(0o644)
        first.write_bytes(first.read_bytes()[:100])
    publish(segmented, settings, BUILT_AT)
    assert pl.read_parquet(history / PATTERN).rows() == before
    if damage == "a file was cut off":
        first.chmod(0o644)
        first.write_bytes(b"")
    write_rows(segmented, "segments.customers", customer("c3", LATEST, "Loyal"), customer("c2", BEFORE, "Lost"))
    publish(segmented, settings, BUILT_AT)
    assert pl.read_parquet(history / PATTERN)["customer_id"].to_list() == ["c2", "c3"]


def test_a_reader_who_resolved_the_link_reads_the_history_before_until_the_next_publication(
    segmented, settings, history
):
    resolved = Path(os.path.realpath(history))
    before = pl.read_parquet(resolved / PATTERN)
    write_rows(segmented, "segments.customers", customer("c9", LATEST, "Loyal"))
    publish(segmented, settings, BUILT_AT)
    assert pl.read_parquet(resolved / PATTERN).equals(before)
    write_rows(segmented, "segments.customers", customer("c8", LATEST, "Loyal"))
    publish(segmented, settings, BUILT_AT)
    assert not resolved.exists()
    assert pl.read_parquet(history / PATTERN)["customer_id"].to_list() == ["c8"]


def test_a_file_listed_before_a_publication_is_as_it_was_or_gone(segmented, settings, history):
    listed = sorted(history.glob(PATTERN))
    kept, changed = (path.read_bytes() for path in listed)
    write_rows(segmented, "segments.customers", customer("c3", LATEST, "Loyal"), customer("c2", BEFORE, "Lost"))
    publish(segmented, settings, BUILT_AT)
    assert listed[0].read_bytes() == kept
    assert not listed[1].exists()
    assert changed not in contents(history.resolve()).values()


def test_what_is_new_is_on_the_disk_before_it_is_shown(segmented, settings, monkeypatch):
    synced = set()
    monkeypatch.setattr(os, "fsync", lambda at: synced.add(Path(f"/proc/self/fd/{at}").readlink().name))
    folder = publish(segmented, settings, BUILT_AT).history.resolve()
    assert synced >= {path.name for path in folder.rglob("*")} | {f"{folder.name}.part"}


def test_a_snapshot_that_is_no_longer_there_goes(segmented, settings, history):
    write_rows(segmented, "segments.customers", customer("c2", BEFORE, "Lost"))
    path = publish(segmented, settings, BUILT_AT).duckdb
    assert inodes(history).keys() == {"2011-11-30"}
    assert rows(path, "select snapshot_on, customer_id from segment_history") == [(BEFORE, "c2")]


def test_a_folder_that_is_not_ours_is_left_alone_and_named(segmented, settings):
    mine = settings.published / "segment_history" / "mine.txt"
    (mine.parent / "snapshot_month=2011-11").mkdir(parents=True)  # of a copy of ours
    mine.write_text("mine")
    with pytest.raises(NotPublishedError, match=r"segment_history is none of ours: move it away"):
        publish(segmented, settings, BUILT_AT)
    assert contents(settings.published) == {"segment_history/mine.txt": b"mine"}


def test_a_copy_that_followed_the_link_is_replaced_by_a_link(segmented, settings, history, tmp_path):
    before = contents(history.resolve())
    shutil.copytree(settings.published, tmp_path / "copy")
    shutil.rmtree(settings.published)
    (tmp_path / "copy").rename(settings.published)
    publish(segmented, settings, BUILT_AT)
    assert history.is_symlink()
    assert contents(history.resolve()) == before
    publish(segmented, settings, BUILT_AT)
    assert len(list(settings.published.iterdir())) == 4


@pytest.mark.parametrize("days", [(0,), (3,), (9,), (2, 5)])
def test_a_file_brought_up_to_date_holds_what_one_written_anew_does(segmented, settings, connection, days):
    history = [customer(f"c{i}", LATEST - timedelta(days=d), "Loyal") for d in range(10) for i in range(4)]
    write_rows(segmented, "segments.customers", *history)
    path = publish(segmented, settings, BUILT_AT).duckdb
    changed = ", ".join(f"date '{LATEST - timedelta(days=day)}'" for day in days)
    connection.execute(f"update segments.customers set frequency = 7 where snapshot_on in ({changed})")
    connection.execute("delete from segments.customers where snapshot_on = $day", {"day": LATEST - timedelta(days=7)})
    write_rows(segmented, "segments.moves", (LATEST, BEFORE, "Lost", "Loyal", "behaviour", 12))
    publish(segmented, settings, BUILT_AT)
    found = everything(path)
    assert len(found["segment_history"]) == 36
    assert [row for row in found["segment_history"] if row[3] == 7] != []
    path.unlink()
    publish(segmented, settings, BUILT_AT)
    assert everything(path) == found


def everything(path: Path) -> dict[str, list[tuple]]:
    names = [name for (name,) in rows(path, "select table_name from duckdb_tables() order by all")]
    return {name: rows(path, f"from {name} order by all") for name in names}


@pytest.mark.parametrize(
    "change",
    [
        "comment on column segment_history.segment is 'something else'",
        "alter table segment_history add column gone integer",
        "alter table segment_history drop column segment",
        "alter table segment_history alter frequency type integer",
    ],
)
def test_a_file_under_an_older_contract_is_brought_to_the_new_one(segmented, settings, history, change):
    path = settings.published / "segments.duckdb"
    before, expected = segmented.describe_exported(path), rows(path, "from segment_history order by all")
    path.chmod(0o644)
    with duckdb.connect(path) as connection:
        connection.execute("update about set contract_version = contract_version - 1")
        connection.execute(change)
    publish(segmented, settings, BUILT_AT)
    assert segmented.describe_exported(path) == before
    assert rows(path, "from segment_history order by all") == expected


def test_a_day_onto_a_long_history_writes_that_day_alone(segmented, settings, monkeypatch):
    days = [date(2011, 1, 1) + timedelta(days=i) for i in range(30)]
    write_rows(segmented, "segments.customers", *(customer("c1", day, "Loyal") for day in days))
    publish(segmented, settings, BUILT_AT)
    written: list[date | None] = []
    bases: list[Path | None] = []
    copy, export = segmented.copy_parquet, segmented.export

    def noted(path, name, table, files):
        written.extend(files)
        copy(path, name, table, files)

    def onto(path, tables, *, base, **values):
        bases.append(base)
        return export(path, tables, base=base, **values)

    monkeypatch.setattr(segmented, "copy_parquet", noted)
    monkeypatch.setattr(segmented, "export", onto)
    write_rows(segmented, "segments.customers", *(customer("c1", day, "Loyal") for day in [*days, LATEST]))
    publish(segmented, settings, BUILT_AT)
    assert written == [None, LATEST], "segments.parquet, and the new snapshot"
    assert bases == [settings.published / "segments.duckdb"]
