"""Ways of writing money: the sign of its currency, and its smallest coins."""

import json
from decimal import Decimal

import polars as pl
import pytest

from rfm_assets.ingestion.landing import load_landing
from rfm_assets.ingestion.mappings import SourceError
from rfm_assets_tests.ingestion.places import own_source
from rfm_assets_tests.rows import write_csv


@pytest.mark.parametrize(
    ("sign", "written", "amount"),
    [
        ("$", "$1,204.50", "1204.50"),
        ("$", "-$4", "-4"),
        ("$", "$-4.00", "-4"),
        ("€", "12.50\u00a0€", "12.50"),
        ("kr", "+kr 7", "7"),
        ("$", "8", "8"),
        ("$", "$1$", None),
        ("$", "1$2", None),
        ("$", "$", None),
        ("$", "€5", None),
        (".*", "5", None),
    ],
)
def test_money_is_read_with_the_sign_that_the_mapping_names_and_with_no_other(shop, settings, sign, written, amount):
    more = f'currency_sign = {json.dumps(sign)}\nthousands = ","'
    if sign == ".*":
        with pytest.raises(SourceError, match="currency_sign"):
            own_source(settings, more)
        return
    write_csv(shop.landing / "a.csv", [("k1", "2011-01-05", written)], ("K", "D", "A"))
    (outcome,) = load_landing(shop.engine, shop.landing, 1, intake=own_source(settings, more))
    assert shop.rows("select quantity * unit_price from raw.transactions") == ([(Decimal(amount),)] if amount else [])
    assert outcome.unreadable_count == (amount is None)


@pytest.mark.parametrize(
    ("unit", "written", "amount"),
    [
        (2, "1299", "12.99"),
        (2, "-1,299", "-12.99"),
        (2, "$5", "0.05"),
        (2, "12.5", "0.1250"),
        (2, "12.505", None),
        (4, "1", "0.0001"),
        (4, "0.5", None),
        (0, "1299", "1299"),
    ],
)
def test_money_in_the_currencys_minor_unit_is_exact(shop, settings, unit, written, amount):
    more = f'currency_sign = "$"\nthousands = ","\nminor_unit = {unit}'
    write_csv(shop.landing / "a.csv", [("k1", "2011-01-05", written)], ("K", "D", "A"))
    (outcome,) = load_landing(shop.engine, shop.landing, 1, intake=own_source(settings, more))
    assert shop.rows("select quantity * unit_price from raw.transactions") == ([(Decimal(amount),)] if amount else [])
    assert outcome.unreadable_count == (amount is None)


@pytest.mark.parametrize("column", [[1299, 250], [1299.0, 250.0], [Decimal("1299"), Decimal("250")]])
def test_numbers_that_a_file_stores_are_in_the_minor_unit_too(shop, settings, column):
    intake = own_source(settings, "minor_unit = 2", quantity="Q", invoice_id="I", refund="R")
    pl.DataFrame(
        {"K": ["k1"] * 2, "I": ["i1", "i2"], "D": ["2011-01-05"] * 2, "A": column, "Q": [1, 2], "R": [0, 25]}
    ).write_parquet(shop.landing / "a.parquet")
    load_landing(shop.engine, shop.landing, 0, intake=intake)
    found = shop.rows("select invoice_id, quantity, unit_price from raw.transactions order by line_no")
    assert found == [("i1", 1, Decimal("12.99")), ("i2", 2, Decimal("1.25")), ("i2-refund", -1, Decimal("0.25"))]
