"""What a mapping makes of the lines of a file: numbers, ids, refunds, returns and moments."""

from datetime import datetime
from decimal import Decimal

import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.contracts.violations import faults
from rfm_assets.engines.base import select
from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets_tests.ingestion.places import ONLINE_RETAIL, OWN, OWN_LINES, SHOPIFY


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
        "log.txt",
        "1 19970101 1 2.00\n1 19970101 1\n1 19970101 1 2.00 5\n\n1 19970102 1\x1f 2.00\n1 19970103 1 2.00\nspite\n",
    )
    (outcome,) = place.load("USD", share=1)
    assert (outcome.line_count, outcome.unreadable_count) == (6, 4)
    assert place.lines("line_no") == [(1,), (6,)]
    assert place.rows("select line_no, text from raw.unreadable order by line_no") == [
        (2, "1 19970101 1"), (3, "1 19970101 1 2.00 5"), (5, "1 19970102 1\x1f 2.00"), (7, "spite"),
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
        (".", "'", "1\u2019234.50", "1234.50"),
        (".", "", "1,234.50", None),
        (".", "", "0.00001", None),
        (".", "", "99999999999999.9999", "99999999999999.9999"),
    ],
)
def test_decimal_marks_and_thousands_are_read_exactly_or_not_at_all(place, decimal, thousands, text, price):
    place.source("own", f'decimal = "{decimal}"\nthousands = "{thousands}"\n{OWN}')
    place.drop("a.csv", OWN_LINES.replace("2,1.50", f'0,"{text}"'))
    place.load(share=1)
    assert place.lines("unit_price") == ([(Decimal(price),)] if price else [])


@pytest.mark.parametrize("written", ["17850.0", " 17850.0", "17850.0 "])
def test_a_number_for_an_id_is_its_digits(place, written):
    place.drop("a.csv", ONLINE_RETAIL + f"536365.0,22423.0,x,1,12/1/2010 8:26,1.00,{written},France\n")
    place.load()
    assert place.lines("invoice_id, stock_code, customer_id") == [("536365", "22423", "17850")]


@pytest.mark.parametrize("cut", ["4.47701E+11", "4,47701e+11 ", "4E+12"])
@pytest.mark.parametrize("field", ["customer_id", "invoice_id"])
def test_an_id_that_a_spreadsheet_cut_short_is_no_id(place, cut, field):
    good, bad = ("536365", "447701123456"), {"customer_id": ("536365", cut), "invoice_id": (cut, "447701123456")}[field]
    rows = [f'"{invoice}",A+E+11,x,1,12/1/2010 8:26,1.00,"{customer}",France\n' for invoice, customer in (good, bad)]
    place.drop("a.csv", ONLINE_RETAIL + "".join(rows))
    place.load(share=1)
    assert place.lines("invoice_id, customer_id") == [good]
    [(error,)] = place.rows("select error from raw.unreadable")
    assert error.startswith(f"{field} {cut.strip()} was cut short by a spreadsheet")


@pytest.mark.parametrize("mark", ["İade", "ΕΠΙΣΤΡΟΦΕΣ", "Rückgabe"])
@pytest.mark.parametrize("written", ["{}", "{}\t", "\u00a0{} "])
def test_a_mark_is_found_in_any_alphabet_and_between_any_blanks(place, mark, written):
    cancellation = f'cancellation = {{ column = "kind", values = ["{mark}"] }}\n[columns]'
    place.source("own", OWN.replace("[columns]", cancellation))
    found = written.format(mark)
    place.drop("a.csv", f"bill,day,units,each,who,kind\n1,2020-01-31,2,1.50,c1,{found}\n2,2020-01-31,2,1.50,c1,x\n")
    assert [outcome.error for outcome in place.load()] == [None]
    assert place.lines("invoice_id, quantity, is_cancellation") == [("1", -2, True), ("2", 2, False)]


@pytest.mark.parametrize("refunds", [(5, 12), (12, 5), (12, 12)])
def test_of_the_refunds_that_an_order_has_the_largest_counts_in_one_file_as_in_two(place, refunds):
    def order(refund):
        return f"#1,a@x.com,paid,2023-01-05 10:11:12 -0500,GBP,25.00,2,Mug,50.00,M1,CA,{refund}\n"

    def orders():
        rebuild_touched_days(place.engine)
        assert place.rows(select("checks.unreconciled_files")) == []
        return place.rows("select invoice_id, amount from clean.orders order by 1")

    place.drop("both.csv", SHOPIFY + "".join(map(order, refunds)))
    assert [outcome.error for outcome in place.load()] == [None]
    expected = [("#1", Decimal(100)), ("#1-refund", Decimal(-12))]
    assert orders() == expected
    place.drop("both.csv", SHOPIFY + order(refunds[0]))
    place.drop("second.csv", SHOPIFY + order(refunds[1]))
    place.load()
    assert orders() == expected


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


def test_an_offset_may_be_of_whole_hours_and_a_day_has_none(place):
    place.source("own", OWN.replace('["%Y-%m-%d"]', '["%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S.%f%z", "%Y-%m-%d%z"]'))
    moments = ["2020-01-05 23:30:00+01", "2020-01-05 23:30:00.25-05", "2020-01-05", "2020-01-05 23:30:00+1"]
    lines = "".join(f"{number},{moment},1,1,c\n" for number, moment in enumerate(moments))
    place.drop("a.csv", f"bill,day,units,each,who\n{lines}")
    assert [(outcome.status, outcome.unreadable_count) for outcome in place.load(share=1)] == [("loaded", 1)]
    assert place.lines("cast(invoiced_at as varchar)") == [
        ("2020-01-05 23:30:00",), ("2020-01-05 23:30:00.25",), ("2020-01-05 00:00:00",)
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


def test_a_mark_in_a_column_makes_a_line_a_return(place):
    place.source("own", OWN.replace("[columns]", 'cancellation = { column = "kind", values = ["refund"] }\n[columns]'))
    place.drop("a.csv", "bill,day,units,each,who,kind\n1,2020-01-31,2,1.50,c1,sale\n2,2020-01-31,2,1.50,c1,refund\n")
    place.load()
    assert place.lines("quantity, is_cancellation") == [(2, False), (-2, True)]
