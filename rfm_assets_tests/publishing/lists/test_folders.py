"""The folder of the lists: shown as a whole, kept for who reads in it, and nobody else's is touched."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from rfm_assets.publishing.lists.delivery import DeliveryError
from rfm_assets.publishing.lists.destinations import Folder
from rfm_assets.publishing.lists.publication import publish_lists
from rfm_assets.publishing.room import NotPublishedError
from rfm_assets_tests.publishing.lists.segments import FIRST, SECOND, THIRD, Segments, read
from rfm_assets_tests.publishing.published import contents


def test_the_list_of_a_segment_that_is_no_more_goes_away(segments):
    segments.snapshot(FIRST, {"c1": "A", "c2": "B"})
    segments.publish()
    segments.snapshot(SECOND, {"c1": "A", "c2": "A"})
    segments.publish()
    assert sorted(path.name for path in (segments.published / "lists").glob("[A-Z]*")) == ["A.csv"]


def test_who_reads_in_the_folder_keeps_one_snapshot_and_the_next_to_come_sees_the_new(segments):
    segments.snapshot(FIRST, {"c1": "A"})
    folder = segments.publish().folder
    opened = os.open(segments.published / "lists", os.O_RDONLY)  # as a shell is in a folder
    try:
        segments.snapshot(SECOND, {"c1": "A", "c2": "A"})
        segments.publish()
        with open(os.open("A.csv", os.O_RDONLY, dir_fd=opened), encoding="utf-8") as file:  # noqa: PTH123
            assert len(file.readlines()) == 2
        assert len(read(segments.published / "lists" / "A.csv")) == 2
        segments.snapshot(THIRD, {"c1": "A"})
        segments.publish()
        assert not folder.exists()
    finally:
        os.close(opened)
    assert sorted(path.name[:17] for path in segments.published.iterdir()) == [
        ".lists-2011-12-02", ".lists-2011-12-03", "lists",
    ]  # fmt: skip


def test_what_fails_half_way_leaves_the_lists_and_nothing_beside_them(segments, monkeypatch):
    segments.snapshot(FIRST, {"c1": "A"})
    before = segments.publish()
    files = contents(before.folder)
    segments.snapshot(SECOND, {"c1": "B"})
    monkeypatch.setattr(type(segments.warehouse), "export_parquet", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        segments.publish()
    assert contents(segments.published / "lists") == files
    assert len(list(segments.published.iterdir())) == 2


def test_lists_are_on_the_disk_before_they_are_shown(segments, monkeypatch):
    synced = set()
    monkeypatch.setattr(os, "fsync", lambda at: synced.add(Path(f"/proc/self/fd/{at}").readlink().name))
    segments.snapshot(FIRST, {"c1": "A"})
    folder = segments.publish().folder
    assert synced >= {path.name for path in folder.iterdir()} | {".lists.part", segments.published.name}


def test_what_a_dead_process_left_is_cleared(segments):
    segments.snapshot(FIRST, {"c1": "A"})
    for leftover in (".lists.part", ".lists-2011-11-01-0123456789ab"):
        (segments.published / leftover).mkdir(parents=True)
        (segments.published / leftover / "Z.csv").write_text("half")
    segments.publish()
    (segments.published / ".lists.part").symlink_to("nowhere")
    folder = segments.publish().folder
    assert sorted(path.name for path in segments.published.iterdir()) == [folder.name, "lists"]
    assert not (folder / "Z.csv").exists()


def test_folders_that_begin_with_the_same_name_are_somebody_elses(segments):
    others = (
        ".lists-eu-2011-11-01-0123456789ab",
        ".lists-backup",
        ".lists-2011-11-01",
        "x.lists-2011-11-01-0123456789ab",
        ".lists-2011-11-01-0123456789ab.bak",
    )
    for other in others:
        (segments.published / other).mkdir(parents=True)
    segments.snapshot(FIRST, {"c1": "A"})
    segments.publish()
    segments.snapshot(SECOND, {"c1": "B"})
    segments.publish()
    assert {path.name for path in segments.published.iterdir()} >= set(others)


def test_a_folder_of_somebody_elses_is_left_alone(segments):
    segments.snapshot(FIRST, {"c1": "A"})
    (segments.published / "lists").mkdir(parents=True)
    with pytest.raises(NotPublishedError, match="is there and is no link to published lists: move it away"):
        segments.publish()


def test_a_folder_gets_the_same_files_in_one_step(segments, tmp_path):
    share = tmp_path / "lists"
    segments.snapshot(FIRST, {"c1": "A", "c2": "B"})
    segments.send(Folder(share))
    segments.snapshot(SECOND, {"c1": "B"})
    segments.send(Folder(share))
    published = segments.published / "lists"
    assert share.is_symlink()
    assert {p.name: p.read_bytes() for p in share.iterdir()} == {p.name: p.read_bytes() for p in published.iterdir()}


def test_a_folder_that_another_shop_has_sent_its_lists_to_gets_its_own_again(segments, tmp_path):
    share = Folder(tmp_path / "lists")
    segments.snapshot(FIRST, {"c1": "A"})
    segments.send(share)
    assert segments.send(share) == []
    others = tmp_path / ".lists-2020-01-01-000000000000"
    shutil.copytree(segments.published / "lists", others)
    manifest = others / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"publication": "', '"publication": "another-'))
    (tmp_path / "lists").unlink()
    (tmp_path / "lists").symlink_to(others.name)
    assert segments.send(share) == [share.name]
    assert share.shows() == publish_lists(segments.warehouse, segments.published).manifest.publication
    (tmp_path / "lists" / "manifest.json").write_text("{")
    assert share.shows() is None
    assert segments.send(share) == [share.name]


def test_a_folder_whose_share_is_gone_is_told_of_though_it_had_what_is_sent(segments, tmp_path):
    (tmp_path / "share").mkdir()
    share = Folder(tmp_path / "share" / "lists")
    segments.snapshot(FIRST, {"c1": "A"})
    segments.send(share)
    shutil.rmtree(tmp_path / "share")
    with pytest.raises(DeliveryError, match="mount it, or make it"):
        segments.send(share)


def test_whoever_may_open_the_folder_around_them_may_open_the_lists(segments, tmp_path):
    share = tmp_path / "share" / "lists"
    for folder, mode in ((segments.published, 0o755), (share.parent, 0o750)):
        folder.mkdir(parents=True)
        folder.chmod(mode)
    group = 4242 if os.geteuid() == 0 else os.getgid()
    os.chown(share.parent, -1, group)
    segments.snapshot(FIRST, {"c1": "A"})
    before = os.umask(0o077)
    try:
        segments.send(Folder(share))
    finally:
        os.umask(before)
    assert stat.S_IMODE((segments.published / "lists").stat().st_mode) == 0o755
    assert stat.S_IMODE(share.stat().st_mode) == 0o750
    assert share.stat().st_gid == group


def test_the_data_folder_may_have_any_name(warehouse, tmp_path):
    segments = Segments(warehouse, tmp_path / """Läden & [a]* it's "x"; #?""" / "published")
    segments.snapshot(FIRST, {"c1": "A"})
    segments.publish()
    segments.snapshot(SECOND, {"c1": "B"}, ("c1", "A", "B", "ageing"))
    segments.publish()
    assert segments.changes() == [("c1", "A", "B", "ageing")]


def test_a_folder_that_is_sent_the_same_again_shows_it_all_the_time(segments, tmp_path, monkeypatch):
    segments.snapshot(FIRST, {"c1": "A"})
    share = tmp_path / "lists"
    segments.send(Folder(share))
    shown = share.resolve()
    inode = (shown / "A.csv").stat().st_ino
    (receipt,) = (segments.published / ".delivered").iterdir()
    receipt.unlink()
    assert segments.send(Folder(share)) == [Folder(share).name]
    assert share.resolve() == shown
    assert (share / "A.csv").stat().st_ino == inode
    assert sorted(path.name for path in tmp_path.glob("*lists*")) == [shown.name, "lists"]


def test_the_folder_that_a_process_works_in_is_no_place_for_a_link_and_left_alone(segments, tmp_path, monkeypatch):
    segments.snapshot(FIRST, {"c1": "A"})
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    with pytest.raises(DeliveryError, match="is no link to published lists: move it away"):
        segments.send(Folder(Path()))


def test_a_share_that_is_not_mounted_is_told_as_often_as_it_is_and_nothing_is_written_in_its_place(segments, tmp_path):
    mounted, away = tmp_path / "mount", tmp_path / "away"
    share = Folder(mounted / "lists")
    segments.snapshot(FIRST, {"c1": "A"})
    with pytest.raises(DeliveryError, match=f"there is no folder {mounted}: mount it, or make it"):
        segments.send(share)
    mounted.mkdir()
    segments.send(share)
    had = publish_lists(segments.warehouse, segments.published).manifest.publication
    mounted.rename(away)
    mounted.mkdir()  # a mount point, without what was mounted
    for day in (SECOND, THIRD):
        segments.snapshot(day, {"c1": "B"})
        with pytest.raises(DeliveryError, match=f"it had the lists {had}, and is gone: mount its share again, or re"):
            segments.send(share)
    assert list(mounted.iterdir()) == []
    mounted.rmdir()
    away.rename(mounted)
    assert segments.send(share) == [share.name]
    assert sorted(path.name for path in (mounted / "lists").glob("[A-Z]*")) == ["B.csv"]


def test_every_folder_that_cannot_be_written_is_named(segments, tmp_path):
    segments.snapshot(FIRST, {"c1": "A"})
    (tmp_path / "file").write_text("")
    folders = (tmp_path / "file" / "lists", Path("/"))
    with pytest.raises(DeliveryError) as raised:
        segments.send(*map(Folder, folders))
    for folder in folders:
        assert f"not copied to {folder} (RFM_LISTS_FOLDER): " in str(raised.value)
