"""Mappings are data: which one fits a file, and what is said when none does or one is wrong."""

from decimal import Decimal
from importlib.resources import files

import pytest

from rfm_assets.ingestion.mappings import Source, SourceError, load_sources, read_source
from rfm_assets_tests.ingestion.places import ONLINE_RETAIL, OWN, OWN_LINES, SHOPIFY


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
        ({"timestamp_formats": ["%Y-%m"]}, "must name a year, a month and a day"),
        ({"timestamp_formats": ["%d.%m."]}, "must name a year, a month and a day"),
        ({"timestamp_formats": ["%d %Y"]}, "must name a year, a month and a day"),
        ({"timestamp_formats": ["%d/%m/%Y", "%m/%d/%Y"]}, "read the same text as different days"),
        ({"timestamp_formats": ["%Y-%m-%dT%H:%M:%SZ"]}, "write %z for it"),
        ({"timestamp_formats": ["%Y-%m-%d %H:%M:%S UTC"]}, "write %z for it"),
        ({"decimal": ",", "thousands": ","}, "decimal and thousands are both ','"),
        ({"decimal": ";"}, "decimal"),
        ({"currency": "pounds"}, "currency"),
        ({"cancellation": {}}, "invoice_prefix, or negative_quantity"),
        ({"cancellation": {"column": "type"}}, "invoice_prefix, or negative_quantity"),
        ({"cancellation": {"values": ["C"], "negative_quantity": True}}, "invoice_prefix, or negative_quantity"),
        ({"cancellation": {"invoice_prefix": "C", "negative_quantity": True}}, "invoice_prefix, or negative_quantity"),
        ({"leave_out": {"column": "state", "values": []}}, "at least 1"),
        ({"columns": {"customer_id": "who", "invoiced_at": "day"}}, "either unit_price or amount"),
        ({"columns": {"customer_id": "who", "invoiced_at": "day", "unit_price": "each"}}, "quantity"),
        (
            {"columns": {"customer_id": "who", "invoiced_at": "day", "amount": "a"}, "order_fields": ["country"]},
            "invoice_id",
        ),
        ({"has_header": False}, "positions, from 1"),
        (
            {"has_header": False, "columns": {"customer_id": 0, "invoiced_at": 1, "amount": 2}},
            "than or equal to 1",
        ),
        (
            {
                "has_header": False,
                "columns": {"customer_id": 1, "invoiced_at": 2, "amount": 3},
                "currency": {"column": "money"},
            },
            "without a header, currency, cancellation and leave_out cannot go by a column",
        ),
        ({"columns": {"customer_id": 1, "invoiced_at": "day", "amount": "a"}}, "must be names"),
        ({"delimiter": "whitespace"}, "has_header = false"),
        ({"timestamp_formats": ["%s", "%Y-%m-%d"]}, "have no other format"),
        ({"timestamp_formats": ["%s.%f"]}, "have no other format"),
        ({"minor_unit": 5}, "less than or equal to 4"),
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


def test_a_mapping_for_files_of_some_names_reads_no_other(place):
    place.source("own", 'files = "shop/*.csv"\n' + OWN)
    place.drop("till/a.csv", OWN_LINES)
    (outcome,) = place.load()
    assert outcome.status == "failed"
    assert "No source fits" in outcome.error
    assert "own needs" not in outcome.error


@pytest.mark.parametrize("money", ["$12.50", "-$12.50", "12.50 $"])
def test_a_log_without_a_header_may_have_money_with_its_sign(place, money):
    columns = "[columns]\ncustomer_id = 1\ninvoiced_at = 2\nquantity = 3\namount = 4\n"
    source = 'currency = "GBP"\ntimestamp_formats = ["%Y-%m-%d"]\nhas_header = false\ncurrency_sign = "$"\n'
    place.source("own", source + columns)
    place.drop("a.csv", f"c1,2011-01-31,2,{money}\n")
    assert [outcome.error for outcome in place.load()] == [None]
    assert place.lines("customer_id, abs(quantity * unit_price)") == [("c1", Decimal("12.50"))]


def test_a_column_that_is_there_twice_is_named_and_neither_is_taken(place):
    place.source("own", OWN)
    place.drop("a.csv", "bill,day,units,each,who,who,note,note\n1,2020-01-31,2,1.50,c1,c2,x,y\n")
    (outcome,) = place.load()
    assert (outcome.status, outcome.error) == ("failed", "a.csv: columns there twice: who. Keep one of each")


@pytest.mark.parametrize(("thousands", "written"), [(",", ","), (" ", "\u00a0"), (" ", "\u202f"), ("'", "\u2019")])
def test_a_log_without_a_header_may_have_thousands_and_more_fields_than_the_mapping_names(place, thousands, written):
    place.source(
        "own",
        f'currency = "GBP"\ntimestamp_formats = ["%Y-%m-%d"]\nhas_header = false\nthousands = "{thousands}"\n'
        "[columns]\ncustomer_id = 1\ninvoiced_at = 2\namount = 3\n",
    )
    place.drop("a.csv", f"c1;2020-01-31;1{written}234.50;note\n")
    assert [outcome.status for outcome in place.load()] == ["loaded"]
    assert place.lines("customer_id, unit_price") == [("c1", Decimal("1234.50"))]


def test_money_in_another_currency_is_refused_by_name_never_added_up(place):
    place.source("own", OWN)
    place.drop("a.csv", OWN_LINES)
    (outcome,) = place.load("EUR")
    assert "the source own is in GBP, the warehouse in EUR" in outcome.error
    assert "Is the shop in GBP? Set RFM_CURRENCY=GBP" in outcome.error
    order = "#1,a@x.com,paid,2023-01-05 10:11:12 -0500,{},5.00,1,Mug,5.00,M1,CA,0.00\n"
    place.drop("a.csv", SHOPIFY + order.format("GBP") + order.format("CAD").replace("#1", "#2"))
    (outcome,) = place.load()
    assert (outcome.status, "it holds amounts in CAD, the warehouse is in GBP" in outcome.error) == ("failed", True)
    assert place.lines("line_no") == []


def test_a_currency_may_be_written_in_small_letters(place):
    order = "#1,a@x.com,paid,2023-01-05 10:11:12 -0500,{},5.00,1,Mug,5.00,M1,CA,0.00\n"
    place.drop("a.csv", SHOPIFY + order.format(" gbp"))
    (outcome,) = place.load()
    assert (outcome.status, outcome.line_count, outcome.unreadable_count) == ("loaded", 1, 0)


def test_the_mapping_in_the_warehouses_currency_is_meant_where_another_one_fits_too(place):
    shipped = files("rfm_assets.ingestion").joinpath("sources", "online_retail.toml").read_text(encoding="utf-8")
    place.drop("a.csv", ONLINE_RETAIL + "1,A,x,1,12/1/2010 8:26,150,c,Japan\n")
    (refused,) = place.load("JPY")
    assert 'set currency = "JPY" in online_retail.toml in the folder sources next to landing' in refused.error
    place.source("in_yen", shipped.replace('"GBP"', '"JPY"'))
    assert [outcome.status for outcome in place.load("JPY")] == ["loaded"]
    assert place.rows("select source from raw.files") == [("in_yen",)]


def test_names_that_are_written_as_a_mapping_has_them_come_before_those_in_another_case(place):
    place.source("own", OWN)
    place.source("loud", OWN.replace('"who"', '"WHO"'))
    place.drop("a.csv", OWN_LINES)
    place.drop("b.csv", OWN_LINES.replace("who", "WHO") + OWN_LINES)
    assert [outcome.status for outcome in place.load(share=1)] == ["loaded"] * 2
    assert place.rows("select name, source from raw.files order by name") == [("a.csv", "own"), ("b.csv", "loud")]


def test_the_column_that_is_written_as_the_mapping_has_it_is_taken(place):
    place.source("own", OWN)
    place.drop("a.csv", "WHO,bill,day,units,each,who\nother,1,2020-01-31,2,1.50,c1\n")
    place.load()
    assert place.lines("customer_id") == [("c1",)]


def test_of_two_columns_in_another_case_neither_is_taken(place):
    place.source("own", OWN)
    place.drop("a.csv", "WHO,bill,day,units,each,Who\nother,1,2020-01-31,2,1.50,c1\n")
    (outcome,) = place.load()
    assert outcome.error == "a.csv: columns there twice: who. Keep one of each"


def test_a_column_in_another_case_is_not_said_to_be_missing(place):
    place.drop("a.csv", "INVOICENO,STOCKCODE,DESCRIPTION,QUANTITY,INVOICEDATE,CUSTOMERID\n1,A,x,1,12/1/2010 8:26,c1\n")
    (outcome,) = place.load()
    assert "columns missing: UnitPrice, Country; found: INVOICENO" in outcome.error


def test_mappings_of_your_own_that_are_not_to_be_reached_are_an_error_and_none_that_are_not_there_are_not(tmp_path):
    folder = tmp_path / "sources"
    assert load_sources(folder) == load_sources()
    folder.symlink_to(tmp_path / "unmounted")
    with pytest.raises(SourceError, match=f"{folder}, cannot be looked into: No such file or directory. Is its disk m"):
        load_sources(folder)
    folder.unlink()
    folder.write_text("no folder")
    with pytest.raises(SourceError, match="cannot be looked into: Not a directory"):
        load_sources(folder)
