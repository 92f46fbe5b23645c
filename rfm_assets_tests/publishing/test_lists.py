"""The lists: what is in them, since when the changes count, and that they are whole."""

import csv
import json
import os
import stat
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from rfm_assets.publishing.files import NothingToPublishError
from rfm_assets.publishing.lists import CUSTOMERS, publish_lists, published_lists
from rfm_assets_tests.rows import write_rows

FIRST, SECOND, THIRD = date(2011, 12, 1), date(2011, 12, 2), date(2011, 12, 3)
OLD_MODEL, NEW_MODEL = date(2011, 11, 1), date(2011, 12, 1)


def customer(customer_id, on, segment, model=OLD_MODEL, fit="once"):
    digest = f"{model} {fit}"
    return (on, customer_id, 5, 2, "12.5", 5, 2, 3, "Loyal", segment, None, None, None, 0.25, "thank them", model,
            None, None, digest)  # fmt: skip


class Segments:
    """Snapshots, and who moved in them; written as a whole each time."""

    def __init__(self, warehouse, published):
        self.warehouse, self.published = warehouse, published
        self.days, self.moves = {}, {}

    def snapshot(self, on, segments, *moves, model=OLD_MODEL, fit="once"):
        self.days[on] = [customer(name, on, segment, model, fit) for name, segment in segments.items()]
        self.moves[on] = [(on, before, *move) for before in [max((d for d in self.days if d < on), default=None)]
                          for move in moves]  # fmt: skip
        write_rows(self.warehouse, "segments.customers", *(row for rows in self.days.values() for row in rows))
        if moved := [row for rows in self.moves.values() for row in rows]:
            write_rows(self.warehouse, "segments.customer_moves", *moved)

    def publish(self):
        return publish_lists(self.warehouse, self.published)

    def changes(self):
        return [tuple(row.values())[:4] for row in read(self.published / "lists" / "changes.csv")]


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def segments(warehouse, settings):
    return Segments(warehouse, settings.published)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_each_segment_has_its_list_in_the_order_of_the_ids(segments):
    segments.snapshot(FIRST, {"c2": "At Risk", "c10": "At Risk", "c1": "Loyal"})
    segments.publish()
    folder = segments.published / "lists"
    assert sorted(path.name for path in folder.glob("[!.]*")) == [
        "At Risk.csv", "Loyal.csv", "changes.csv", "manifest.json",
    ]  # fmt: skip
    assert (folder / "At Risk.csv").read_bytes() == (
        b'"customer_id","segment","snapshot_on"\n"c10","At Risk","2011-12-01"\n"c2","At Risk","2011-12-01"\n'
    )
    (batch,) = published_lists(segments.published).customers(10)
    assert batch["customer_id"].to_list() == ["c1", "c10", "c2"]


def test_a_segment_of_the_model_that_nobody_is_in_has_an_empty_list(segments):
    models = (OLD_MODEL, "A"), (OLD_MODEL, "B"), (NEW_MODEL, "C")
    write_rows(segments.warehouse, "model.centroids", *((on, i, name, 1) for i, (on, name) in enumerate(models)))
    segments.snapshot(FIRST, {"c1": "A"})
    segments.publish()
    assert not (segments.published / "lists" / "C.csv").exists()
    assert (segments.published / "lists" / "B.csv").read_bytes() == b'"customer_id","segment","snapshot_on"\n'


@pytest.mark.parametrize(
    ("customer_id", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"), ("@sum", "'@sum"), ("-a", "'-a"), ("-5+1", "'-5+1"), ("\uff1d1", "'\uff1d1"),
        ("\t=1", "'\t=1"), ("\r1", "'\r1"), ("\n1", "'\n1"), ("  =1", "'  =1"), ("'=1", "''=1"), ("-", "'-"),
        ("-5", "-5"), ("+44", "+44"), ("-5.25", "-5.25"), ("12347", "12347"), ("a=1", "a=1"), ("'a", "'a"),
        ('a"b;=1,é', 'a"b;=1,é'),
    ],
)  # fmt: skip
def test_no_cell_is_run_as_a_formula_and_what_is_harmless_stays(segments, customer_id, cell):
    segments.snapshot(FIRST, {customer_id: "=cmd|' /C calc'!A0"})
    segments.publish()
    (row,) = read(segments.published / "lists" / "=cmd%7C' %2FC calc'!A0.csv")
    assert (row["customer_id"], row["segment"]) == (cell, "'=cmd|' /C calc'!A0")
    (batch,) = published_lists(segments.published).customers(10)
    assert batch["customer_id"].to_list() == [customer_id]


def test_every_value_is_quoted_so_that_no_semicolon_begins_a_cell(segments):
    segments.snapshot(FIRST, {"a;=1+1": "Loyal"})
    segments.publish()
    text = (segments.published / "lists" / "Loyal.csv").read_text(encoding="utf-8")
    assert text.splitlines()[1] == '"a;=1+1","Loyal","2011-12-01"'


def test_the_first_publication_has_no_changes_for_nobody_is_to_be_welcomed_twice(segments):
    segments.snapshot(FIRST, {"c1": "Loyal"}, ("c1", None, "Loyal", "arrived"))
    segments.publish()
    assert (segments.published / "lists" / "changes.csv").read_text() == (
        '"customer_id","from_segment","to_segment","cause","snapshot_on","since_snapshot_on"\n'
    )
    assert published_lists(segments.published).manifest.since is None


def test_changes_say_who_moved_since_the_publication_before_and_why(segments):
    segments.snapshot(FIRST, {"c1": "Loyal", "c2": "Loyal", "c3": "Lost", "c4": "Lost"})
    first = segments.publish().manifest
    segments.snapshot(
        SECOND, {"c1": "Lost", "c2": "Loyal", "c4": "Loyal", "c5": "Loyal"},
        ("c1", "Loyal", "Lost", "ageing"), ("c3", "Lost", None, "erased"),
        ("c4", "Lost", "Loyal", "behaviour"), ("c5", None, "Loyal", "arrived"),
    )  # fmt: skip
    second = segments.publish().manifest
    assert read(segments.published / "lists" / "changes.csv")[0] == {
        "customer_id": "c1", "from_segment": "Loyal", "to_segment": "Lost", "cause": "ageing",
        "snapshot_on": "2011-12-02", "since_snapshot_on": "2011-12-01",
    }  # fmt: skip
    assert segments.changes() == [
        ("c1", "Loyal", "Lost", "ageing"),
        ("c3", "Lost", "", "erased"),
        ("c4", "Lost", "Loyal", "behaviour"),
        ("c5", "", "Loyal", "arrived"),
    ]
    assert (second.since, second.since_snapshot_on) == (first.publication, FIRST)


def test_a_backfill_of_days_that_were_not_published_counts_from_what_was(segments):
    segments.snapshot(FIRST, {"c1": "A", "c2": "A", "c3": "A", "c4": "A", "c5": "A"})
    segments.publish()
    segments.snapshot(SECOND, {"c1": "B", "c2": "B", "c3": "B", "c5": "B"},
                      ("c1", "A", "B", "ageing"), ("c2", "A", "B", "ageing"), ("c3", "A", "B", "behaviour"),
                      ("c4", "A", None, "erased"), ("c5", "A", "B", "ageing"))  # fmt: skip
    segments.snapshot(THIRD, {"c1": "C", "c2": "A", "c3": "B", "c4": "B", "c5": "C"},
                      ("c1", "B", "C", "behaviour"), ("c2", "B", "A", "behaviour"),
                      ("c4", None, "B", "arrived"))  # fmt: skip
    segments.publish()
    # c2 is back where he was published; c4 never left for who reads publications; no move led c5 to where he is.
    assert segments.changes() == [
        ("c1", "A", "C", "behaviour"),
        ("c3", "A", "B", "behaviour"),
        ("c4", "A", "B", "restated"),
        ("c5", "A", "C", "restated"),
    ]


def test_the_same_snapshot_again_is_the_same_publication_and_keeps_its_changes(segments):
    segments.snapshot(FIRST, {"c1": "A"})
    segments.publish()
    segments.snapshot(SECOND, {"c1": "B"}, ("c1", "A", "B", "ageing"))
    before = segments.publish()
    files, inode = contents(before.folder), (segments.published / "lists").lstat().st_ino
    again = segments.publish()
    assert again.manifest == before.manifest
    assert contents(again.folder) == files
    assert (segments.published / "lists").lstat().st_ino == inode
    assert segments.changes() == [("c1", "A", "B", "ageing")]


def test_an_older_day_made_again_publishes_nothing(segments):
    segments.snapshot(FIRST, {"c1": "A"})
    segments.snapshot(SECOND, {"c1": "B"}, ("c1", "A", "B", "ageing"))
    before = segments.publish().manifest
    segments.snapshot(FIRST, {"c1": "C"})
    assert segments.publish().manifest == before


def test_a_snapshot_that_comes_out_otherwise_is_a_publication_of_its_own(segments):
    segments.snapshot(FIRST, {"c1": "A", "c2": "A"})
    segments.publish()
    segments.snapshot(SECOND, {"c1": "B", "c2": "A"}, ("c1", "A", "B", "ageing"))
    before = segments.publish().manifest
    segments.snapshot(SECOND, {"c1": "A", "c2": "B"}, ("c2", "A", "B", "ageing"))
    after = segments.publish().manifest
    assert segments.changes() == [("c1", "B", "A", "restated"), ("c2", "A", "B", "restated")]
    assert (after.since, after.since_snapshot_on) == (before.publication, SECOND)
    segments.snapshot(SECOND, {"c1": "B", "c2": "A"}, model=NEW_MODEL)
    assert segments.publish().manifest.publication not in (before.publication, after.publication)
    assert segments.changes() == [("c1", "A", "B", "model"), ("c2", "B", "A", "model")]


def test_a_version_fitted_anew_under_its_day_is_another_model(segments):
    segments.snapshot(FIRST, {"c1": "A"})
    segments.publish()
    segments.snapshot(FIRST, {"c1": "B"}, fit="anew")
    segments.publish()
    assert segments.changes() == [("c1", "A", "B", "model")]


@pytest.mark.parametrize(("model", "cause"), [(OLD_MODEL, "restated"), (NEW_MODEL, "model")])
def test_lists_from_before_fits_were_told_apart_are_compared_with(segments, model, cause):
    segments.snapshot(FIRST, {"c1": "A"})
    kept = segments.publish().folder / CUSTOMERS
    kept.chmod(0o644)
    pl.read_parquet(kept).select("customer_id", "segment", model_version=pl.lit(OLD_MODEL)).write_parquet(kept)
    segments.snapshot(FIRST, {"c1": "B"}, model=model)
    segments.publish()
    assert segments.changes() == [("c1", "A", "B", cause)]


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


def test_the_manifest_says_which_file_is_whose(segments):
    segments.snapshot(FIRST, {"c1": "A/B", "c2": "A/B"})
    published = segments.publish()
    manifest = json.loads((segments.published / "lists" / "manifest.json").read_text())
    assert manifest["publication"] == published.manifest.publication
    assert [(f["file"], f["segment"], f["customers"]) for f in manifest["lists"]] == [("A%2FB.csv", "A/B", 2)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in published.folder.iterdir()} == {0o444}


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
    with pytest.raises(FileExistsError, match="is there and is no link to published lists: move it away"):
        segments.publish()


def test_lists_that_were_copied_without_their_link_are_still_the_last_ones(segments):
    segments.snapshot(FIRST, {"c1": "A"})
    before = segments.publish()
    (segments.published / "lists").unlink()
    before.folder.rename(segments.published / "lists")
    segments.snapshot(SECOND, {"c1": "B"})
    assert segments.publish().manifest.since == before.manifest.publication
    assert (segments.published / "lists").is_symlink()
    assert segments.changes() == [("c1", "A", "B", "restated")]


def test_without_segments_there_is_nothing_to_publish(segments):
    with pytest.raises(NothingToPublishError):
        segments.publish()
