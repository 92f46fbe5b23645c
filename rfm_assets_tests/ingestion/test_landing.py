"""Files come into raw whole or not at all, and mark the days that they touch."""

from decimal import Decimal

import pytest

from rfm_assets.ingestion.landing import NoInputError, Outcome
from rfm_assets_tests.ingestion.days import FIRST, THIRD, day
from rfm_assets_tests.rows import HEADER, csv_text, line, write_csv

FILES = "select file_id, name, status, line_count, unreadable_count from raw.files order by file_id"
LINES = "select file_id, line_no, invoice_id from raw.transactions order by file_id, line_no"
DAYS = "select invoiced_on, version from raw.days order by invoiced_on"


def test_a_file_is_loaded_with_its_lines_days_and_facts(shop):
    shop.drop("december.csv", line("1", at=FIRST), line("2", at=THIRD), line("3", at=FIRST))
    assert shop.load() == [Outcome("december.csv", "loaded", line_count=3, unreadable_count=0, days=2)]
    assert shop.rows(LINES) == [(1, 2, "1"), (1, 3, "2"), (1, 4, "3")]
    assert shop.rows(DAYS) == [(day(1), 1), (day(3), 1)]
    assert shop.rows("select * exclude (sha256, source, source_digest) from raw.files") == [
        (1, "december.csv", "loaded", 3, 0, day(1), day(3), None, "GBP", None)
    ]


def test_a_file_that_was_read_to_the_last_line_does_nothing_to_the_unreadable_lines(shop, monkeypatch):
    written, write = [], shop.engine.write

    def note(table, frame, **values):
        written.append((table.name, frame.height))
        write(table, frame, **values)

    monkeypatch.setattr(shop.engine, "write", note)
    shop.drop("a.csv", line("1"))
    shop.drop("b.csv", line("2"), line("3", quantity="many"))
    shop.load(max_unreadable_share=0.5)
    assert written == [
        ("raw.excluded_codes", 0), ("raw.files", 1), ("raw.unreadable", 1), ("raw.files", 1), ("raw.landed_files", 2)
    ]  # fmt: skip


def test_a_file_that_fails_is_recorded_and_does_not_stop_the_others(shop):
    shop.drop("a.csv", line("1"))
    write_csv(shop.landing / "b.csv", [("1", "2")], header=("one", "two"))
    shop.drop("c.csv", line("3"))
    assert [(outcome.name, outcome.status) for outcome in shop.load()] == [
        ("a.csv", "loaded"),
        ("b.csv", "failed"),
        ("c.csv", "loaded"),
    ]
    assert shop.rows(LINES) == [(1, 2, "1"), (3, 2, "3")]
    assert shop.rows("select name, error like 'b.csv: columns missing%' from raw.files where status = 'failed'") == [
        ("b.csv", True)
    ]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        pytest.param(
            b"\r\n" * 530_000 + csv_text([line()]).encode(),
            "begins with a megabyte of blank",
            id="a megabyte of blanks",
        ),
        (b"PK\x03\x04\x00\x00", "if it is an archive of other files, unpack it"),
        (b"InvoiceNo;StockCode\n", "columns missing"),
        (
            b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,CustomerID\n1,A,x,1,12/1/2010 8:26,c1\n",
            "columns missing: UnitPrice, Country; found: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, "
            "CustomerID.",
        ),
        (b"InvoiceNo," + csv_text([]).encode(), "columns there twice: InvoiceNo"),
    ],
)
def test_a_file_that_is_no_export_fails_and_says_why(shop, content, error):
    (shop.landing / "bad.csv").write_bytes(content)
    (outcome,) = shop.load()
    assert outcome.status == "failed"
    assert outcome.error.startswith("bad.csv: ")
    assert error in outcome.error
    assert shop.rows("select * from raw.transactions") == []


def test_a_file_with_a_header_alone_is_loaded_without_lines_and_touches_no_day(shop):
    shop.drop("empty_day.csv")
    assert shop.load() == [Outcome("empty_day.csv", "loaded")]
    assert shop.rows(DAYS) == []
    assert shop.rows("select first_on, last_on from raw.files") == [(None, None)]


@pytest.mark.parametrize(("share", "status"), [(0.25, "loaded"), (0.2499, "failed"), (0, "failed"), (1, "loaded")])
def test_a_file_with_a_larger_share_of_unreadable_lines_than_allowed_is_refused_as_a_whole(shop, share, status):
    shop.drop("december.csv", line("1"), line("2", quantity="many"), line("3"), line("4"))
    (outcome,) = shop.load(share)
    assert outcome.status == status
    if status == "loaded":
        assert (outcome.line_count, outcome.unreadable_count) == (4, 1)
        assert shop.rows("select line_no, text from raw.unreadable") == [
            (3, "2,A,a thing,many,12/1/2010 8:26,1.00,c1,France")
        ]
    else:
        assert "1 of 4 lines cannot be read" in outcome.error
        assert f"share of {share:g}" in outcome.error
        assert "The first is line 3" in outcome.error
        for table in ("transactions", "unreadable", "days"):
            assert shop.rows(f"select * from raw.{table}") == []


def test_no_file_at_all_is_an_error_that_says_where_files_go(shop):
    with pytest.raises(NoInputError, match=f"no file lies in {shop.landing}"):
        shop.load()


def test_an_empty_landing_folder_is_fine_once_something_was_loaded(shop):
    shop.drop("december.csv", line("1")).unlink()
    with pytest.raises(NoInputError):
        shop.load()
    path = shop.drop("december.csv", line("1"))
    shop.load()
    path.unlink()
    path.parent.rmdir()
    assert shop.load() == []


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8-sig", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_older_encoding_gives_the_rows_that_utf_8_gives(shop, encoding, end):
    text = csv_text([line("1", description="£5 café"), line("2", country="Österreich", description="naïve")])
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (shop.landing / "a.csv").write_bytes((mark + text.replace("\n", end)).encode(encoding))
    shop.load()
    assert shop.rows("select line_no, description, country from raw.transactions order by line_no") == [
        (2, "£5 café", "France"),
        (3, "naïve", "Österreich"),
    ]


def test_quotes_of_windows_and_the_bytes_it_leaves_open_are_letters_too(shop):
    text = csv_text([line(description="@")]).encode()
    (shop.landing / "a.csv").write_bytes(text.replace(b"@", b"\x93\x80\x94 \x81"))
    shop.load()
    assert shop.rows("select description from raw.transactions") == [("“€” \x81",)]


def test_hidden_files_are_not_there_unfinished_ones_wait_and_what_is_no_export_fails(shop):
    shop.drop("seen.CSV", line("1"))
    for name in (".hidden.csv", ".folder/in_hidden.csv", "~$open.xlsx", "unfinished.csv.part"):
        shop.drop(name, line("2"))
    (shop.landing / "folder.csv").mkdir()
    (shop.landing / "notes.txt").write_text("sold well", encoding="utf-8")
    assert [(outcome.name, outcome.status) for outcome in shop.load()] == [
        ("notes.txt", "failed"),
        ("seen.CSV", "loaded"),
        ("unfinished.csv.part", "waiting"),
    ]


@pytest.mark.parametrize("text", ["'; drop table raw.files; --", "$file_id", "\"; attach 'x' as y; --"])
def test_sql_in_a_field_a_header_or_a_file_name_stays_text(shop, text):
    write_csv(shop.landing / f"{text}.csv", [(*line(customer=text, invoice=text), text)], header=(*HEADER, text))
    assert [(outcome.name, outcome.status) for outcome in shop.load()] == [(f"{text}.csv", "loaded")]
    assert shop.rows("select invoice_id, customer_id from raw.transactions") == [(text, text)]
    assert shop.rows("select name from raw.files") == [(f"{text}.csv",)]


def test_each_reading_is_told_as_it_begins(shop):
    from rfm_assets.ingestion.landing import load_landing

    shop.drop("a.csv", line("1"))
    shop.drop("folder/b.csv", line("2"))
    told = []
    load_landing(shop.engine, shop.landing, 0.01, told.append)
    assert told == ["reading a.csv", "reading folder/b.csv"]


def test_prices_and_quantities_come_in_exactly(shop):
    shop.drop("a.csv", line(quantity=-3, price="0.1"), line(quantity=80995, price="2.0800"))
    shop.load()
    assert shop.rows("select quantity, unit_price from raw.transactions order by line_no") == [
        (-3, Decimal("0.1000")),
        (80995, Decimal("2.0800")),
    ]
