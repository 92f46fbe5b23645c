"""What exports of shops, tills and books have that no default knows: guests with an id, lines alike, (12.00)."""

import tomllib
from decimal import Decimal

import polars as pl
import pytest

from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets.ingestion.landing import load_landing
from rfm_assets.ingestion.mappings import SourceError
from rfm_assets.ingestion.source import main
from rfm_assets_tests.ingestion.places import own_source
from rfm_assets_tests.rows import write_csv


@pytest.mark.parametrize("guest", ["0", " 0 ", "none"])
def test_an_id_that_stands_for_nobody_is_a_guest(shop, settings, guest):
    intake = own_source(settings, 'guests = ["0", "None"]')
    write_csv(shop.landing / "a.csv", [(guest, "2011-01-05", "4.00"), ("10", "2011-01-05", "5.00")], ("K", "D", "A"))
    load_landing(shop.engine, shop.landing, 0, intake=intake)
    rebuild_touched_days(shop.engine)
    assert shop.rows("select customer_id from clean.transactions") == [("10",)]
    assert shop.rows("select reason, unit_price from clean.rejected") == [("missing_customer", Decimal(4))]


def test_an_id_that_a_file_stores_as_a_number_is_compared_by_its_digits(shop, settings):
    intake = own_source(settings, 'guests = ["0"]')
    frame = pl.DataFrame({"K": [0.0, 10.0], "D": ["2011-01-05"] * 2, "A": ["4.00", "5.00"]})
    frame.write_parquet(shop.landing / "a.parquet")
    load_landing(shop.engine, shop.landing, 0, intake=intake)
    assert shop.rows("select customer_id from raw.transactions order by line_no") == [(None,), ("10",)]


@pytest.mark.parametrize(("line_id", "counted"), [("L", 3), (None, 2)])
def test_lines_alike_but_for_their_number_are_several_and_the_same_ones_in_another_export_are_not(
    shop, settings, line_id, counted
):
    intake = own_source(settings, invoice_id="R", line_id=line_id)
    lines = [("k1", "2011-01-05", "1.20", "r1", number) for number in ("1", "2")]
    write_csv(shop.landing / "a.csv", lines, ("K", "D", "A", "R", "L"))
    write_csv(shop.landing / "b.csv", [*lines, ("k1", "2011-01-05", "1.30", "r1", "3")], ("K", "D", "A", "R", "L"))
    load_landing(shop.engine, shop.landing, 0, intake=intake)
    rebuild_touched_days(shop.engine)
    assert shop.rows("select count(*) from clean.transactions") == [(counted,)]


@pytest.mark.parametrize(
    ("more", "written", "amount"),
    [
        ("", "(12.00)", "-12"),
        ("", "12.00-", "-12"),
        ("", " ( 12.00 ) ", "-12"),
        ('currency_sign = "$"', "($12.00)", "-12"),
        ('currency_sign = "$"', "$12.00-", "-12"),
        ('decimal = ","\nthousands = "."', "1.234,50-", "-1234.50"),
        ("", "(-12.00)", None),
        ("", "-12.00-", None),
        ("", "(12.00", None),
        ("", "-", None),
        ("", "()", None),
    ],
)
def test_parentheses_around_a_number_and_a_minus_behind_it_say_below_zero(shop, settings, more, written, amount):
    write_csv(shop.landing / "a.csv", [("k1", "2011-01-05", written)], ("K", "D", "A"))
    load_landing(shop.engine, shop.landing, 1, intake=own_source(settings, more))
    found = shop.rows("select quantity * unit_price, is_cancellation from raw.transactions")
    assert found == ([(Decimal(amount), True)] if amount else [])


@pytest.mark.parametrize("form", ["({})", "{}-"])
def test_a_log_and_a_draft_know_numbers_below_zero_however_they_are_written(shop, settings, capsys, form):
    columns = "customer_id = 1\ninvoiced_at = 2\nquantity = 3\namount = 4\n"
    settings.sources.mkdir()
    text = 'currency = "GBP"\ntimestamp_formats = ["%Y-%m-%d"]\nhas_header = false\n[columns]\n'
    (settings.sources / "log.toml").write_text(text + columns, encoding="utf-8")
    log = shop.landing / "log.csv"
    write_csv(log, [("k1", "2011-01-05", form.format(2), form.format("4.50"))], ("k2", "2011-01-06", "1", "2.00"))
    assert main([str(log)]) == 0
    assert "2 lines were looked at, and each could be read.\nCounted: 1 return, 1 sale." in capsys.readouterr().out
    table = shop.landing / "table.csv"
    write_csv(table, [("k1", "2011-01-05", form.format("$4.50"))], ("Customer", "Date", "Total"))
    assert main([str(table)]) == 0
    drafted = tomllib.loads((settings.sources / "table.toml.draft").read_text(encoding="utf-8"))
    assert (drafted["columns"]["amount"], drafted["currency_sign"]) == ("Total", "$")
    assert "Counted: 1 return." in capsys.readouterr().out


@pytest.mark.parametrize("columns", [{"amount": "A"}, {"amount": None, "quantity": "Q", "unit_price": "A"}])
def test_a_line_that_is_left_out_needs_neither_quantity_nor_money(shop, settings, columns):
    more = 'leave_out = { column = "S", values = ["Cancelled"] }'
    intake = own_source(settings, more, **columns)
    rows = [("k1", "2011-01-05", "", "", "Cancelled"), ("k1", "2011-01-05", "1", "", "Shipped")]
    write_csv(shop.landing / "a.csv", rows, ("K", "D", "Q", "A", "S"))
    (outcome,) = load_landing(shop.engine, shop.landing, 1, intake=intake)
    assert outcome.unreadable_count == 1
    rebuild_touched_days(shop.engine)
    assert shop.rows("select line_no, reason, unit_price from clean.rejected") == [(2, "zero_price", Decimal(0))]


HEADERS = ["VBELN\tFKDAT\tKUNAG\tNETWR\tWAERK", "Order number\tDate\tCustomer\tTotal\tCurrency"]


@pytest.mark.parametrize("header", HEADERS)
def test_a_log_without_a_header_is_no_table_that_has_one_unless_its_mapping_asks_for_it(shop, settings, capsys, header):
    table = shop.landing / "sap.txt"
    table.write_text(f"{header}\n4711\t20110105\t17850\t12.50\tGBP\n", encoding="utf-8")
    positions = "customer_id = 1\ninvoiced_at = 2\nquantity = 3\namount = 4\n"
    text = 'currency = "GBP"\ntimestamp_formats = ["%Y%m%d"]\nhas_header = false\ndelimiter = "whitespace"\n'
    settings.sources.mkdir()
    for files in ("", 'files = "sap*"\n'):
        (settings.sources / "log.toml").write_text(f"{text}{files}[columns]\n{positions}", encoding="utf-8")
        assert main([str(table)]) == 0
        told = capsys.readouterr().out
        assert ("The source log fits." in told) == bool(files), told
        assert ("No source fits" in told) != bool(files)


@pytest.mark.parametrize(
    ("header", "row", "columns"),
    [
        ("Customer Name;Customer No;Date;Total", "Ann;17;2020-01-31;5", {"customer_id": "Customer No"}),
        ("Customer Name;Date;Total", "Ann;2020-01-31;5", {"customer_id": "Customer Name"}),
        ("Date;Customer;Discount Amount;Total", "2020-01-31;k1;1;5", {"amount": "Total"}),
        ("Date;Customer;Qty;Shipping Cost;Item Cost", "2020-01-31;k1;2;1;5", {"unit_price": "Item Cost"}),
        ("Datum;Kunde;Menge;Gesamtpreis;Einzelpreis", "2020-01-31;k1;2;4;2", {"unit_price": "Einzelpreis"}),
        ("Date;Customer;Qty;cost_price;sale_price", "2020-01-31;k1;2;1;5", {"unit_price": "sale_price"}),
        ("Date;Customer;Order Status;Order No;Total", "2020-01-31;k1;paid;7;5", {"invoice_id": "Order No"}),
    ],
)
def test_a_draft_takes_no_column_of_something_else_where_there_is_a_better_one(
    settings, tmp_path, header, row, columns
):
    (tmp_path / "a.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    assert main([str(tmp_path / "a.csv")]) == 0
    drafted = tomllib.loads((settings.sources / "a.toml.draft").read_text(encoding="utf-8"))["columns"]
    assert columns.items() <= drafted.items()


@pytest.mark.parametrize("moment", ["01/09/2011 08:25 AM", "01-09-2011 08:25", "01-09-2011"])
def test_a_draft_says_that_day_and_month_may_be_the_other_way_round_however_the_time_is_written(
    settings, tmp_path, moment
):
    (tmp_path / "a.csv").write_text(f"Date,Customer,Total\n{moment},k1,5\n", encoding="utf-8")
    assert main([str(tmp_path / "a.csv")]) == 0
    assert "both read the first lines" in (settings.sources / "a.toml.draft").read_text(encoding="utf-8")


def test_an_empty_id_need_not_be_named_as_a_guests(settings):
    with pytest.raises(SourceError, match="guests"):
        own_source(settings, 'guests = [""]')
