"""The lists: which there are, who is in them, and cells that no spreadsheet runs."""

import json
import re
import stat

import pytest

from rfm_assets.engines.base import select
from rfm_assets.publishing.files import NothingToPublishError
from rfm_assets.publishing.lists.publication import published_lists
from rfm_assets.publishing.room import NotPublishedError
from rfm_assets_tests.publishing.lists.segments import FIRST, NEW_MODEL, OLD_MODEL, SECOND, read
from rfm_assets_tests.publishing.published import contents, fill
from rfm_assets_tests.rows import write_rows


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


@pytest.mark.parametrize("room", [0, 40])
def test_a_full_disk_leaves_the_lists_and_says_so(segments, small_disk, room):
    segments.snapshot(FIRST, {"c1": "Loyal"})
    had = segments.publish().manifest
    before = contents(small_disk)
    fill(small_disk / "other", room)
    segments.snapshot(SECOND, {f"{customer:050}": "Loyal" for customer in range(2_000)})
    with pytest.raises(NotPublishedError) as refused:
        segments.publish()
    message = str(refused.value)
    assert re.match(r"The lists were not replaced, those before stay: .*No space left on device\. ", message)
    assert "MB are free in " in message
    assert "{" not in message, "no JSON of DuckDB's"
    (small_disk / "other").unlink()
    assert contents(small_disk) == before
    assert segments.publish().manifest.since == had.publication


def write_models(segments, *named):
    rows = ((on, i, name, 1, 0.5, 0.5, 0.5) for i, (on, name) in enumerate(named))
    write_rows(segments.warehouse, "model.centroids", *rows)


def test_a_segment_of_the_model_that_nobody_is_in_has_an_empty_list_until_it_is_fitted_anew(segments):
    write_models(segments, (OLD_MODEL, "A"), (OLD_MODEL, "B"), (NEW_MODEL, "C"))
    digest = segments.warehouse.row(select("model.digest"), model_version=OLD_MODEL)["model_digest"]
    segments.snapshot(FIRST, {"c1": "A"}, digest=digest)
    segments.publish()
    assert not (segments.published / "lists" / "C.csv").exists()
    assert (segments.published / "lists" / "B.csv").read_bytes() == b'"customer_id","segment","snapshot_on"\n'
    write_models(segments, (OLD_MODEL, "Neu"), (NEW_MODEL, "C"))
    segments.publish()
    assert sorted(path.stem for path in (segments.published / "lists").glob("[A-Z]*.csv")) == ["A"]


def test_a_snapshot_from_before_fits_were_told_apart_has_the_lists_of_its_version(segments):
    write_models(segments, (OLD_MODEL, "A"), (OLD_MODEL, "B"))
    segments.snapshot(FIRST, {"c1": "A"}, digest=None)
    segments.publish()
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


def test_the_manifest_says_which_file_is_whose_in_the_order_of_the_segments(segments):
    segments.snapshot(FIRST, {"c1": "Z", "c2": "A/B", "c3": "A/B", "c4": "M"})
    published = segments.publish()
    manifest = json.loads((segments.published / "lists" / "manifest.json").read_text())
    assert manifest["publication"] == published.manifest.publication
    assert [(f["file"], f["segment"], f["customers"]) for f in manifest["lists"]] == [
        ("A%2FB.csv", "A/B", 2), ("M.csv", "M", 1), ("Z.csv", "Z", 1),
    ]  # fmt: skip
    assert {stat.S_IMODE(path.stat().st_mode) for path in published.folder.iterdir()} == {0o444}


def test_without_segments_there_is_nothing_to_publish(segments):
    with pytest.raises(NothingToPublishError):
        segments.publish()
