"""Guests are nobody's customers and not gone: their lines, orders and money stand by day and country."""

from datetime import date
from decimal import Decimal

from rfm_assets.engines.base import select
from rfm_assets_tests.rows import line

FIRST, SECOND = date(2010, 12, 1), date(2010, 12, 2)
GUESTS = "select * from clean.guests order by invoiced_on, country"


def guest(invoice, price, quantity=1, **fields):
    return line(invoice, customer="", price=price, quantity=quantity, **fields)


def test_guests_stand_by_day_and_country(shop):
    shop.drop(
        "a.csv",
        guest("1", "2.00", 3),
        guest("1", "0.00"),
        guest("2", "1.00"),
        guest("C3", "2.00", -1),
        guest("4", "5.00", country="Spain"),
        guest("5", "3.00", country=""),
        guest("5", "2.00", country=" "),
        guest("6", "7.00", at="12/2/2010 8:26"),
        line("7", price="100.00"),
    )
    shop.refresh()
    assert sorted(shop.rows(GUESTS), key=str) == sorted(
        [
            (FIRST, None, 2, 1, Decimal("5.0000"), Decimal("5.0000")),
            (FIRST, "France", 4, 2, Decimal("7.0000"), Decimal("5.0000")),
            (FIRST, "Spain", 1, 1, Decimal("5.0000"), Decimal("5.0000")),
            (SECOND, "France", 1, 1, Decimal("7.0000"), Decimal("7.0000")),
        ],
        key=str,
    )


def test_a_guests_order_is_one_that_sold_something_and_known_by_its_number_without_blanks(shop):
    shop.drop(
        "a.csv",
        guest("1", "2.00"),
        guest(" 1", "1.00"),
        guest("2", "0.00"),
        guest("3", "-4.00"),
        guest("4", "8.00", -1),
        guest("C5", "16.00"),
    )
    shop.refresh()
    assert shop.rows(GUESTS) == [(FIRST, "France", 6, 1, Decimal("3.0000"), Decimal("7.0000"))]


def test_guests_are_in_no_order_and_no_customer(shop):
    shop.drop("a.csv", guest("1", "2.00"), guest("2", "2.00"), line("3"))
    shop.refresh()
    assert shop.rows("select customer_id from clean.transactions") == [("c1",)]
    assert shop.rows("select invoice_id from clean.orders") == [("3",)]


def test_a_guests_line_in_two_files_counts_once(shop):
    shop.drop("a.csv", guest("1", "2.00"), guest("1", "2.00"), guest("2", "3.00"))
    shop.drop("b.csv", guest("1", "2.00"), guest("4", "4.00"))
    shop.refresh()
    assert shop.rows(GUESTS) == [(FIRST, "France", 4, 3, Decimal("11.0000"), Decimal("11.0000"))]


def test_the_share_of_sales_that_went_to_guests_is_shown(shop):
    shop.drop("a.csv", guest("1", "2.00"), guest("C2", "1.00", -1), line("3", price="6.00"))
    shop.refresh()
    assert shop.rows(select("checks.guest_share")) == [(2, 1, 2.0, 0.25)]
    assert shop.rows(select("checks.guests_off")) == []


def test_guests_that_do_not_add_up_to_the_ledger_are_named_by_their_day(shop, connection):
    shop.drop("a.csv", guest("1", "2.00"), guest("2", "3.00", at="12/2/2010 8:26"))
    shop.refresh()
    connection.execute("delete from clean.guests where invoiced_on = '2010-12-02'")
    assert shop.rows(select("checks.guests_off")) == [(SECOND, 1, 0, Decimal("3.0000"), Decimal(0))]


def test_a_shop_without_sales_has_no_share(shop):
    shop.drop("a.csv", line("C1", quantity=-1))
    shop.refresh()
    assert shop.rows(select("checks.guest_share")) == [(0, 0, 0.0, None)]


def test_a_day_without_guests_any_more_loses_them(shop):
    shop.drop("a.csv", guest("1", "2.00"))
    shop.refresh()
    shop.drop("a.csv", line("1"))
    shop.refresh()
    assert shop.rows(GUESTS) == []
