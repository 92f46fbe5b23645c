"""Lines above the header: titles, blank lines, a spreadsheet's `sep=;`, never lines of another table."""

import pytest

from rfm_assets_tests.ingestion.places import OWN, OWN_LINES

HEADER, LINE = OWN_LINES.splitlines()
ONE_BAD = "2,2020-02-01,many,1.00,c2"


def file_of(*lines: str, end: str = "\r\n") -> bytes:
    return "".join(line + end for line in lines).encode()


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize(
    "above",
    [
        ["sep=,"],
        ["Sales of January", ""],
        ["", "", "Sales,of,January,,,,,,"],
        ['"Sales, all of them",,,,', "from,2020-01-01,to,2020-01-31", " \t"],
        ["a title"] * 19,
    ],
)
def test_what_stands_above_a_header_is_passed_over_and_lines_keep_their_numbers(place, above, end):
    place.source("own", OWN)
    place.drop("a.csv", file_of(*above, HEADER, LINE, "", ONE_BAD, LINE, end=end))
    (outcome,) = place.load(share=1)
    first = len(above) + 2
    assert (outcome.status, outcome.above_headers, outcome.line_count) == ("loaded", len(above), 3)
    assert place.lines("line_no, customer_id, quantity") == [(first, "c1", 2), (first + 3, "c1", 2)]
    assert place.rows("select line_no, text from raw.unreadable") == [(first + 2, ONE_BAD)]


def test_lines_of_an_order_keep_their_numbers_below_a_title(place):
    place.source("own", OWN + 'country = "land"\n' + 'refund = "back"\n')
    place.drop("a.csv", file_of("Refunds", HEADER + ",land,back", LINE + ",FR,0.50", LINE + ",FR,"))
    place.load()
    assert place.lines("line_no % 10000000000, stock_code") == [(3, None), (4, None), (3, "REFUND")]


def test_a_title_that_another_program_put_above_the_file_may_end_otherwise(place):
    place.source("own", OWN)
    place.drop("a.csv", b"sep=,\n" + file_of(HEADER, LINE, LINE))
    (outcome,) = place.load()
    assert (outcome.error, outcome.line_count) == (None, 2)
    assert place.lines("line_no") == [(3,), (4,)]


def test_a_title_with_an_utf_8_mark_before_it(place):
    place.source("own", OWN)
    place.drop("a.csv", b"\xef\xbb\xbf" + file_of("Umsätze", HEADER, LINE))
    assert [outcome.error for outcome in place.load()] == [None]
    assert place.lines("line_no") == [(3,)]


@pytest.mark.parametrize(
    "above",
    [
        ["no,day,units,each,who", "1,2020-01-30,2,1.50,c1"],  # a table with as many columns, under other names
        ["1,2020-01-30,2,1.50,c1"],
        ["a title", "1,2020-01-30,2,1.50,"],  # of a guest
        ["a title"] * 20,
        ['Sales of "January'],
        ['"Sales', 'of January"'],
    ],
)
def test_what_may_be_another_table_or_half_a_record_is_not_passed_over(place, above):
    place.source("own", OWN)
    place.drop("a.csv", file_of(*above, HEADER, LINE))
    (outcome,) = place.load()
    assert (outcome.status, place.lines("line_no")) == ("failed", [])
    assert ("columns missing" if len(above) == 20 else "lines stand above the header") in outcome.error


def test_blanks_are_no_delimiter_of_a_table_with_a_header(place):
    place.source("own", OWN)
    place.drop("a.csv", file_of(*(line.replace(",", " ") for line in ("a title", HEADER, LINE))))
    (outcome,) = place.load()
    assert (outcome.status, outcome.above_headers) == ("failed", 0)


def test_a_file_that_fits_nothing_is_told_by_the_line_nearest_to_a_header(place):
    place.source("own", 'files = "a.csv"' + OWN)
    place.drop("a.csv", file_of("Sales of January", "bill,day,units,each,whom", LINE))
    (outcome,) = place.load()
    assert "columns missing: who; found: bill, day, units, each, whom." in outcome.error


def test_rows_above_the_header_of_a_sheet_are_passed_over(place):
    import xlsxwriter

    with xlsxwriter.Workbook(place.landing / "book.xlsx") as book:
        sheet = book.add_worksheet("January")
        sheet.write_row(1, 0, ["Sales of January"])
        sheet.write_row(2, 0, ["from", "2020-01-01", "to", "2020-01-31"])
        sheet.write_row(4, 0, HEADER.split(","))
        sheet.write_row(5, 0, ["1", "2020-01-31", 2, 1.5, "c1"])
        sheet = book.add_worksheet("February")
        sheet.write_row(0, 0, ["Sales of February"])
        sheet.write_row(1, 0, HEADER.split(","))
        sheet.write_row(2, 0, ["2", "2020-02-28", 2, 1.5, "c2"])
    place.source("own", OWN)
    (outcome,) = place.load()
    assert (outcome.error, outcome.above_headers) == (None, 3)
    assert place.lines("line_no, customer_id") == [(6, "c1"), (1_048_576 + 3, "c2")]


@pytest.mark.parametrize(
    ("day", "form", "price", "sign"),
    [("2011-01-01", "%Y-%m-%d", "$1.50", '"$"'), ("2011-01-01 10:00:00 UTC", "%Y-%m-%d %H:%M:%S %z", "1.50", None)],
)
def test_a_sale_above_a_header_is_no_title_whatever_sign_its_money_has_and_however_it_says_utc(
    place, day, form, price, sign
):
    own = OWN.replace("%Y-%m-%d", form)
    place.source("own", f"currency_sign = {sign}\n{own}" if sign else own)
    place.drop("a.csv", file_of(f"1,{day},2,{price},", HEADER, f"2,{day},2,{price},c1"))
    (outcome,) = place.load()
    assert outcome.status == "failed"
    assert f"lines stand above the header '{HEADER.replace(',', ', ')}' that are no titles" in (outcome.error or "")
