"""Sheets in which a cell is far from the others: they fail by name, before all between is taken room for."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter

from rfm_assets.engines.errors import UnreadableFileError
from rfm_assets.ingestion import far_cells
from rfm_assets.ingestion.far_cells import require_near
from rfm_assets_tests.ingestion.places import OWN, OWN_LINES

HEADER = ("bill", "day", "units", "each", "who")
LINE = ("7", "2020-01-31", 2, 1.5, "c1")
PART = "xl/worksheets/sheet1.xml"
RELATIONS = '<R><Relationship Id="a" Target="/xl/Worksheets/Sheet1.xml"/></R>'
NO_SUCH = r"sheet 'Till': its cell {} is none that a sheet can hold \(A1 to XFD1048576\)\. Delete it, or export as CSV"


def write_book(path, count, *far):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("January & May")
        for number, row in enumerate([HEADER] + [LINE] * count):
            sheet.write_row(number, 0, row)
        for cell in far:
            sheet.write(cell, "x")


def change(path, old, new):
    with ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    assert old in parts[PART]
    with ZipFile(path, "w", ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content.replace(old, new) if name == PART else content)


def book_of(rows, rest=""):
    """Return a workbook whose sheet has these rows, as XML."""
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as book:
        book.writestr("xl/workbook.xml", '<b><x:sheet name="Till" r:id="a"/></b>')
        book.writestr("xl/_rels/workbook.xml.rels", RELATIONS)
        book.writestr(PART, f"<worksheet><sheetData>{rows}</sheetData>{rest}</worksheet>")
    return content.getvalue()


@pytest.fixture
def landed(place):
    """The landing folder with another file, and what became of the workbook beside it."""
    place.source("own", OWN)
    place.drop("z.csv", OWN_LINES)

    def outcome():
        found = {one.name: one for one in place.load()}
        assert found["z.csv"].status == "loaded"
        return found["book.xlsx"]

    return outcome


def test_a_stray_cell_far_from_the_table_fails_its_workbook_alone(place, landed):
    write_book(place.landing / "book.xlsx", 3_000)
    # As text: xlsxwriter goes through all cells between.
    change(place.landing / "book.xlsx", b'</row><row r="2"', b'<c r="XFD1"><v>1</v></c></row><row r="2"')
    assert landed().error == (
        "book.xlsx: sheet 'January & May': its cells span 3,001 rows and 16,384 columns, up to A3001 and XFD1, "
        "but only 15,006 of these 49,168,384 cells are filled. "
        "Delete what stands far from the table, or export it as CSV"
    )


def test_a_damaged_reference_fails_its_workbook_alone(place, landed):
    write_book(place.landing / "book.xlsx", 3_000)
    change(place.landing / "book.xlsx", b'r="A1500"', b'r="A99999999"')
    assert landed().error == (
        "book.xlsx: sheet 'January & May': its cell A99999999 is none that a sheet can hold (A1 to XFD1048576). "
        "Delete it, or export as CSV"
    )


def test_a_note_beside_the_table_is_left_out_of_it(place, landed):
    write_book(place.landing / "book.xlsx", 60, "K40")
    assert (landed().error, len(place.lines("line_no"))) == (None, 61)


def test_a_far_cell_that_is_empty_but_coloured_is_none(place, landed):
    write_book(place.landing / "book.xlsx", 3_000)
    change(
        place.landing / "book.xlsx", b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    )
    assert (landed().error, len(place.lines("line_no"))) == (None, 3_001)


@pytest.mark.parametrize(("rows", "columns"), [(50, 400), (400, 50)])
def test_a_sheet_that_is_full_may_be_as_large_as_it_is(monkeypatch, tmp_path, rows, columns):
    monkeypatch.setattr(far_cells, "MANY", 10_000)
    monkeypatch.setattr(far_cells, "_far_cell", lambda part: pytest.fail("parsed"))
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        sheet = book.add_worksheet()
        for number in range(rows):
            sheet.write_row(number, 0, range(columns))
    require_near((tmp_path / "book.xlsx").read_bytes())


@pytest.mark.parametrize(
    ("rows", "cell"),
    [
        ('<row r="1"><c t="n" r="A1048577"><v>1</v></c></row>', "A1048577"),
        ('<row r="1"><c r="xfe1"><v>1</v></c></row>', "XFE1"),
        ('<row r="1"><c r="AAAAAAAAAA1"><v>1</v></c></row>', "AAAAAAAAAA1"),
        ("<x:row><x:c r = 'A1'/><x:c r='B99999999'><x:v>1</x:v></x:c></x:row>", "B99999999"),
        ('<x:row r="1"><x:c r="C99999999" t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c></x:row>', "C99999999"),
        ('<row r="99999999"><c><v>1</v></c><c><v>1</v></c></row>', "A99999999"),
        (f"<row>{'<c><v>1</v></c>' * 16_385}</row>", "XFE1"),
    ],
)
def test_a_cell_that_no_sheet_can_hold_is_seen_however_it_is_written(rows, cell):
    with pytest.raises(UnreadableFileError, match=NO_SUCH.format(cell)):
        require_near(book_of(rows))


def test_the_last_cell_of_a_sheet_is_one_that_it_can_hold():
    words = "its cells span 1,048,576 rows and 16,384 columns, up to XFD1048576 and XFD1048576, but only 1 of these"
    with pytest.raises(UnreadableFileError, match=f"sheet 'Till': {words}"):
        require_near(book_of('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))


@pytest.mark.parametrize(
    "written",
    [
        '<row><c r="A7"><v>1</v></c></row>',
        "<row><c><v>1</v></c></row><row/>",
        "<row><c><v>1</v></c></row>" * 16_385,
        "",
    ],
    ids=["a reference", "none", "none in many rows", "no cell"],
)
def test_cells_that_are_near_are_let_through_however_they_are_written(written):
    require_near(book_of(written, '<hyperlinks><hyperlink ref="A99999999" r:id="a"/></hyperlinks>'))


def test_a_reference_on_the_border_of_two_blocks_is_seen(monkeypatch):
    book = book_of('<row r="1"><c r="A1"><v>1</v></c><c r="A99999999"><v>1</v></c></row>')
    for size in range(1, 60):
        monkeypatch.setattr(far_cells, "BLOCK", size)
        with pytest.raises(UnreadableFileError, match="A99999999"):
            require_near(book)


def test_a_text_longer_than_a_block_hides_no_cell(monkeypatch):
    monkeypatch.setattr(far_cells, "BLOCK", 2_000)
    long = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"c r= " * 5_000}</t></is></c>'
    with pytest.raises(UnreadableFileError, match="A99999999"):
        require_near(book_of(f'{long}<c r="A99999999"><v>1</v></c></row>'))


def test_what_is_no_zip_or_a_damaged_one_is_left_to_the_reader_of_workbooks():
    book = book_of('<row r="1"><c r="A1"><v>1</v></c></row>')
    for content in (b"", b"PK\x03\x04abc", b"\xd0\xcf\x11\xe0", book[:-30], book.replace(b"xl/w", b"xl/v", 1)):
        require_near(content)
