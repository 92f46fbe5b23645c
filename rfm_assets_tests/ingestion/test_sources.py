"""Mappings are data: which one fits a file, what it makes of the lines, and what it says when none does."""

import os
from datetime import datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.contracts.violations import faults
from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets.ingestion.intake import Intake
from rfm_assets.ingestion.landing import Outcome, load_landing
from rfm_assets.ingestion.mappings import Source, SourceError, load_sources, read_source
from rfm_assets.ingestion.non_products import NonProductError, load_non_products

OWN = """
currency = "GBP"
timestamp_formats = ["%Y-%m-%d"]
[columns]
invoice_id = "bill"
invoiced_at = "day"
quantity = "units"
unit_price = "each"
customer_id = "who"
"""
OWN_LINES = "bill,day,units,each,who\n1,2020-01-31,2,1.50,c1\n"
ONLINE_RETAIL = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
SHOPIFY = (
    "Name,Email,Financial Status,Created at,Currency,Subtotal,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem sku,Billing Country,Refunded Amount\n"
)


class Place:
    """A landing folder, a folder of own sources, and the warehouse that they feed."""

    def __init__(self, engine, folder: Path) -> None:
        self.engine = engine
        self.landing, self.sources = folder / "landing", folder / "sources"
        self.landing.mkdir()
        self.sources.mkdir()

    def drop(self, name: str, content: str | bytes) -> Path:
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def source(self, name: str, content: str) -> None:
        (self.sources / f"{name}.toml").write_text(content, encoding="utf-8")

    def load(self, currency: str = "GBP", share: float = 0, **chosen: object) -> list[Outcome]:
        intake = Intake(load_sources(self.sources), currency, **chosen)
        return load_landing(self.engine, self.landing, share, intake=intake)

    def rows(self, select: str) -> list[tuple]:
        return self.engine.read(select).rows()

    def lines(self, columns: str) -> list[tuple]:
        return self.rows(f"select {columns} from raw.transactions order by file_id, line_no")


@pytest.fixture
def place(warehouse, tmp_path):
    folder = tmp_path / "place"
    folder.mkdir()
    return Place(warehouse, folder)


def source_of(**changes: object) -> Source:
    columns = {
        "invoice_id": "bill",
        "invoiced_at": "day",
        "quantity": "units",
        "unit_price": "each",
        "customer_id": "who",
    }
    entries = {"name": "own", "currency": "GBP", "timestamp_formats": ["%Y-%m-%d"], "columns": columns, **changes}
    return Source.model_validate(entries)


def test_the_shipped_sources_are_whole():
    names = [source.name for source in load_sources()]
    assert names == ["cdnow", "online_retail", "online_retail_ii", "shopify_orders"]


def test_a_source_of_ones_own_is_a_file_and_replaces_a_shipped_one_of_its_name(place):
    place.source("online_retail", OWN)
    place.drop("a.csv", OWN_LINES)
    assert [outcome.status for outcome in place.load()] == ["loaded"]
    assert place.lines("invoice_id, quantity, unit_price, country, is_cancellation") == [
        ("1", 2, Decimal("1.5000"), None, False)
    ]
    assert len(load_sources(place.sources)) == 4


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"timestamp_formats": ["%H:%M"]}, "must name a year, a month and a day"),
        ({"timestamp_formats": ["%Y-%m-%q"]}, "must name a year, a month and a day"),
        ({"timestamp_formats": ["%d/%m/%Y", "%m/%d/%Y"]}, "read the same text as different days"),
        ({"decimal": ",", "thousands": ","}, "decimal and thousands are both ','"),
        ({"decimal": ";"}, "decimal"),
        ({"currency": "pounds"}, "currency"),
        ({"cancellation": {}}, "invoice_prefix, or negative_quantity"),
        ({"cancellation": {"column": "type"}}, "invoice_prefix, or negative_quantity"),
        ({"columns": {"customer_id": "who", "invoiced_at": "day"}}, "either unit_price or amount"),
        ({"columns": {"customer_id": "who", "invoiced_at": "day", "unit_price": "each"}}, "quantity"),
        (
            {"columns": {"customer_id": "who", "invoiced_at": "day", "amount": "a"}, "order_fields": ["country"]},
            "invoice_id",
        ),
        ({"has_header": False}, "positions, from 1"),
        ({"columns": {"customer_id": 1, "invoiced_at": "day", "amount": "a"}}, "must be names"),
        ({"delimiter": "whitespace"}, "has_header = false"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(changes, problem):
    with pytest.raises(ValueError, match="validation error") as wrong:
        source_of(**changes)
    assert problem in str(wrong.value)


@pytest.mark.parametrize("content", ["not toml", "currency = 1", "[columns]\nprize = 'x'"])
def test_a_wrong_mapping_file_is_named(tmp_path, content):
    file = tmp_path / "mine.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=r"mine\.toml"):
        read_source("mine", file)


def test_a_file_that_no_source_fits_fails_with_what_each_needs_and_what_was_found(place):
    place.drop("a.csv", ONLINE_RETAIL.replace("UnitPrice", "Prix") + "1,A,x,1,12/1/2010 8:26,1.00,c1,France\n")
    (outcome,) = place.load()
    assert outcome.status == "failed"
    assert (
        "columns missing: UnitPrice; found: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, Prix"
        in outcome.error
    )
    assert "online_retail_ii needs Invoice, StockCode" in outcome.error
    assert "cdnow needs no header" in outcome.error


def test_a_file_that_two_sources_fit_fails_until_one_of_them_asks_for_it_by_name(place):
    place.source("own", OWN)
    place.source("twin", OWN.replace("%Y-%m-%d", "%Y-%d-%m"))
    place.drop("shop/a.csv", OWN_LINES)
    (outcome,) = place.load()
    assert "several sources fit. own needs bill, day, units, each, who; twin needs bill" in outcome.error
    place.source("own", 'files = "shop/*.csv"\n' + OWN)
    assert [outcome.status for outcome in place.load()] == ["loaded"]
    assert place.rows("select name, source from raw.files") == [("shop/a.csv", "own")]


def test_money_in_another_currency_is_refused_by_name_never_added_up(place):
    place.source("own", OWN)
    place.drop("a.csv", OWN_LINES)
    (outcome,) = place.load("EUR")
    assert "the source own is in GBP, the warehouse in EUR" in outcome.error
    order = "#1,a@x.com,paid,2023-01-05 10:11:12 -0500,{},5.00,1,Mug,5.00,M1,CA,0.00\n"
    place.drop("a.csv", SHOPIFY + order.format("GBP") + order.format("CAD").replace("#1", "#2"))
    (outcome,) = place.load()
    assert (outcome.status, "it holds amounts in CAD, the warehouse is in GBP" in outcome.error) == ("failed", True)
    assert place.lines("line_no") == []


def test_the_mapping_in_the_warehouses_currency_is_meant_where_another_one_fits_too(place):
    shipped = files("rfm_assets.ingestion").joinpath("sources", "online_retail.toml").read_text(encoding="utf-8")
    place.drop("a.csv", ONLINE_RETAIL + "1,A,x,1,12/1/2010 8:26,150,c,Japan\n")
    (refused,) = place.load("JPY")
    assert 'to the folder sources next to landing, and set currency = "JPY" in it' in refused.error
    place.source("in_yen", shipped.replace('"GBP"', '"JPY"'))
    assert [outcome.status for outcome in place.load("JPY")] == ["loaded"]
    assert place.rows("select source from raw.files") == [("in_yen",)]


def test_a_shopify_order_fills_down_and_its_refund_is_a_return(place):
    place.drop(
        "orders.csv",
        SHOPIFY
        + "#1,a@x.com,partially_refunded,2023-01-05 10:11:12 -0500,GBP,25.00,2,Mug,5.00,M1,CA,7.50\n"
        + "#1,,,,,,1,Plate,15.00,P1,,\n"
        + "#2,b@x.com,paid,2023-01-06 00:30:00 +1300,GBP,5.00,1,Mug,5.00,M1,NZ,0.00\n",
    )
    assert [(outcome.status, outcome.line_count) for outcome in place.load()] == [("loaded", 4)]
    columns = "line_no, invoice_id, stock_code, quantity, unit_price, customer_id, country, is_cancellation"
    assert place.lines(columns) == [
        (2, "#1", "M1", 2, Decimal(5), "a@x.com", "CA", False),
        (3, "#1", "P1", 1, Decimal(15), "a@x.com", "CA", False),
        (4, "#2", "M1", 1, Decimal(5), "b@x.com", "NZ", False),
        (1_000_000_000_002, "#1-refund", "REFUND", -1, Decimal("7.5"), "a@x.com", "CA", True),
    ]
    assert place.rows("select distinct invoiced_at from raw.transactions order by all") == [
        (datetime(2023, 1, 5, 10, 11, 12),),  # noqa: DTZ001
        (datetime(2023, 1, 6, 0, 30),),  # noqa: DTZ001
    ]


def test_a_line_whose_refund_cannot_be_read_is_refused_as_one(place):
    order = "#{0},a@x.com,paid,2023-01-05 10:11:12 -0500,GBP,5.00,1,Mug,5.00,M1,CA,{1}\n"
    place.drop("orders.csv", SHOPIFY + order.format(1, "a bit") + "\n" + order.format(2, "1.00"))
    (outcome,) = place.load(share=1)
    assert (outcome.line_count, outcome.unreadable_count) == (3, 1)
    assert place.lines("line_no") == [(4,), (1_000_000_000_004,)]
    assert place.rows("select line_no, error from raw.unreadable") == [
        (2, "the refund is no number with at most 4 decimals")
    ]


def test_a_log_of_amounts_keeps_each_amount_exactly(place):
    place.drop(
        "log.txt",
        " 00001 19970101  1   11.77\n 00001 19970101  3   10.00\n00002 19970112 4  9.9996\n\n00002 19970112  2  -5.00\n"
        "00002\t19970113 0 3.00\n00003 19970113 2 0.00\n",
    )
    assert [outcome.status for outcome in place.load("USD")] == ["loaded"]
    assert place.lines("line_no, invoice_id, customer_id, quantity, unit_price, is_cancellation") == [
        (1, "00001-19970101", "00001", 1, Decimal("11.77"), False),
        (2, "00001-19970101", "00001", 1, Decimal("10.00"), False),
        (3, "00002-19970112", "00002", 4, Decimal("2.4999"), False),
        (5, "00002-19970112-return", "00002", -2, Decimal("2.50"), True),
        (6, "00002-19970113", "00002", 1, Decimal("3.00"), False),
        (7, "00003-19970113", "00003", 2, Decimal("0.00"), False),
    ]


def test_lines_of_a_log_with_too_many_or_too_few_fields_are_refused_with_their_text(place):
    place.drop(
        "log.txt", "1 19970101 1 2.00\n1 19970101 1\n1 19970101 1 2.00 5\n\n1 19970102 1\x1f 2.00\n1 19970103 1 2.00\n"
    )
    (outcome,) = place.load("USD", share=1)
    assert (outcome.line_count, outcome.unreadable_count) == (5, 3)
    assert place.lines("line_no") == [(1,), (6,)]
    assert place.rows("select line_no, text from raw.unreadable order by line_no") == [
        (2, "1 19970101 1"), (3, "1 19970101 1 2.00 5"), (5, "1 19970102 1\x1f 2.00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("decimal", "thousands", "text", "price"),
    [
        (",", ".", "1.234,5678", "1234.5678"),
        (",", ".", "1234,50", "1234.50"),
        (",", ".", "1.234", "1234"),
        (",", ".", "1.23", None),
        (",", "", "1.50", None),
        (",", " ", "1\u202f234,50", "1234.50"),
        (".", ",", "1,234.50", "1234.50"),
        (".", ",", "1,50", None),
        (".", "'", "1'234.50", "1234.50"),
        (".", "", "1,234.50", None),
        (".", "", "0.00001", None),
        (".", "", "99999999999999.9999", "99999999999999.9999"),
    ],
)
def test_decimal_marks_and_thousands_are_read_exactly_or_not_at_all(place, decimal, thousands, text, price):
    place.source("own", f'decimal = "{decimal}"\nthousands = "{thousands}"\n{OWN}'.replace('"quantity"', '"quantity"'))
    place.drop("a.csv", OWN_LINES.replace("2,1.50", f'0,"{text}"'))
    place.load(share=1)
    assert place.lines("unit_price") == ([(Decimal(price),)] if price else [])


@pytest.mark.parametrize("written", ["17850.0", " 17850.0", "17850.0 "])
def test_a_number_for_an_id_is_its_digits(place, written):
    place.drop("a.csv", ONLINE_RETAIL + f"536365.0,22423.0,x,1,12/1/2010 8:26,1.00,{written},France\n")
    place.load()
    assert place.lines("invoice_id, stock_code, customer_id") == [("536365", "22423", "17850")]


def test_an_exchange_on_one_invoice_is_a_sale_and_a_return(place):
    place.source("own", f"cancellation = {{ negative_quantity = true }}\n{OWN}")
    place.drop("a.csv", f"{OWN_LINES}1,2020-01-31,-1,4.00,c1\n1,2020-01-31,3,1.00,c1\n")
    assert [outcome.status for outcome in place.load()] == ["loaded"]
    rebuild_touched_days(place.engine)
    assert place.rows(faults(TABLES["clean.orders"])) == [(2, 0, 0)]
    orders = place.rows("select invoice_id, order_kind, amount, line_count from clean.orders order by order_kind")
    assert orders == [("1", "return", Decimal(-4), 1), ("1", "sale", Decimal(6), 2)]
    assert place.rows("select order_count, amount from clean.daily_orders") == [(2, Decimal(2))]


def test_the_smallest_whole_number_is_one_unreadable_line_not_a_file(place):
    smallest = "-9223372036854775808"
    place.source("own", OWN.replace("[columns]", 'cancellation = { column = "kind", values = ["back"] }\n[columns]'))
    place.drop("a.csv", f"bill,day,units,each,who,kind\n1,2020-01-31,{smallest},1,c1,back\n2,2020-01-31,2,1,c1,back\n")
    assert [(outcome.status, outcome.unreadable_count) for outcome in place.load(share=1)] == [("loaded", 1)]
    assert place.lines("invoice_id, quantity") == [("2", -2)]
    assert place.rows("select line_no, error from raw.unreadable") == [(2, "quantity is above 1,000,000,000")]


def test_only_a_format_with_a_zone_loses_one(place):
    formats = '["%Y-%m-%dT%H:%M:%S%z", "%d-%m-%Y"]'
    place.source("own", OWN.replace('["%Y-%m-%d"]', formats))
    place.drop(
        "a.csv",
        "bill,day,units,each,who\n1,2020-01-05T23:30:00+0100,1,1,c\n2,06-01-2020,1,1,c\n3,2020-01-07T01:00:00Z,1,1,c\n",
    )
    assert [(outcome.status, outcome.unreadable_count) for outcome in place.load()] == [("loaded", 0)]
    assert place.lines("cast(invoiced_at as varchar)") == [
        ("2020-01-05 23:30:00",), ("2020-01-06 00:00:00",), ("2020-01-07 01:00:00",)
    ]  # fmt: skip


def test_a_moment_stored_in_utc_is_read_on_the_shops_clock(place, connection):
    file = place.landing / "a.parquet"
    connection.execute(
        "copy (select '1' as bill, timestamptz '2020-01-31 02:30:00+00' as day, 2 as units, 1.5 as each, 'c' as who)"
        f" to '{file}'"
    )
    place.source("own", OWN)
    assert [outcome.status for outcome in place.load(timezone="America/New_York")] == ["loaded"]
    assert place.lines("cast(invoiced_at as varchar), cast(invoiced_on as varchar)") == [
        ("2020-01-30 21:30:00", "2020-01-30")
    ]


def test_a_field_that_is_too_long_fails_its_file_alone(place):
    place.drop("junk.csv", "a" * 200_000)
    place.drop("a.csv", ONLINE_RETAIL + "1,A,x,1,12/1/2010 8:26,1.5,c,UK\n")
    assert {outcome.name: outcome.status for outcome in place.load()} == {"a.csv": "loaded", "junk.csv": "failed"}


def test_a_mark_in_a_column_makes_a_line_a_return(place):
    place.source("own", OWN.replace("[columns]", 'cancellation = { column = "kind", values = ["refund"] }\n[columns]'))
    place.drop("a.csv", "bill,day,units,each,who,kind\n1,2020-01-31,2,1.50,c1,sale\n2,2020-01-31,2,1.50,c1,refund\n")
    place.load()
    assert place.lines("quantity, is_cancellation") == [(2, False), (-2, True)]


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

    with xlsxwriter.Workbook(place.landing / "book.xlsx") as book:
        book.add_worksheet("notes").write_row(0, 0, ["a", "note"])
        sheet = book.add_worksheet("January")
        sheet.write_row(2, 1, ["bill", "day", "units", "each", "who"])
        sheet.write_row(4, 1, [1, "2020-01-31", 2, 1.5, 17850])
        sheet.write_row(5, 1, [2, "2020-01-31", "two", 1.5, 17850])
    place.source("own", OWN)
    (outcome,) = place.load(share=1)
    assert (outcome.status, outcome.sheets_left_out) == ("loaded", ("notes",))
    assert place.lines("line_no, customer_id") == [(1_048_576 + 5, "17850")]
    ((line_no, error),) = place.rows("select line_no, error from raw.unreadable")
    assert (line_no, error) == (1_048_576 + 6, "sheet 'January': quantity is missing or not a whole number")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc", "its archive is damaged"),
        (b"\x28\xb5\x2f\xfd\x00\x00", "its archive is damaged"),
        (b"PK\x03\x04abc", "no workbook that can be read"),
        (b"PAR1abc", "DuckDB cannot read it"),
        (b"\xff\xfea", "its text is not utf-16"),
        (b'[{"bill": 1}]', "one object a line"),
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


def test_codes_that_are_no_products_are_left_out_when_asked_and_touch_only_their_days(place):
    from rfm_assets.ingestion.cleaning import rebuild_touched_days

    place.drop(
        "a.csv",
        ONLINE_RETAIL
        + "1,POST,postage,1,12/1/2010 8:26,18.00,c1,France\n1,A,thing,1,12/1/2010 8:26,1.00,c1,France\n"
        + "2,A,thing,1,12/2/2010 8:26,1.00,c1,France\n3,m,manual,1,12/3/2010 8:26,4.00,c1,France\n",
    )
    rejected = "select stock_code, reason from clean.rejected order by all"
    place.load()
    rebuild_touched_days(place.engine)
    assert place.rows(rejected) == []
    before = dict(place.rows("select invoiced_on, version from raw.days"))
    place.load(excluded_codes=load_non_products())
    after = dict(place.rows("select invoiced_on, version from raw.days"))
    assert [day.day for day in sorted(before) if after[day] != before[day]] == [1, 3]
    rebuild_touched_days(place.engine)
    assert place.rows(rejected) == [("POST", "excluded_code"), ("m", "excluded_code")]
    place.load(excluded_codes=load_non_products())
    assert dict(place.rows("select invoiced_on, version from raw.days")) == after
    place.load()
    rebuild_touched_days(place.engine)
    assert place.rows(rejected) == []


def test_a_code_is_left_out_with_blanks_around_it_too_and_what_else_is_wrong_with_its_line_comes_first(place):
    from rfm_assets.ingestion.cleaning import rebuild_touched_days

    lines = "1, POST ,postage,1,12/1/2010 8:26,18.00,c1,France\n", "2,POST,postage,-1,12/1/2010 8:26,18.00,c1,France\n"
    place.drop("a.csv", ONLINE_RETAIL + "".join(lines))
    place.load(excluded_codes=load_non_products())
    rebuild_touched_days(place.engine)
    rejected = "select stock_code, reason from clean.rejected order by line_no"
    assert place.rows(rejected) == [(" POST ", "excluded_code"), ("POST", "adjustment")]


def test_a_wrong_list_of_codes_is_named(tmp_path):
    file = tmp_path / "codes.toml"
    file.write_text("codes = 3", encoding="utf-8")
    with pytest.raises(NonProductError, match=r"codes\.toml"):
        load_non_products(file)
