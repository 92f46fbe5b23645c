"""Records that a reader could lose, take for others, or read as another number without anybody's notice."""

import json
from base64 import b64decode
from datetime import date
from decimal import Decimal
from zipfile import ZipFile
from zlib import decompress

import pytest
import xlsxwriter

from rfm_assets.ingestion.intake import Intake
from rfm_assets.ingestion.landing import load_landing
from rfm_assets.ingestion.mappings import load_sources
from rfm_assets_tests.ingestion.places import DAY, loaded, own_source
from rfm_assets_tests.rows import write_csv

SHOPIFY = (
    "Name,Email,Financial Status,Created at,Currency,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,"
    "Billing Country,Refunded Amount\n"
)

# A sheet of Excel 97 to 2003 with the columns K, D and A: k1 on 2011-01-05 at 8:26, 2.5, and 17850 on 2011-01-06, 3.
OLD_WORKBOOK = (
    "eNrtWE1oU0EQ/vYlaX5o0yQmxVYooWDV2h6KFxGa14rag1iqF0UEm5pAJSaV4CUetFpzEkEoCIqXQj14qXrxBxX05qFQ0YMgCIk9aU+Cgoc2z5"
    "nJS02jQgNaqOwXdnZ2Zmd3srsz7719PR8sTD9oK6IGMThQsrxoqJIpKt5KIwDSWxazldpDxdLYUPB6aCMbXHjaNOfmPeT9LsLAfedLosBHKidw"
    "FkPjmWR0HbFXfIgr9qGPqMJtkvjRKl6FhJ4SuknoPen5TGi/SK4J7aO+BXUc8+ZQ1277FB8zOkTnB4/7SGzei6QXEbziU3zxuir3dWEgezp+Zo"
    "Mp2p2NmAFt6GAyk8xyO4I7HLI5Qk863ZNIRMfG9qTTBYRpy2fwzYoCXyux/SKq5esrVyD599Vy9x/kHtrKWvmU4QQmYI1IqOQpTTuc5RMRX6KY"
    "Yd5ZzuAHqeyjMkDnPdXr45QuKSCwKgU0SWg0Ek2gWfigBEiAZl+6++XNodFh86RIJiTtlx8OW9kLWLjEFmTsF41jhXaJxU6hl2XULcK3CQ3T6a"
    "W6czhiMwcmpc8V0XbSPLsEb81tVfx24vOLhx+35xfMHcTPDhbPh2ffmdPooFVIkD3/JtGtutWtm4wnZqVWdiL5ILT1l6TiMQK275b9BGzGMnzC"
    "BoWWW7w6aqVl2GvF1uo31kqseT0ctELsXQjmp6nY1bmF/gsG63mERUd5BKNmhOfYLLIgPrew5Y0c9/bLvDEjhIespBT4Ez5oaGhoaGhoaGhoVN"
    "3pGPbrOb+8u+wPALd9r7NMpaSvSf5bHME4/c7R5+R+ZKjOIlfX+WmBS1XGUmu0qdwXMo7S7FmkMCp+pOo+v/QBp6r/z5oNA38vhOqdv1SPn/94"
    "/h+g8NTg"
)


def write_sheet(path, *lines):
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)


def replace_in_sheet(path, old, new):
    """Put into a workbook what the library that wrote it does not write."""
    with ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content.replace(old.encode(), new.encode()))


def test_in_a_log_without_invoices_a_day_is_one_order_of_a_customer_however_written_and_one_of_nobody(shop, settings):
    write_csv(shop.landing / "a.csv", [("", DAY, "1"), (" k1 ", DAY, "2"), ("k1", DAY, "3")], ("K", "D", "A"))
    loaded(shop, own_source(settings))
    assert shop.rows("select invoice_id from raw.transactions order by line_no") == [
        ("-20110105",), ("k1-20110105",), ("k1-20110105",)
    ]  # fmt: skip


def test_in_a_log_of_amounts_a_quantity_that_is_none_is_not_taken_for_one(shop, settings):
    lines = [("k1", DAY, "10.00", quantity) for quantity in ("x", "", "2")]
    write_csv(shop.landing / "a.csv", lines, ("K", "D", "A", "Q"))
    loaded(shop, own_source(settings, quantity="Q"), share=1)
    assert shop.rows("select quantity, unit_price from raw.transactions") == [(2, Decimal(5))]
    assert shop.rows("select line_no, error from raw.unreadable order by line_no") == [
        (2, "quantity is missing or not a whole number"), (3, "quantity is missing or not a whole number")
    ]  # fmt: skip


def test_the_first_and_the_last_day_that_can_be_are_days_and_those_beyond_are_refused(shop, settings):
    days = ("1899-12-31", "1900-01-01", "2199-12-31", "2200-01-01")
    write_csv(shop.landing / "a.csv", [("k1", day, "10.00") for day in days], ("K", "D", "A"))
    loaded(shop, own_source(settings), share=1)
    assert shop.rows("select invoiced_on from raw.transactions order by 1") == [
        (date(1900, 1, 1),), (date(2199, 12, 31),)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("thousands", "amounts"), [("", ["-2.5", "0.125", "1.234", "-1.234"]), (".", ["-2.5", "0.125"])]
)
def test_a_sheets_numbers_of_a_source_with_decimal_comma_are_those_numbers_or_refused(
    shop, settings, thousands, amounts
):
    write_sheet(shop.landing / "a.xlsx", ("K", "D", "A"), *[("k1", DAY, n) for n in (-2.5, 0.125, 1.234, -1.234)])
    loaded(shop, own_source(settings, f'decimal = ","\nthousands = "{thousands}"'), share=1)
    found = shop.rows("select quantity * unit_price from raw.transactions order by line_no")
    assert found == [(Decimal(amount),) for amount in amounts]
    refused = [json.loads(text)["c2"] for (text,) in shop.rows("select text from raw.unreadable order by line_no")]
    numbers = [] if len(amounts) == 4 else ["1.234", "-1.234"]
    assert refused == [f"{number} (a decimal point, or thousands?)" for number in numbers]


def test_a_sheets_texts_of_a_source_with_decimal_comma_are_what_the_source_writes(shop, settings):
    texts = ["1.234,50", "1.234.567", "-1.234.567,5", "2,5", "12.5"]
    write_sheet(shop.landing / "a.xlsx", ("K", "D", "A"), *[("k1", DAY, text) for text in texts])
    loaded(shop, own_source(settings, 'decimal = ","\nthousands = "."'))
    found = shop.rows("select quantity * unit_price from raw.transactions order by line_no")
    assert found == [(Decimal(number),) for number in ("1234.50", "1234567", "-1234567.5", "2.5", "12.5")]


def test_a_refund_or_quantity_in_a_sheet_that_could_be_one_of_thousands_is_refused_and_not_passed_over(shop, settings):
    lines = [("k1", DAY, 5, "7", 2.5, 1), ("k1", DAY, 5, "8", 1.234, 1), ("k1", DAY, 5, "9", None, 1.234)]
    write_sheet(shop.landing / "a.xlsx", ("K", "D", "A", "I", "R", "Q"), *lines)
    columns = {"invoice_id": "I", "refund": "R", "quantity": "Q"}
    loaded(shop, own_source(settings, 'decimal = ","\nthousands = "."', **columns), share=1)
    found = shop.rows("select invoice_id, unit_price from raw.transactions order by line_no")
    assert found == [("7", Decimal(5)), ("7-refund", Decimal("2.5"))]
    assert shop.rows("select line_no, error from raw.unreadable") == [
        (3, "sheet 'Sheet1': the refund is no number with at most 4 decimals"),
        (4, "sheet 'Sheet1': quantity is missing or not a whole number"),
    ]


def test_a_sheets_number_is_what_the_sheet_shows_with_all_of_its_15_digits_and_never_rounded(shop, settings):
    exact = ["12345678.12", "-12345678.12", "93659298897.6125", "936592988976.61"]
    finer = ["12345678.123404", "123456.123400001"]
    numbers = map(float, [*exact, *finer, 4711])
    write_sheet(shop.landing / "a.xlsx", ("K", "D", "A"), *[("k1", DAY, number) for number in numbers])
    a_sum = repr(12345678.1 + 0.2)  # the sheet shows 12345678.3
    replace_in_sheet(shop.landing / "a.xlsx", "<v>4711</v>", f"<v>{a_sum}</v>")
    loaded(shop, own_source(settings), share=1)
    found = shop.rows("select quantity * unit_price from raw.transactions order by line_no")
    assert found == [(Decimal(number),) for number in [*exact, "12345678.3"]]
    refused = shop.rows("select line_no, text from raw.unreadable order by line_no")
    assert [(line_no, json.loads(text)["c2"]) for line_no, text in refused] == list(enumerate(finer, start=6))


@pytest.mark.parametrize("written", ["2011-01-05T08:26:00", "2011-01-05T08:26:00.000"])
def test_a_moment_that_a_strict_workbook_writes_out_is_a_moment(shop, settings, written):
    write_sheet(shop.landing / "a.xlsx", ("K", "D", "A"), ("k1", 4711, 10))
    replace_in_sheet(shop.landing / "a.xlsx", "><v>4711</v>", f' t="d"><v>{written}</v>')
    loaded(shop, own_source(settings))
    assert shop.rows("select cast(invoiced_at as varchar) from raw.transactions") == [("2011-01-05 08:26:00",)]


def test_a_date_cell_is_its_day_whatever_the_mapping_writes(shop, settings):
    with xlsxwriter.Workbook(shop.landing / "a.xlsx", {"default_date_format": "dd/mm/yyyy"}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ("K", "D", "A"))
        sheet.write_row(1, 0, ("k1", date(2011, 1, 5), 1))
    loaded(shop, own_source(settings, form="%Y-%d-%m %H:%M:%S"))
    assert shop.rows("select invoiced_on from raw.transactions") == [(date(2011, 1, 5),)]


def test_the_line_that_is_told_is_the_first_of_the_file(shop, settings):
    own_source(settings)
    (settings.sources / "other.toml").write_text((settings.sources / "own.toml").read_text().replace('"K"', '"Who"'))
    with xlsxwriter.Workbook(shop.landing / "a.xlsx") as workbook:
        for name, customer, amount in (("one", "K", 1), ("two", "Who", "bad"), ("three", "K", "worse")):
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, (customer, "D", "A"))
            sheet.write_row(1, 0, ("k1", DAY, amount))
    good, bad = ({"K": "k1", "D": DAY, "A": amount} for amount in (1, "bad"))
    (shop.landing / "b.json").write_text("\n".join([json.dumps(good), "[]", json.dumps(bad)]))
    of_sheets, of_json = load_landing(shop.engine, shop.landing, 0, intake=Intake(load_sources(settings.sources)))
    assert "2 of 3 lines cannot be read" in of_sheets.error
    assert "The first is line 1048578: sheet 'two': amount is missing" in of_sheets.error
    assert "The first is line 2: no JSON object" in of_json.error


def test_a_workbook_of_an_older_excel_is_one(shop, settings):
    (shop.landing / "a.xls").write_bytes(decompress(b64decode(OLD_WORKBOOK)))
    loaded(shop, own_source(settings))
    assert shop.rows(
        "select line_no, customer_id, cast(invoiced_at as varchar), unit_price from raw.transactions order by line_no"
    ) == [(2, "k1", "2011-01-05 08:26:00", Decimal("2.5")), (3, "17850", "2011-01-06 00:00:00", Decimal(3))]


def test_a_sheet_without_a_header_has_its_first_row_too(shop, settings):
    settings.sources.mkdir(parents=True)
    (settings.sources / "own.toml").write_text(
        'currency = "GBP"\nhas_header = false\ntimestamp_formats = ["%Y-%m-%d"]\n'
        "[columns]\ncustomer_id = 1\ninvoiced_at = 2\namount = 3\n"
    )
    write_sheet(shop.landing / "a.xlsx", ("k1", DAY, 1), ("k2", DAY, 2))
    loaded(shop, Intake(load_sources(settings.sources)))
    assert shop.rows("select line_no, customer_id from raw.transactions order by 1") == [(1, "k1"), (2, "k2")]


def test_a_name_of_several_lines_may_be_the_first(shop, settings):
    (shop.landing / "a.csv").write_text(f'"a\nnote","K","D","A"\nx,k1,{DAY},1\n')
    loaded(shop, own_source(settings))
    assert shop.rows("select line_no, customer_id from raw.transactions") == [(3, "k1")]


def test_lines_of_an_order_belong_to_it_with_blanks_around_its_name_and_its_empty_fields_too(shop):
    lines = "#1,a@x.com,paid,2023-01-05 10:11:12 -0500,GBP,1,Mug,5.00,M1,CA,\n #1 , ,,,,1,Plate,15.00,P1,,\n"
    (shop.landing / "orders.csv").write_text(SHOPIFY + lines)
    loaded(shop, Intake(load_sources()))
    assert shop.rows("select customer_id, country from raw.transactions") == [("a@x.com", "CA")] * 2


def test_a_refund_has_the_number_of_its_line_also_behind_a_name_of_several_lines(shop):
    order = '#{0},a@x.com,paid,2023-01-05 10:11:12 -0500,GBP,1,"{1}",5.00,M1,CA,{2}\n'
    (shop.landing / "orders.csv").write_text(SHOPIFY + order.format(1, "Mug\nblue", "") + order.format(2, "Mug", "1.5"))
    loaded(shop, Intake(load_sources()))
    assert shop.rows("select line_no, invoice_id from raw.transactions order by 1") == [
        (2, "#1"), (4, "#2"), (1_000_000_000_004, "#2-refund")
    ]  # fmt: skip


@pytest.mark.parametrize("prefix", ["C", "c"])
def test_an_invoice_number_says_that_it_cancels_in_either_case_and_with_blanks_before_it(shop, settings, prefix):
    intake = own_source(settings, f'cancellation = {{ invoice_prefix = "{prefix}" }}', invoice_id="I")
    lines = [("k1", DAY, "10.00", invoice) for invoice in ("C1", "c2", " C3", "4C")]
    write_csv(shop.landing / "a.csv", lines, ("K", "D", "A", "I"))
    loaded(shop, intake)
    assert shop.rows("select is_cancellation from raw.transactions order by line_no") == [
        (True,), (True,), (True,), (False,)
    ]  # fmt: skip
