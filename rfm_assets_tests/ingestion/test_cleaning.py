"""Orders and the ledger add up, and only the days that were touched are rebuilt."""

from decimal import Decimal

import pytest

from rfm_assets import contracts
from rfm_assets.contracts.clean import REASONS
from rfm_assets.engines.base import select
from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets_tests.ingestion.days import FIRST, SECOND, THIRD, day
from rfm_assets_tests.rows import line

ORDERS = """
select invoice_id, customer_id, ordered_on, order_kind, amount, line_count, quantity, last_on
from clean.orders
order by invoice_id, customer_id
"""
TABLES = [name for name in contracts.TABLES if name.startswith("clean.")]


def contents(shop) -> dict[str, list[tuple]]:
    return {name: sorted(shop.rows(f"select * from {name}"), key=str) for name in TABLES}


def test_an_order_sums_its_accepted_lines(shop):
    shop.drop(
        "a.csv",
        line("1", quantity=2, price="1.50"),
        line("1", code="B", price="0.05"),
        line("1", code="C", price="0.00"),
        line("C2", quantity=-2, price="1.50"),
        line("3", customer=""),
    )
    shop.refresh()
    assert shop.rows(ORDERS) == [
        ("1", "c1", day(1), "sale", Decimal("3.0500"), 2, 3, day(1)),
        ("C2", "c1", day(1), "return", Decimal("-3.0000"), 1, -2, day(1)),
    ]


def test_an_invoice_over_midnight_is_one_order_of_its_first_day(shop):
    shop.drop("first.csv", line("1", at="12/1/2010 23:59"))
    shop.refresh()
    shop.drop("second.csv", line("1", at="12/2/2010 0:01", price="2.00"))
    assert shop.refresh() == [day(2)]
    assert shop.rows(ORDERS) == [("1", "c1", day(1), "sale", Decimal("3.0000"), 2, 2, day(2))]
    shop.drop("first.csv", line("9", at="12/1/2010 23:59"))
    shop.refresh()
    assert shop.rows(ORDERS) == [
        ("1", "c1", day(2), "sale", Decimal("2.0000"), 1, 1, day(2)),
        ("9", "c1", day(1), "sale", Decimal("1.0000"), 1, 1, day(1)),
    ]


def test_a_late_line_leaves_the_orders_alone_whose_invoices_have_the_same_digits(shop):
    long = "9" * 30
    shop.drop("a.csv", line("A1", at=FIRST), line("B1", at=SECOND), line(long, at=SECOND), line(f"{long}0", at=SECOND))
    shop.refresh()
    shop.drop("late.csv", line("A1", at=THIRD, code="B"), line(long, at=THIRD, code="B"))
    shop.refresh()
    assert shop.rows("select invoice_id, line_count from clean.orders order by all") == [
        (long, 2), (f"{long}0", 1), ("A1", 2), ("B1", 1),
    ]  # fmt: skip


def test_two_customers_on_one_invoice_number_are_two_orders(shop):
    shop.drop("a.csv", line("1", "c1"), line("1", "c2", price="2.00"))
    shop.refresh()
    assert [row[:2] for row in shop.rows(ORDERS)] == [("1", "c1"), ("1", "c2")]


def test_only_touched_days_are_rebuilt(shop, connection):
    shop.drop("a.csv", line("1", at=FIRST), line("2", at=SECOND), line("3", at=THIRD))
    assert shop.refresh() == [day(1), day(2), day(3)]
    connection.execute("update clean.transactions set description = 'marked'")
    connection.execute("update clean.orders set amount = 99")
    shop.drop("late.csv", line("4", at=SECOND))
    assert shop.refresh() == [day(2)]
    assert shop.rows("select invoice_id, description from clean.transactions order by all") == [
        ("1", "marked"),
        ("2", "a thing"),
        ("3", "marked"),
        ("4", "a thing"),
    ]
    assert shop.rows("select invoice_id, amount from clean.orders order by all") == [
        ("1", Decimal("99.0000")),
        ("2", Decimal("1.0000")),
        ("3", Decimal("99.0000")),
        ("4", Decimal("1.0000")),
    ]
    assert shop.rows("select invoiced_on, raw_version from clean.ledger order by all") == [
        (day(1), 1),
        (day(2), 2),
        (day(3), 1),
    ]


def test_a_rebuild_without_news_changes_nothing(shop):
    shop.drop("a.csv", line("1"), line("1"), line("2", customer=""))
    shop.refresh()
    before = contents(shop)
    assert shop.refresh() == []
    assert contents(shop) == before


def test_deliveries_in_any_order_end_in_the_tables_of_one_delivery(shop):
    lines = [line("1", at=FIRST), line("1", at=SECOND), line("2", at=SECOND), line("C3", at=THIRD, quantity=-1)]
    for number in (3, 0, 2, 1):
        shop.drop(f"{number}.csv", lines[number])
        shop.refresh()
    piecemeal = [shop.rows(ORDERS), shop.rows("select * exclude raw_version from clean.ledger order by invoiced_on")]
    for path in shop.landing.iterdir():
        path.write_text(path.read_text().splitlines()[0] + "\n")
    shop.drop("all.csv", *lines)
    shop.refresh()
    assert [
        shop.rows(ORDERS),
        shop.rows("select * exclude raw_version from clean.ledger order by invoiced_on"),
    ] == piecemeal


def test_a_day_that_lost_all_its_lines_is_empty_and_stays_in_the_ledger(shop):
    shop.drop("a.csv", line("1", at=FIRST), line("2", at=FIRST, customer=""))
    shop.refresh()
    shop.drop("a.csv", line("3", at=SECOND))
    assert shop.refresh() == [day(1), day(2)]
    assert shop.rows("select invoice_id from clean.transactions") == [("3",)]
    assert shop.rows("select * from clean.rejected") == []
    assert [row[0] for row in shop.rows(ORDERS)] == ["3"]
    assert shop.rows("select invoiced_on, read_lines, read_amount, raw_version from clean.ledger order by all") == [
        (day(1), 0, Decimal(0), 2),
        (day(2), 1, Decimal(1), 2),
    ]


def test_the_ledger_shows_what_became_of_each_line_in_rows_and_money(shop):
    shop.drop(
        "a.csv",
        line("1", price="1.00"),
        line("1", price="1.00"),
        line("C2", quantity=-1, price="2.00"),
        line("3", customer="", price="4.00"),
        line("4", price="-8.00"),
        line("5", price="0.00"),
        line("6", quantity=-1, price="16.00"),
        line("7", at=SECOND, price="32.00"),
    )
    shop.refresh()
    first, second = shop.engine.read("select * from clean.ledger order by invoiced_on").rows(named=True)
    assert {name: value for name, value in first.items() if name.endswith("_lines") and value} == {
        "read_lines": 7,
        "sale_lines": 1,
        "return_lines": 1,
        "missing_customer_lines": 1,
        "duplicate_lines": 1,
        "negative_price_lines": 1,
        "zero_price_lines": 1,
        "adjustment_lines": 1,
    }
    assert {name: value for name, value in first.items() if name.endswith("_amount") and value} == {
        "read_amount": Decimal(-20),
        "sale_amount": Decimal(1),
        "return_amount": Decimal(-2),
        "missing_customer_amount": Decimal(4),
        "duplicate_amount": Decimal(1),
        "negative_price_amount": Decimal(-8),
        "adjustment_amount": Decimal(-16),
    }
    assert (second["read_lines"], second["sale_lines"], second["sale_amount"]) == (1, 1, Decimal(32))
    for row in (first, second):
        for measure in ("lines", "amount"):
            parts = sum(row[f"{name}_{measure}"] for name in ("sale", "return", *REASONS))
            assert parts == row[f"read_{measure}"]


def test_what_raw_holds_and_what_clean_holds_reconcile_until_a_line_goes_missing(shop, connection):
    shop.drop("a.csv", line("1"), line("1"), line("2", customer=""))
    shop.refresh()
    assert shop.rows(select("checks.unreconciled_files")) == []
    assert shop.rows(select("checks.unbalanced_days")) == []
    connection.execute("delete from clean.rejected where reason = 'duplicate'")
    assert shop.rows(select("checks.unreconciled_files")) == [("a.csv", 3, 2, 0, Decimal(3), Decimal(2))]
    connection.execute("update clean.ledger set sale_amount = 2")
    assert [row[0] for row in shop.rows(select("checks.unbalanced_days"))] == [day(1)]


def test_a_rebuild_that_fails_leaves_every_clean_table_as_it_was(shop, monkeypatch):
    shop.drop("a.csv", line("1"))
    shop.refresh()
    before = contents(shop)
    shop.drop("a.csv", line("2"))
    shop.load()
    store_matching = shop.engine.store_matching

    def failing(table, statement, **where):
        if table.name == "clean.ledger":
            raise OSError("disk full")
        return store_matching(table, statement, **where)

    with monkeypatch.context() as patched, pytest.raises(OSError, match="disk full"):
        patched.setattr(shop.engine, "store_matching", failing)
        rebuild_touched_days(shop.engine)
    assert contents(shop) == before
    assert rebuild_touched_days(shop.engine) == [day(1)]
    assert contents(shop) != before
