"""A file comes into raw once: what happens when it is changed, renamed, taken away or mended."""

from rfm_assets.ingestion.landing import Outcome
from rfm_assets_tests.ingestion.days import FIRST, SECOND, THIRD, day
from rfm_assets_tests.rows import line

FILES = "select file_id, name, status, line_count, unreadable_count from raw.files order by file_id"
LINES = "select file_id, line_no, invoice_id from raw.transactions order by file_id, line_no"
DAYS = "select invoiced_on, version from raw.days order by invoiced_on"


def test_a_file_already_loaded_is_skipped(shop):
    shop.drop("december.csv", line("1"))
    shop.load()
    assert shop.load() == []
    assert shop.rows(LINES) == [(1, 2, "1")]


def test_the_same_content_under_another_name_is_skipped_also_in_the_same_run(shop):
    shop.drop("a.csv", line("1"))
    shop.drop("b.csv", line("1"))
    assert [outcome.name for outcome in shop.load()] == ["a.csv"]
    shop.drop("folder/c.csv", line("1"))
    assert shop.load() == []
    assert shop.rows(FILES) == [(1, "a.csv", "loaded", 1, 0)]


def test_a_changed_file_replaces_exactly_its_own_lines_and_touches_its_old_and_new_days(shop):
    shop.drop("changed.csv", line("1", at=FIRST), line("2", at=SECOND))
    shop.drop("other.csv", line("3", at=SECOND), line("4", at="12/4/2010 8:26"))
    shop.load()
    shop.drop("changed.csv", line("2", at=SECOND, quantity=5), line("5", at=THIRD))
    assert shop.load() == [Outcome("changed.csv", "loaded", line_count=2, days=3)]
    assert shop.rows(LINES) == [(2, 2, "3"), (2, 3, "4"), (3, 2, "2"), (3, 3, "5")]
    assert shop.rows(DAYS) == [(day(1), 3), (day(2), 3), (day(3), 3), (day(4), 2)]
    assert shop.rows(FILES) == [
        (1, "changed.csv", "replaced", 2, 0),
        (2, "other.csv", "loaded", 2, 0),
        (3, "changed.csv", "loaded", 2, 0),
    ]


def test_a_file_that_goes_back_to_an_earlier_content_counts_with_that_content(shop):
    for invoice in ("1", "2", "1"):
        shop.drop("december.csv", line(invoice))
        shop.load()
    assert shop.rows(LINES) == [(3, 2, "1")]


def test_unreadable_lines_of_a_replaced_version_go_with_it(shop):
    shop.drop("december.csv", line("1"), line("2", quantity="many"))
    shop.load(max_unreadable_share=0.5)
    assert shop.rows("select file_id, line_no from raw.unreadable") == [(1, 3)]
    shop.drop("december.csv", line("1"), line("2"))
    shop.load()
    assert shop.rows("select file_id, line_no from raw.unreadable") == []


def test_a_content_that_moved_to_another_name_as_logs_are_rotated_still_counts(shop):
    shop.drop("today.csv", line("1", at=FIRST))
    shop.load()
    (shop.landing / "today.csv").rename(shop.landing / "yesterday.csv")
    shop.drop("today.csv", line("2", at=SECOND))
    shop.load()
    assert sorted(shop.rows("select invoice_id from raw.transactions")) == [("1",), ("2",)]
    assert shop.load() == []


def test_a_renamed_file_stays_loaded_when_it_is_taken_away_and_another_one_takes_its_old_name(shop):
    shop.drop("export.csv", line("0", at=FIRST))
    shop.load()
    export = shop.drop("export.csv", line("0", at=FIRST), line("1", at=FIRST))
    shop.load()
    renamed = export.rename(shop.landing / "january.csv")
    assert shop.load() == []
    renamed.unlink()
    shop.drop("export.csv", line("2", at=SECOND))
    shop.load()
    assert sorted(shop.rows("select invoice_id from raw.transactions")) == [("0",), ("1",), ("2",)]
    # The versions of a file have one name: the next one of the old name is not taken for a shorter one.
    assert shop.rows("select name, status from raw.files order by file_id") == [
        ("january.csv", "replaced"), ("january.csv", "loaded"), ("export.csv", "loaded"),
    ]  # fmt: skip


def test_a_changed_file_gives_up_its_old_lines_also_for_a_content_that_another_file_has(shop):
    shop.drop("a.csv", line("1"))
    shop.drop("b.csv", line("2"))
    shop.load()
    shop.drop("a.csv", line("2"))
    shop.load()
    assert {invoice for (invoice,) in shop.rows("select invoice_id from raw.transactions")} == {"2"}
    assert shop.load() == []


def test_a_removed_file_stays_loaded(shop):
    path = shop.drop("december.csv", line("1"))
    shop.load()
    path.unlink()
    assert shop.load() == []
    assert shop.rows(LINES) == [(1, 2, "1")]


def test_a_failing_version_leaves_the_earlier_one_counting_until_it_is_mended(shop):
    shop.drop("december.csv", line("1"))
    shop.load()
    shop.drop("december.csv", line("2", quantity="many"))
    shop.load()
    assert shop.rows(LINES) == [(1, 2, "1")]
    assert [row[2] for row in shop.rows(FILES)] == ["loaded", "failed"]
    shop.drop("december.csv", line("2"))
    shop.load()
    assert [row[2] for row in shop.rows(LINES)] == ["2"]
    assert [row[2] for row in shop.rows(FILES)] == ["replaced", "loaded"]


def test_a_failure_is_forgotten_when_its_file_is_taken_away(shop):
    shop.drop("a.csv", line("1"))
    bad = shop.drop("b.csv", line("2", quantity="many"))
    shop.load()
    bad.unlink()
    assert shop.load() == []
    assert shop.rows(FILES) == [(1, "a.csv", "loaded", 1, 0)]


def test_a_file_that_looks_as_it_did_is_not_read_again(shop, monkeypatch):
    from rfm_assets.ingestion import files

    read = []
    digest = files.hashlib.file_digest
    monkeypatch.setattr(files.hashlib, "file_digest", lambda file, name: read.append(file.name) or digest(file, name))
    first, second = shop.drop("a.csv", line("1")), shop.drop("b.csv", line("2"))
    (shop.landing / "again.csv").write_bytes(first.read_bytes())
    shop.load()
    assert len(read) == 3
    shop.load()
    assert len(read) == 3
    second.touch()
    assert shop.load() == []
    assert read[3:] == [str(second)]
    shop.drop("b.csv", line("3"))
    assert [outcome.name for outcome in shop.load()] == ["b.csv"]
    assert read[3:] == [str(second), str(second)]


def test_a_file_that_failed_is_judged_anew_although_it_looks_the_same(shop):
    shop.drop("a.csv", line("1"), line("2", quantity="many"))
    assert [outcome.status for outcome in shop.load()] == ["failed"]
    assert [outcome.status for outcome in shop.load(max_unreadable_share=0.5)] == ["loaded"]
