"""Files that are unfinished, damaged or half an export: they wait or fail by name, and stop no other."""

import gzip
import os

import pytest

from rfm_assets_tests.ingestion.places import ONLINE_RETAIL, OWN, OWN_LINES


def test_a_field_that_is_too_long_fails_its_file_alone(place):
    place.drop("junk.csv", "a" * 200_000)
    place.drop("a.csv", ONLINE_RETAIL + "1,A,x,1,12/1/2010 8:26,1.5,c,UK\n")
    assert {outcome.name: outcome.status for outcome in place.load()} == {"a.csv": "loaded", "junk.csv": "failed"}


def test_a_file_that_is_still_being_written_waits_for_the_next_run(place):
    place.source("own", OWN)
    path = place.drop("a.csv", OWN_LINES)
    place.drop("b.csv.part", OWN_LINES)
    os.utime(path, (1000, 1000))
    waiting = place.load(settled_before=999.0)
    assert [(outcome.name, outcome.status) for outcome in waiting] == [("a.csv", "waiting"), ("b.csv.part", "waiting")]
    assert place.rows("select * from raw.files") == []
    assert place.load(settled_before=1000.0)[0].status == "loaded"


def test_a_file_that_grows_while_it_is_read_waits_and_leaves_nothing(place, monkeypatch):
    place.source("own", OWN)
    path = place.drop("a.csv", OWN_LINES)
    load_csv = type(place.engine).load_csv

    def grow(*arguments):
        refused = load_csv(*arguments)
        path.write_text(OWN_LINES + "2,2020-02-01,1,1.00,c2\n", encoding="utf-8")
        return refused

    with monkeypatch.context() as patched:
        patched.setattr(type(place.engine), "load_csv", grow)
        assert [outcome.status for outcome in place.load()] == ["waiting"]
    assert place.lines("line_no") == []
    assert [(outcome.status, outcome.line_count) for outcome in place.load()] == [("loaded", 2)]


def test_a_sheet_that_no_source_fits_is_left_out_and_named_and_rows_keep_their_numbers(place, tmp_path):
    import xlsxwriter

    with xlsxwriter.Workbook(place.landing / "notes.xlsx") as book:
        book.add_worksheet("notes").write_row(0, 0, ["a", "note"])
    with xlsxwriter.Workbook(place.landing / "book.xlsx") as book:
        book.add_worksheet("notes").write_row(0, 0, ["a", "note"])
        sheet = book.add_worksheet("January")
        sheet.write_row(2, 1, ["bill", "day", "units", "each", "who"])
        sheet.write_row(4, 1, [1, "2020-01-31", 2, 1.5, 17850])
        sheet.write_row(5, 1, [2, "2020-01-31", "two", 1.5, 17850])
    place.source("own", OWN)
    outcome, of_notes_alone = place.load(share=1)
    assert "own needs bill, day, units, each, who" in of_notes_alone.error
    assert (outcome.status, outcome.sheets_left_out) == ("loaded", ("notes",))
    assert place.lines("line_no, customer_id") == [(1_048_576 + 5, "17850")]
    ((line_no, error),) = place.rows("select line_no, error from raw.unreadable")
    assert (line_no, error) == (1_048_576 + 6, "sheet 'January': quantity is missing or not a whole number")


PACKED = gzip.compress(OWN_LINES.encode(), mtime=0)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc", "its archive is damaged"),
        (PACKED.replace(PACKED[10:12], b"\xff\xff"), "its archive is damaged: Error -3"),
        (PACKED[:-8] + bytes(8), "its archive is damaged: CRC check failed"),
        (b"\x28\xb5\x2f\xfd\x00\x00", "its archive is damaged"),
        (b"\x28\xb5\x2f\xfd" + b"\xff" * 20, "its archive is damaged"),
        (b"PK\x03\x04abc", "no workbook that can be read"),
        (b"PAR1abc", "DuckDB cannot read it"),
        (b"\xff\xfea", "its text is not utf-16"),
        (b'[{"bill": 1}, {', "Malformed JSON"),
    ],
)
def test_a_wrong_or_damaged_archive_fails_by_name_and_does_not_stop_the_others(place, content, error):
    place.source("own", OWN)
    place.drop("bad.csv", content)
    place.drop("good.csv", OWN_LINES)
    bad, good = place.load()
    assert (bad.status, good.status) == ("failed", "loaded")
    assert bad.error.startswith("bad.csv: ")
    assert error in bad.error
