"""Codes that are no products: left out when asked, with exactly the days that they touch."""

import pytest

from rfm_assets.engines.base import select
from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets.ingestion.non_products import NonProductError, exclude_codes, load_non_products
from rfm_assets_tests.ingestion.places import ONLINE_RETAIL
from rfm_assets_tests.rows import csv_text, line


def test_codes_that_are_no_products_are_left_out_when_asked_and_touch_only_their_days(place):
    place.drop(
        "a.csv",
        ONLINE_RETAIL
        + "1,POST,postage,1,12/1/2010 8:26,18.00,c1,France\n1,A,thing,1,12/1/2010 8:26,1.00,c1,France\n"
        + "2,A,thing,1,12/2/2010 8:26,1.00,c1,France\n3,m,manual,1,12/3/2010 8:26,4.00,c1,France\n",
    )
    rejected = "select stock_code, reason from clean.rejected order by all"
    place.load()
    rebuild_touched_days(place.engine)
    assert place.rows(rejected) == []
    before = dict(place.rows("select invoiced_on, version from raw.days"))
    place.load(excluded_codes=load_non_products())
    after = dict(place.rows("select invoiced_on, version from raw.days"))
    assert [day.day for day in sorted(before) if after[day] != before[day]] == [1, 3]
    rebuild_touched_days(place.engine)
    assert place.rows(rejected) == [("POST", "excluded_code"), ("m", "excluded_code")]
    place.load(excluded_codes=load_non_products())
    assert dict(place.rows("select invoiced_on, version from raw.days")) == after
    place.load()
    rebuild_touched_days(place.engine)
    assert place.rows(rejected) == []


def test_a_code_is_left_out_with_blanks_around_it_too_and_what_else_is_wrong_with_its_line_comes_first(place):
    lines = "1, POST ,postage,1,12/1/2010 8:26,18.00,c1,France\n", "2,POST,postage,-1,12/1/2010 8:26,18.00,c1,France\n"
    place.drop("a.csv", ONLINE_RETAIL + "".join(lines))
    place.load(excluded_codes=load_non_products())
    rebuild_touched_days(place.engine)
    rejected = "select stock_code, reason from clean.rejected order by line_no"
    assert place.rows(rejected) == [(" POST ", "excluded_code"), ("POST", "adjustment")]


def test_what_is_left_out_of_the_sales_to_customers_is_left_out_of_those_to_guests_too(place):
    lines = [("1", "POST", 4, ""), ("2", "A", 2, ""), ("3", "POST", 4, "c1"), ("3", "A", 6, "c1")]
    place.drop("a.csv", csv_text(line(n, who, code=code, price=str(price)) for n, code, price, who in lines))
    for codes, orders, sales in (load_non_products(), 1, 2.0), ({}, 2, 6.0):
        place.load(excluded_codes=codes)
        rebuild_touched_days(place.engine)
        assert place.rows(select("checks.guest_share")) == [(2, orders, sales, sales / (sales + (6 if codes else 10)))]
        assert place.rows("select line_count, amount from clean.guests") == [(2, 6)]
        assert place.rows(select("checks.guests_off")) == []


def test_codes_are_not_stored_where_the_days_of_their_lines_cannot_be(shop, monkeypatch):
    shop.drop("a.csv", line("1", code="POST"))
    shop.refresh()

    def full(*_, **__):
        raise OSError("disk full")

    with monkeypatch.context() as patched, pytest.raises(OSError, match="disk full"):
        patched.setattr(type(shop.engine), "store_matching", full)
        exclude_codes(shop.engine, {"POST": "postage"})
    assert shop.rows("select code from raw.excluded_codes") == []
    assert exclude_codes(shop.engine, {"POST": "postage"}) == 1


def test_a_wrong_list_of_codes_is_named(tmp_path):
    file = tmp_path / "codes.toml"
    file.write_text("codes = 3", encoding="utf-8")
    with pytest.raises(NonProductError, match=r"codes\.toml"):
        load_non_products(file)
