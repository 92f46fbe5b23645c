"""Each raw line falls in one class; what is accepted is trimmed, what is rejected stays as it came."""

from decimal import Decimal

import pytest

from rfm_assets_tests.ingestion.days import FIRST, day
from rfm_assets_tests.rows import line

CLASSES = """
select line_no, line_kind as class from clean.transactions
union all
select line_no, reason as class from clean.rejected
order by line_no
"""


CLASS_OF = [
    (line("1", quantity=2), "sale"),
    (line("C1", quantity=-2), "return"),
    (line("c1", quantity=-2), "return"),
    (line("1", customer=""), "missing_customer"),
    (line("1", customer="   "), "missing_customer"),
    (line("1", price="-1.00"), "negative_price"),
    (line("1", price="0.00"), "zero_price"),
    (line("1", quantity=-1), "adjustment"),
    (line("1", quantity=0), "adjustment"),
    (line("C1", quantity=1), "adjustment"),
    (line("C1", quantity=0), "adjustment"),
    # The first reason that fits is the one.
    (line("1", customer="", price="-1.00", quantity=-1), "missing_customer"),
    (line("1", price="-1.00", quantity=-1), "negative_price"),
    (line("C1", price="0.00", quantity=1), "zero_price"),
]


def test_a_line_falls_in_one_class(shop):
    shop.drop("a.csv", *(fields for fields, _ in CLASS_OF))
    shop.refresh()
    assert shop.rows(CLASSES) == [(number, expected) for number, (_, expected) in enumerate(CLASS_OF, start=2)]


@pytest.mark.parametrize(
    ("fields", "first"),
    [
        (line("1"), "sale"),
        (line("C1", quantity=-1), "return"),
        (line("1", price="0.00"), "zero_price"),
        (line("1", price="-1.00"), "negative_price"),
        (line("1", quantity=-1), "adjustment"),
    ],
)
def test_the_first_of_identical_lines_counts_and_the_others_are_duplicates(shop, fields, first):
    shop.drop("a.csv", fields, fields, fields)
    shop.refresh()
    assert shop.rows(CLASSES) == [(2, first), (3, "duplicate"), (4, "duplicate")]


def test_a_guests_duplicate_is_a_guests_line(shop):
    shop.drop("a.csv", line(customer=""), line(customer=""))
    shop.refresh()
    assert shop.rows(CLASSES) == [(2, "missing_customer"), (3, "missing_customer")]


@pytest.mark.parametrize(
    "other",
    [
        line("2"),
        line(customer="c2"),
        line(at="12/1/2010 8:27"),
        line(quantity=2),
        line(price="1.01"),
        line(code="B"),
        line(description="a thing "),
        line(country="Spain"),
    ],
)
def test_lines_that_differ_in_any_field_are_no_duplicates(shop, other):
    shop.drop("a.csv", line(), other)
    shop.refresh()
    assert shop.rows(CLASSES) == [(2, "sale"), (3, "sale")]


def test_a_duplicate_in_another_file_counts_once_and_stays_counted_when_the_first_file_changes(shop):
    shop.drop("a.csv", line("1"), line("2"))
    shop.drop("b.csv", line("1"), line("3"))
    shop.refresh()
    assert shop.rows("select file_id, invoice_id from clean.transactions order by all") == [
        (1, "1"),
        (1, "2"),
        (2, "3"),
    ]
    shop.drop("a.csv", line("2"))
    shop.refresh()
    assert shop.rows("select file_id, invoice_id from clean.transactions order by all") == [
        (2, "1"),
        (2, "3"),
        (3, "2"),
    ]
    assert shop.rows("select * from clean.rejected") == []


def test_an_accepted_line_is_trimmed_and_has_its_exact_amount(shop):
    shop.drop("a.csv", line(" 1", " c1 ", FIRST, 3, "1.2345", " A ", "  a thing ", " France "))
    shop.drop("b.csv", line("2", description="", code="", country=""), line("3", description="   "))
    shop.refresh()
    assert shop.rows(
        "select customer_id, stock_code, description, country, amount, invoiced_on from clean.transactions"
        " order by file_id, line_no"
    ) == [
        ("c1", "A", "a thing", "France", Decimal("3.7035"), day(1)),
        ("c1", None, "Unknown", None, Decimal("1.0000"), day(1)),
        ("c1", "A", "Unknown", "France", Decimal("1.0000"), day(1)),
    ]


def test_a_rejected_line_stays_as_it_came(shop):
    shop.drop("a.csv", line(" 1 ", customer="", description="  a thing "))
    shop.refresh()
    assert shop.rows("select invoice_id, customer_id, description, reason from clean.rejected") == [
        (" 1 ", None, "  a thing ", "missing_customer")
    ]
