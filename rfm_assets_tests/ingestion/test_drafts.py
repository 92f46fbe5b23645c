"""What a draft guesses from the first rows of a file: its columns, its dates and its numbers."""

import tomllib

import polars as pl
import pytest

from rfm_assets.ingestion.column_words import likeliest_list
from rfm_assets.ingestion.drafts import draft
from rfm_assets.ingestion.formats import Unpacked
from rfm_assets.ingestion.samples import Sample, sample

PLAIN = {"invoiced_at": "Date", "customer_id": "Customer", "amount": "Total"}


def guessed(header: str, *rows: str, **told: object) -> dict:
    """Return the mapping that is drafted for rows, whose fields stand between semicolons."""
    return tomllib.loads(draft(Sample([row.split(";") for row in (header, *rows)], **told), "GBP"))


@pytest.mark.parametrize(
    ("header", "row", "columns"),
    [
        ("Order Date;Order;Customer;Total", "2020-01-31;7;k1;5", {"invoiced_at": "Order Date", "invoice_id": "Order"}),
        ("Invoice;Order;Customer;Date;Total", ";7;k1;2020-01-31;5", {"invoice_id": "Order", "invoiced_at": "Date"}),
        ("invoice_date;date;Customer;Total", "2020-01-31;x;k1;5", {"invoiced_at": "invoice_date"}),
        ("Date;Customer;Price;Total", "2020-01-31;k1;2;4", {"invoiced_at": "Date"}),
    ],
    ids=["each once", "with values", "the likelier name", "money once"],
)
def test_a_field_is_the_likeliest_column_that_no_other_field_has(header, row, columns):
    assert guessed(header, row)["columns"] == {"customer_id": "Customer", "amount": "Total", **columns}


def test_a_status_a_name_and_a_discount_are_passed_over_where_there_is_something_better():
    header = "Date;Order Status;Order;Customer Name;Customer;Discount Total;Total"
    assert guessed(header, "2020-01-31;open;7;Ann;k1;1;4")["columns"] == PLAIN | {
        "invoice_id": "Order", "description": "Customer Name",
    }  # fmt: skip


def test_a_cost_of_an_item_is_its_price():
    columns = guessed("Date;Customer;Qty;Item Cost", "2020-01-31;k1;2;4")["columns"]
    assert (columns["quantity"], columns["unit_price"]) == ("Qty", "Item Cost")


def test_columns_that_the_format_names_are_names_whatever_they_look_like():
    assert guessed("Date;Customer;Total;2020", "2020-01-31;k1;4;1", has_names=True)["columns"] == PLAIN


@pytest.mark.parametrize("titles", [("Sales",), ("Sales;", ";;"), ("from;2020-01-01", "Sales")])
def test_titles_are_no_names_and_no_values(titles):
    assert guessed(*titles, "Date;Customer;Total;Note", "2020-01-31;k1;4;")["columns"] == PLAIN
    log = guessed(*titles, "k1;20200131;1;4.00", "k2;20200131;2;4.00")
    assert (log["has_header"], log["columns"]["customer_id"], log["columns"]["invoiced_at"]) == (False, 1, 2)


def test_a_name_may_have_any_letters():
    assert guessed("Datum;Kunde;\U0001f4b6 Betrag", "2020-01-31;k1;4")["columns"]["amount"] == "\U0001f4b6 Betrag"


def test_a_name_may_have_a_sign_that_no_text_of_toml_may_hold():
    assert guessed("Date;Customer;Total\x7f", "2020-01-31;k1;4")["columns"]["amount"] == "Total\x7f"


def test_a_column_of_words_is_no_number_whatever_its_name():
    columns = guessed("Date;Customer;Amount in words;Total;Units of", "2020-01-31;k1;four;4;litres")["columns"]
    assert columns == PLAIN


def test_a_column_of_numbers_may_have_some_that_are_spoilt_and_any_where_no_line_tells():
    rows = ["2020-01-31;k1;4", "2020-01-31;k1;n/a", "2020-01-31;k1;5"]
    assert guessed("Date;Customer;Total", *rows)["columns"] == PLAIN
    assert guessed("Date;Customer;Total")["columns"] == PLAIN


@pytest.mark.parametrize("second", ["2020-02-01 9:15", "", "soon"], ids=["a moment", "none", "no moment"])
def test_where_no_name_says_so_the_first_column_of_moments_alone_is_when(second):
    rows = ("x;7;2020-01-31 8:26;2020-03-01 10:00;k1;5", f"y;8;{second};2020-03-01 11:00;k2;6")
    columns = guessed("What;No;Placed;Delivered;Customer;Total", *rows)["columns"]
    assert columns["invoiced_at"] == ("Delivered" if second == "soon" else "Placed")


def test_an_empty_moment_hides_no_way_of_writing_and_a_number_is_no_moment():
    draft = guessed("No;Kunde;Kauf;Umsatz", "536365;k1;31.01.2020 8:26;5", "536366;k2;;6", "536371;k3;1.2.2020 9:00;7")
    assert draft["columns"]["invoiced_at"] == "Kauf"
    assert draft["timestamp_formats"] == ["%d.%m.%Y %H:%M"]


@pytest.mark.parametrize(
    ("day", "found"), [("2020-01-31", ["Date", "Sold"]), ("2020-01-31 08:26", "Date")], ids=["a day", "a moment"]
)
def test_of_several_columns_of_times_the_first_with_values_goes_with_the_day_unless_the_day_tells_it(day, found):
    columns = guessed("Date;Checked;Sold;Sent;Customer;Total", f"{day};;10:30;11:00;k1;5")["columns"]
    assert columns["invoiced_at"] == found


@pytest.mark.parametrize(
    ("numbers", "decimal", "thousands"),
    [
        (["1.234,50"], ",", "."),
        (["1,234.50"], ".", ","),
        (["2,5"], ",", "."),
        (["2.5"], ".", ","),
        (["1,234", "-12,50"], ",", "."),
        (["1.000", "-12,50"], ",", ""),
        (["1234,567"], ",", "."),
        (["2,5-", "(3,10)"], ",", "."),
        (["2,5", "12 345,678"], ",", " "),
        (["2,5", "12\u00a0345,67", "12\u202f345,67"], ",", " "),
        (["7", "1'234.50"], ".", "'"),
        (["7", "1\u2019234.50"], ".", "'"),
        (["1,234"], ".", ""),
        (["4"], ".", ""),
    ],
)
def test_the_mark_that_comes_last_or_splits_no_thousands_is_decimal(numbers, decimal, thousands):
    found = guessed("Date;Customer;Total", *(f"2020-01-31;k1;{number}" for number in numbers))
    assert (found["decimal"], found["thousands"]) == (decimal, thousands)


def test_the_sign_that_most_numbers_have_is_the_currencys():
    totals = ["€4", "$5.00", "-$ 6.00"]
    assert guessed("Date;Customer;Total", *(f"2020-01-31;k1;{total}" for total in totals))["currency_sign"] == "$"


@pytest.mark.parametrize(("total", "sign"), [("R$ 1.100,50", "R$"), ("US$1,100.50", "US$"), ("1.100,50 €", "€")])
def test_the_sign_of_a_currency_may_have_letters_before_it(total, sign):
    found = guessed("Date;Customer;Total", f"2020-01-31;k1;{total}")
    assert (found["columns"]["amount"], found["currency_sign"]) == ("Total", sign)


def test_money_whose_currency_stands_in_a_column_is_in_that_one():
    assert guessed("Date;Currency;Total", "2020-01-31;eur;5", "2020-01-31;USD;5")["currency"] == {"column": "Currency"}
    assert guessed("Date;Currency rate;Total", "2020-01-31;1.25;5")["currency"] == "GBP"


def test_a_price_without_a_quantity_is_a_lines_amount_and_likelier_than_its_freight():
    row = "2020-01-31;k1;58.90;13.29"
    assert guessed("Date;Customer;Price;Freight value", row)["columns"] == {
        "invoiced_at": "Date", "customer_id": "Customer", "amount": "Price",
    }  # fmt: skip
    assert guessed("Date;Customer;Price;Line value", row)["columns"]["amount"] == "Line value"
    assert guessed("Date;Customer;Note;Freight value", row)["columns"]["amount"] == "Freight value"


def test_a_log_whose_money_has_a_sign_has_its_amount_in_the_last_column():
    log = guessed("k1;2011-01-31;2;$12.50", "k2;2011-01-30;1;$3.00")
    assert log["columns"] == {"customer_id": 1, "invoiced_at": 2, "quantity": 3, "amount": 4}
    assert log["currency_sign"] == "$"


def test_a_moment_that_says_utc_in_letters_is_read_with_an_offset():
    found = guessed("Date;Customer;Total", "2011-01-31 23:30:00 UTC;k1;5")
    assert found["timestamp_formats"] == ["%Y-%m-%d %H:%M:%S %z"]


@pytest.mark.parametrize(
    ("names", "invoice_id"),
    [
        ("data.id;data.items.list.id;data.items.list.price", "data.id"),
        ("id;customer.id;items.price", "id"),
        ("id;customer.id;price", None),  # of a table, it may be the line's
    ],
)
def test_an_order_that_holds_its_items_has_an_id_of_its_own(names, invoice_id):
    found = guessed(f"{names};date;quantity", "7;8;2.50;2011-01-31;1")
    assert found["columns"].get("invoice_id") == invoice_id
    assert found["columns"]["unit_price"] == names.split(";")[-1]


def test_the_id_of_an_order_is_on_each_of_its_lines():
    names = "data.id;data.lines.id;data.lines.price.amount;data.lines.quantity;data.at;data.customer"
    rows = ["in_1;il_1;250;1;2011-01-31;k1", "in_1;il_2;300;1;2011-01-31;k1", "in_2;il_3;300;1;2011-01-31;k1"]
    found = guessed(names, *rows)["columns"]
    assert (found["invoice_id"], found["unit_price"]) == ("data.id", "data.lines.price.amount")
    assert guessed(names.replace("data.id", "_id.$oid"), *rows)["columns"]["invoice_id"] == "_id.$oid"


@pytest.mark.parametrize(("price", "is_asked"), [("1299", True), ("12.99", False), ("7", False)])
def test_whole_amounts_may_be_cents(price, is_asked):
    text = draft(Sample([["date", "customer", "price", "quantity"], ["2011-01-31", "k1", price, "1"]]), "GBP")
    assert ("# minor_unit = 2" in text) == is_asked


def test_what_was_shipped_or_given_back_of_an_order_is_not_what_was_sold():
    items = ["sku", "quantity", "price"]
    ways = {
        "": ["next"],
        "orders": ["orders.id", "orders.total_price", "orders.total_quantity"],
        "orders.fulfillments.line_items": [f"orders.fulfillments.line_items.{name}" for name in [*items, "more"]],
        "orders.line_items": [f"orders.line_items.{name}" for name in items],
    }
    ways["orders.fulfillments"] = [*ways["orders"], "orders.fulfillments.id"]
    assert likeliest_list(ways) == "orders.line_items"
    assert likeliest_list({"": ["id"], "tags": ["id", "tags.name"]}) == "tags"


@pytest.mark.parametrize(
    ("moment", "form"), [("1296516600", "%s"), ("1296516600000", "%Q"), ("1296516600000000", "%s%f")]
)
def test_a_number_that_is_a_moment_of_our_days_is_of_seconds_since_1970(moment, form):
    assert guessed("created;customer;amount", f"{moment};k1;500")["timestamp_formats"] == [form]


def test_a_way_of_writing_dates_that_no_line_shows_is_said_to_be_none():
    text = draft(Sample([["Date", "Customer", "Total"]]), "GBP")
    assert 'timestamp_formats = ["%Y-%m-%d"]  # no way of writing fits all of the first lines' in text


@pytest.mark.parametrize(
    ("moment", "form"),
    [
        ("2020-01-31 08:26:00+01:00", "%Y-%m-%d %H:%M:%S%z"),
        ("Fri, 31 Jan 2020 08:26:00 +0100", "%a, %d %b %Y %H:%M:%S %z"),
        ("2020-01-31T08:26:00.250Z", "%Y-%m-%dT%H:%M:%S.%f%z"),
        ("2020-01-31 08:26:00.250", "%Y-%m-%d %H:%M:%S.%f"),
        ("2020-01-31 08:26:00+00", "%Y-%m-%d %H:%M:%S%z"),
        ("2020-01-31 08:26:00.123456+00", "%Y-%m-%d %H:%M:%S.%f%z"),
        ("2020-01-31T08:26:00.123", "%Y-%m-%dT%H:%M:%S.%f"),
    ],
    ids=["Python", "mail", "JavaScript", "SQL Server", "PostgreSQL", "PostgreSQL, in full", "without a zone"],
)
def test_a_moment_may_have_an_offset_without_a_blank_and_parts_of_a_second(moment, form):
    assert guessed("Date;Customer;Total", f"{moment};k1;4")["timestamp_formats"] == [form]


def test_blanks_split_the_lines_of_a_text_only_where_nothing_else_does(tmp_path):
    rows = [["Datum", "Artikel", "Betrag"], ["31.01.2020 08:26", "Cake tin red", "1 234,50"]]
    lines = "".join(f"{';'.join(row)}\n;;\n" for row in rows)  # with lines of delimiters alone
    (tmp_path / "a.csv").write_text(f"\ufeff{lines}", encoding="utf-8")
    assert sample(Unpacked(tmp_path / "a.csv", "text")) == Sample(rows, ";")
    (tmp_path / "a.txt").write_text("k1 2020-01-31  5\n\n k2 2020-01-31 6\n", encoding="utf-8")
    found = sample(Unpacked(tmp_path / "a.txt", "text"))
    assert found == Sample([["k1", "2020-01-31", "5"], ["k2", "2020-01-31", "6"]], "whitespace")


def test_a_parquet_file_is_sampled_whatever_its_names_without_what_no_text_can_say(tmp_path):
    for name in ("a1.parquet", "a[1].parquet"):
        frame = pl.DataFrame({"Datum": [name], "Bild": [b"\xff"], "Tags": [["a"]], "*": ["Österreich".encode()]})
        frame.write_parquet(tmp_path / name)
    found = sample(Unpacked(tmp_path / "a[1].parquet", "parquet"))
    assert found == Sample([["Datum", "*"], ["a[1].parquet", "Österreich"]], has_names=True)
