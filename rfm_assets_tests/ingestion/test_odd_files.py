"""Files as they come: odd names, stray quotes, numbers where ids are meant, refunds that grow."""

import json
from datetime import date
from decimal import Decimal

import duckdb
import polars as pl
import pytest
import xlsxwriter

from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets.ingestion.intake import Intake, OtherSettingError
from rfm_assets.ingestion.landing import load_landing
from rfm_assets.ingestion.mappings import load_sources
from rfm_assets_tests.ingestion.places import outcomes, own_source
from rfm_assets_tests.rows import csv_text, line, write_csv

SHOPIFY = (
    "Name,Email,Financial Status,Created at,Currency,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,"
    "Billing Country"
)
ORDER = "#1,a@x.com,paid,2023-01-05 10:11:12 -0500,GBP,1,Mug,20.00,M1,CA,{}\n"


@pytest.fixture
def frame() -> pl.DataFrame:
    """Two lines of Online Retail, as a frame."""
    lines = [line("1", "c1", country="France"), line("2", "c2", country="Spain")]
    names = csv_text([]).strip().split(",")
    return pl.DataFrame([dict(zip(names, fields, strict=True)) for fields in lines]).with_columns(
        pl.col("Quantity").cast(pl.Int64), pl.col("UnitPrice").cast(pl.Decimal(12, 2))
    )


def test_a_name_is_no_pattern(shop):
    names = ["a1.csv", "a[1].csv", "a*.csv", "a?.csv", "[!a]1.csv"]
    for number, name in enumerate(names):
        shop.drop(name, *[line(f"{number}-{i}") for i in range(3)])
    assert {one.status for one in outcomes(shop).values()} == {"loaded"}
    found = shop.rows(
        "select files.name, count(distinct invoice_id), min(invoice_id) from raw.transactions join raw.files "
        "using (file_id) group by all"
    )
    assert sorted(found) == sorted((name, 3, f"{number}-0") for number, name in enumerate(names))


@pytest.mark.parametrize(
    "name", ["a1.parquet", "a[1].parquet", "year=2011/a.parquet", "dt=2011-01-01/Country=Norway/a"]
)
def test_neither_names_nor_folders_say_anything_of_what_is_in_a_parquet_file(shop, frame, name):
    path = shop.landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    frame.with_columns(Country=pl.lit("Malta")).write_parquet(shop.landing / "a1.parquet.other")
    assert outcomes(shop)[name].status == "loaded"
    found = shop.rows(
        "select line_no, invoice_id, country from raw.transactions join raw.files using (file_id) "
        f"where name = '{name}' order by line_no"
    )
    assert found == [(1, "1", "France"), (2, "2", "Spain")]


def test_a_text_file_that_was_unpacked_but_keeps_its_name_is_text(shop):
    shop.drop("a.csv.gz", line())
    shop.drop("b.csv.zst", line("2"))
    assert {one.status for one in outcomes(shop).values()} == {"loaded"}


@pytest.mark.parametrize("name", ["a.xls", "a.ods", "a.xlsb", "a.csv", "a"])
def test_a_workbook_is_known_by_its_content(shop, name):
    with xlsxwriter.Workbook(shop.landing / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, csv_text([]).strip().split(","))
        sheet.write_row(1, 0, line("7"))
    (shop.landing / "a.xlsx").rename(shop.landing / name)
    assert outcomes(shop)[name].error is None
    assert shop.rows("select invoice_id from raw.transactions") == [("7",)]


def test_a_quote_that_is_not_closed_counts_all_the_lines_that_it_swallows(shop):
    lines = [line(str(number)) for number in range(200)]
    text = csv_text(lines).replace("a thing", '"A THING', 151).replace('"A THING', "a thing", 150)
    (shop.landing / "a.csv").write_text(text)
    assert outcomes(shop, 0.01)["a.csv"].error.startswith(
        "a.csv: 50 of 200 lines cannot be read, more than the share of 0.01"
    )
    assert outcomes(shop, 0.5)["a.csv"].status == "loaded"
    assert shop.rows("select line_no from raw.unreadable") == [(152,)]


@pytest.mark.parametrize("last", [101, 102, 150, 300])
def test_two_stray_quotes_do_not_make_a_description_of_what_lies_between(shop, last):
    lines = [list(line(str(number))) for number in range(400)]
    lines[100][2], lines[last][2] = '"12 INCH', 'RULER"'
    (shop.landing / "a.csv").write_text(csv_text(lines))
    assert f"{last - 99} of 400 lines cannot be read" in outcomes(shop, 0.001)["a.csv"].error
    assert outcomes(shop, 0.6)["a.csv"].unreadable_count == 1
    error = f"it ends on line {last + 2} only and swallows {last - 99} lines: a quote is not closed, or one too many"
    assert shop.rows("select line_no, error from raw.unreadable") == [(102, error)]
    assert shop.rows("select count(*), max(line_no) from raw.transactions") == [(400 - (last - 99), 401)]


def test_a_long_description_is_one_and_a_bad_price_beside_it_one_bad_record(shop):
    lines = [
        line(str(number), description="1, 2,\n" * 120, price="x" if number == 7 else "1.00") for number in range(50)
    ]
    write_csv(shop.landing / "a.csv", lines)
    outcome = outcomes(shop, 0.02)["a.csv"]
    assert (outcome.status, outcome.line_count, outcome.unreadable_count) == ("loaded", 50, 1)


def test_a_description_of_some_lines_is_one(shop):
    write_csv(shop.landing / "a.csv", [line("1", description="\n" * 60), line("2")])
    assert outcomes(shop)["a.csv"].status == "loaded"
    assert shop.rows("select line_no from raw.transactions order by all") == [(2,), (63,)]


def test_numbers_as_ids_are_their_digits_and_no_number_is_nobody(shop, frame):
    odd = pl.DataFrame({"CustomerID": [17850.0, float("nan")], "InvoiceNo": [Decimal("536365.00"), Decimal("1E+10")]})
    frame.with_columns(odd["CustomerID"], odd["InvoiceNo"].cast(pl.Decimal(20, 2))).write_parquet(
        shop.landing / "a.parquet"
    )
    assert outcomes(shop)["a.parquet"].status == "loaded"
    found = shop.rows("select invoice_id, customer_id from raw.transactions order by line_no")
    assert found == [("536365", "17850"), ("10000000000", None)]


def test_texts_that_a_parquet_file_holds_as_bytes_are_texts(shop, frame):
    texts = {name: pl.lit(text.encode()) for name, text in (("Country", "Österreich"), ("Description", 'a "b"'))}
    frame.with_columns(**texts, Picture=pl.lit(b"\xff\xfe")).write_parquet(shop.landing / "a.parquet")
    assert outcomes(shop)["a.parquet"].status == "loaded"
    assert set(shop.rows("select country, description from raw.transactions")) == {("Österreich", 'a "b"')}


def test_bytes_that_are_no_text_stop_the_parquet_file_with_what_to_do(shop, frame):
    frame.with_columns(Country=pl.lit(b"\xd6sterreich")).write_parquet(shop.landing / "a.parquet")
    outcome = outcomes(shop)["a.parquet"]
    assert outcome.status == "failed"
    assert outcome.error.endswith('value "\\xD6sterreich" is not valid UTF8! Export it again, with its texts in UTF-8')


def test_the_last_row_that_a_sheet_can_hold_is_a_row_of_that_sheet(shop, monkeypatch):
    for module in ("sheets", "reading"):
        monkeypatch.setattr(f"rfm_assets.ingestion.{module}.SHEET_ROWS", 3)
    with xlsxwriter.Workbook(shop.landing / "a.xlsx") as book:
        for name in ("January", "February"):
            sheet = book.add_worksheet(name)
            for number, row in enumerate([csv_text([]).strip().split(","), line(name), line("x", quantity="many")]):
                sheet.write_row(number, 0, row)
    assert outcomes(shop, 0.5)["a.xlsx"].status == "loaded"
    found = shop.rows("select line_no, error from raw.unreadable order by all")
    assert [(line_no, error.partition(":")[0]) for line_no, error in found] == [
        (3, "sheet 'January'"), (6, "sheet 'February'")
    ]  # fmt: skip


def days_in_a_workbook(shop, dated, left):
    """Put a workbook of days into landing, some as cells of dates and some as text, and return what became of it."""
    with xlsxwriter.Workbook(shop.landing / "a.xlsx", {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("K", "D", "A"))
        for number, day in enumerate([*dated, *left], 1):
            sheet.write_row(number, 0, ("k1", day, 10))
    return load_landing(shop.engine, shop.landing, 0, intake=shop.own)[0]


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y"])
def test_days_that_a_spreadsheet_took_for_months_are_refused(shop, settings, form):
    shop.own = own_source(settings, form=form)
    swapped = [date(2024, day, 12) for day in range(1, 13)]
    left = [date(2024, 1, day).strftime(form) for day in range(13, 25)]
    outcome = days_in_a_workbook(shop, swapped, left)
    assert "12 of its moments are cells of dates, none beyond the 12th of a month, and 12 are texts" in outcome.error
    # As many of both, and a day that no month can be; or so few that it may be chance.
    assert days_in_a_workbook(shop, [*swapped, date(2024, 1, 13)], left).status == "loaded"
    assert days_in_a_workbook(shop, swapped, [*left, date(2024, 1, 12).strftime(form)]).status == "loaded"
    assert days_in_a_workbook(shop, swapped, left[:9]).status == "loaded"


def test_json_that_says_nan_says_nothing(shop, frame):
    rows = [{**row, "UnitPrice": "1.00", "CustomerID": float("nan")} for row in frame.to_dicts()]
    (shop.landing / "a.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert outcomes(shop)["a.json"].status == "loaded"
    assert shop.rows("select distinct customer_id from raw.transactions") == [(None,)]


def test_a_text_id_with_zeros_behind_the_point_is_the_number(shop):
    shop.drop("a.csv", line("1", "17850.00"), line("2", "17850"), line("3", "17850.50"))
    outcomes(shop)
    assert shop.rows("select distinct customer_id from raw.transactions order by all") == [("17850",), ("17850.50",)]


def test_a_price_beyond_all_limits_is_one_unreadable_line(shop, connection):
    connection.execute(
        "copy (select '1' as InvoiceNo, 'A' as StockCode, 'x' as Description, 1 as Quantity, "
        "'12/1/2010 8:26' as InvoiceDate, unnest([9::decimal(38, 0), repeat('9', 38)::decimal(38, 0)]) as UnitPrice, "
        f"'c' as CustomerID, 'UK' as Country) to '{shop.landing}/a.parquet'"
    )
    assert outcomes(shop, 1)["a.parquet"].unreadable_count == 1
    assert shop.rows("select line_no, unit_price from raw.transactions") == [(1, Decimal(9))]


@pytest.mark.parametrize("refunds", [("5.00", "16.00"), ("16.00", "5.00"), ("5.00", "16.00", "7.00")])
def test_a_refund_that_grows_from_export_to_export_counts_once(shop, refunds):
    for number, refund in enumerate(refunds):
        (shop.landing / f"{number}.csv").write_text(f"{SHOPIFY},Refunded Amount\n{ORDER.format(refund)}")
    assert {one.status for one in outcomes(shop).values()} == {"loaded"}
    rebuild_touched_days(shop.engine)
    found = shop.rows("select invoice_id, order_kind, amount, line_count from clean.orders order by all")
    assert found == [("#1", "sale", Decimal(20), 1), ("#1-refund", "return", Decimal(-16), 1)]
    assert shop.rows("select count(*) from clean.copies") == [(2 * len(refunds) - 2,)]


def test_amounts_in_one_currency_are_not_told_as_another(shop):
    shop.drop("a.csv", line())
    outcomes(shop)
    shop.drop("b.csv", line("2"))
    with pytest.raises(OtherSettingError, match=r"RFM_CURRENCY is EUR, but a\.csv was loaded with GBP: its amounts"):
        load_landing(shop.engine, shop.landing, 0, intake=Intake(load_sources(), "EUR"))
    assert shop.rows("select name, status, currency from raw.files") == [("a.csv", "loaded", "GBP")]


def test_files_of_a_warehouse_that_did_not_say_its_currency_say_the_one_in_force(shop, connection):
    shop.drop("a.csv", line())
    outcomes(shop)
    connection.execute("update raw.files set currency = null")
    load_landing(shop.engine, shop.landing, 0, intake=Intake(load_sources(), "EUR"))
    assert shop.rows("select name, status, currency from raw.files") == [("a.csv", "loaded", "EUR")]


def test_a_file_read_on_one_clock_is_not_followed_by_files_read_on_another(shop, connection):
    def load(name, timezone):
        connection.execute(
            f"copy (select '{name}' as InvoiceNo, 'A' as StockCode, 'x' as Description, 1 as Quantity, "
            "timestamptz '2010-12-01 23:30:00+00' as InvoiceDate, 1 as UnitPrice, 'c' as CustomerID, 'UK' as Country) "
            f"to '{shop.landing}/{name}.parquet'"
        )
        load_landing(shop.engine, shop.landing, 0, intake=Intake(load_sources(), "GBP", timezone))

    shop.drop("text.csv", line())
    outcomes(shop)
    load("june", "Europe/Paris")
    with pytest.raises(OtherSettingError, match=r"RFM_TIMEZONE is UTC, but june\.parquet was loaded with Europe/Paris"):
        load("july", "UTC")
    load("july", "Europe/Paris")
    found = shop.rows("select name, timezone from raw.files order by all")
    assert found == [("july.parquet", "Europe/Paris"), ("june.parquet", "Europe/Paris"), ("text.csv", None)]


def test_a_power_of_ten_below_one_is_no_price_for_it_could_be_rounded(shop):
    shop.drop("a.csv", line("1", price="1.5e1"), line("2", price="1.2345e-2"))
    assert outcomes(shop, share=1)["a.csv"].unreadable_count == 1
    assert shop.rows("select invoice_id, unit_price from raw.transactions") == [("1", Decimal(15))]


def test_a_full_disk_is_no_fault_of_the_file(shop):
    resource = pytest.importorskip("resource")
    shop.drop("a.csv", *[line(str(number), description=f"{number}" * 20) for number in range(40_000)])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limits[1]))
    try:
        with pytest.raises(duckdb.Error, match=r"rfm\.duckdb.*File too large"):
            outcomes(shop)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert outcomes(shop)["a.csv"].status == "loaded"
