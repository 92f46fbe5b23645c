"""A loaded file that another mapping is for by now is read by that one; where none is, what was read of it stays."""

import pytest
import xlsxwriter

from rfm_assets_tests.ingestion.places import OWN

WRONG, RIGHT = OWN.replace("%Y-%m-%d", "%m/%d/%Y"), OWN.replace("%Y-%m-%d", "%d/%m/%Y")
LINES = "bill,day,units,each,who\n1,02/03/2011,2,1.50,c1\n"
READ_WRONG, READ_RIGHT = [("2011-02-03", "a.csv")], [("2011-03-02", "a.csv")]


def drop_source(place, name: str) -> None:
    (place.sources / f"{name}.toml").unlink()


def read(place) -> list[tuple]:
    """Load what landed; return the days of the lines that count, and the last part of their files' names."""
    for outcome in place.load():
        assert outcome.status == "loaded", outcome.error
    return place.rows(
        "select cast(invoiced_on as varchar), string_split(name, '/')[-1] from raw.transactions join raw.files "
        "using (file_id) where status = 'loaded'"
    )


def test_a_mapping_put_right_under_another_name_takes_the_files_of_the_one_that_is_gone(place):
    place.source("orders", WRONG)
    place.drop("a.csv", LINES)
    assert read(place) == READ_WRONG
    drop_source(place, "orders")
    place.source("shop", RIGHT)
    assert read(place) == READ_RIGHT
    assert place.load() == []


def test_a_mapping_that_asks_for_files_takes_them_from_one_that_asks_for_none(place):
    place.source("orders", WRONG)
    place.drop("paris/a.csv", LINES)
    assert read(place) == READ_WRONG
    place.source("paris", f'files = "paris/*"\n{RIGHT}')
    assert read(place) == READ_RIGHT
    assert place.load() == []


def test_a_file_that_was_moved_is_read_by_the_mapping_of_its_new_folder(place):
    place.source("us", f'files = "us/*"\n{WRONG}')
    place.source("paris", f'files = "paris/*"\n{RIGHT}')
    path = place.drop("us/a.csv", LINES)
    assert read(place) == READ_WRONG
    (place.landing / "paris").mkdir()
    path.rename(place.landing / "paris" / "a.csv")
    assert read(place) == READ_RIGHT
    assert place.load() == []


def test_a_file_that_is_no_longer_in_landing_stays_as_it_was_read_and_is_named(place):
    place.source("orders", WRONG)
    for name in ("a.csv", "b.csv"):
        place.drop(name, LINES.replace("c1", name))
    read(place)
    gone = (place.landing / "a.csv").rename(place.landing.parent / "a.csv")
    assert place.load() == []
    place.source("orders", RIGHT)
    assert [(one.name, one.status) for one in place.load()] == [("a.csv", "left"), ("b.csv", "loaded")]
    assert [(one.name, one.status) for one in place.load()] == [("a.csv", "left")]
    gone.rename(place.landing / "a.csv")
    assert sorted(read(place)) == [*READ_RIGHT, ("2011-03-02", "b.csv")]


@pytest.mark.parametrize("is_touched", [False, True])
def test_what_was_read_by_a_mapping_that_is_gone_stays_where_none_fits(place, is_touched):
    place.source("orders", RIGHT)
    path = place.drop("a.csv", LINES)
    assert read(place) == READ_RIGHT
    drop_source(place, "orders")
    if is_touched:
        path.touch()
    place.drop("copy_of_a.csv", LINES)
    assert place.load() == []
    assert read(place) == READ_RIGHT


def test_a_changed_file_whose_mapping_is_gone_fails_and_what_was_read_stays(place):
    place.source("orders", RIGHT)
    place.drop("a.csv", LINES)
    assert read(place) == READ_RIGHT
    drop_source(place, "orders")
    place.drop("a.csv", LINES.replace("2,1.50", "3,1.50"))
    (outcome,) = place.load()
    assert outcome.status == "failed"
    assert "No source fits" in (outcome.error or "")
    assert place.lines("quantity") == [(2,)]


def test_a_mapping_that_asks_for_a_file_and_does_not_fit_it_fails_and_what_was_read_stays(place):
    place.source("orders", RIGHT)
    place.drop("paris/a.csv", LINES)
    assert read(place) == READ_RIGHT
    place.source("paris", 'files = "paris/*"\n' + RIGHT.replace('"bill"', '"receipt"'))
    (outcome,) = place.load()
    assert outcome.status == "failed"
    assert "paris needs" in (outcome.error or "")
    assert place.lines("quantity") == [(2,)]


@pytest.mark.parametrize("gone", [["orders"], ["orders", "shop"]])
def test_no_sheet_of_a_workbook_is_lost_with_its_mapping(place, gone):
    place.source("orders", RIGHT)
    place.source("shop", RIGHT.replace('"bill"', '"receipt"'))
    with xlsxwriter.Workbook(place.landing / "a.xlsx") as workbook:
        for name in ("bill", "receipt"):
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, (name, "day", "units", "each", "who"))
            sheet.write_row(1, 0, (1, "02/03/2011", 2, 1.5, name))
    assert [outcome.error for outcome in place.load()] == [None]
    for name in gone:
        drop_source(place, name)
    place.source("other", RIGHT.replace('"bill"', '"receipt"'))
    place.load()
    assert sorted(place.lines("customer_id")) == [("bill",), ("receipt",)]
