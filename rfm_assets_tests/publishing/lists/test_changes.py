"""Since when the changes in the lists count, and for what cause each is told."""

import polars as pl
import pytest

from rfm_assets.publishing.lists.publication import CUSTOMERS, published_lists
from rfm_assets_tests.publishing.lists.segments import FIRST, NEW_MODEL, OLD_MODEL, SECOND, THIRD, read
from rfm_assets_tests.publishing.published import contents


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


def test_lists_that_were_copied_without_their_link_are_still_the_last_ones(segments):
    segments.snapshot(FIRST, {"c1": "A"})
    before = segments.publish()
    (segments.published / "lists").unlink()
    before.folder.rename(segments.published / "lists")
    segments.snapshot(SECOND, {"c1": "B"})
    assert segments.publish().manifest.since == before.manifest.publication
    assert (segments.published / "lists").is_symlink()
    assert not (segments.published / ".lists-copied").exists()
    assert segments.changes() == [("c1", "A", "B", "restated")]
