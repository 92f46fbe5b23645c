import csv
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from rfm_assets.sample import FIRST_DAY, LAST_DAY, files, sample_chunks, write_sample
from rfm_assets.sample.__main__ import main

HEADER = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
SHA256_AT_A_TENTH = "9ff37efeb363bea43ae3afe2b8d2baa903fea04ea8e5e42f9d221eea44fd81c5"


class Line(NamedTuple):
    invoice: str
    code: str
    description: str
    quantity: int
    at: datetime
    price: Decimal
    customer: str
    country: str


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def readable(row):
    try:
        invoice, code, description, quantity, at, price, customer, country = row
        moment = datetime.strptime(at, "%m/%d/%Y %H:%M")  # noqa: DTZ007
        return Line(invoice, code, description, int(quantity), moment, Decimal(price), customer, country)
    except ValueError:
        return None


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    path = tmp_path_factory.mktemp("sample") / "shop.csv"
    return path, write_sample(path)


@pytest.fixture(scope="module")
def rows(shop):
    return rows_of(shop[0])


@pytest.fixture(scope="module")
def lines(rows):
    return [line for line in map(readable, rows[1:]) if line]


def share(lines, condition):
    return sum(map(condition, lines)) / len(lines)


def is_return(line):
    return line.invoice.startswith("C")


def is_product(line):
    return line.code[:5].isdigit()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_sample(tmp_path / name, scale=0.1, seed=seed)
    first, same, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert first == same
    assert first != other


def test_every_platform_and_numpy_writes_the_bytes_that_were_written_here(tmp_path):
    # A deliberate change of the shop changes this digest; a change of library or machine must not.
    write_sample(tmp_path / "shop.csv", scale=0.1)
    assert hashlib.sha256((tmp_path / "shop.csv").read_bytes()).hexdigest() == SHA256_AT_A_TENTH


def test_the_lines_do_not_depend_on_how_they_are_cut_into_chunks():
    chunks = list(sample_chunks(scale=0.1, lines_per_chunk=700))
    assert len(chunks) > 5
    assert pl.concat(chunks).equals(pl.concat(sample_chunks(scale=0.1)))
    assert set(chunks[0].schema.dtypes()) == {pl.String}


def test_the_file_is_the_chunks_and_the_unreadable_lines(shop, rows):
    good = [[field or "" for field in row] for chunk in sample_chunks() for row in chunk.iter_rows()]
    readable_rows = [row for row in rows[1:] if readable(row)]
    assert readable_rows == good
    assert len(rows) - 1 == len(good) + shop[1].unreadable


def test_the_header_has_eight_columns_and_the_file_is_utf8_with_line_feeds(shop, rows):
    assert rows[0] == HEADER
    text = shop[0].read_bytes()
    assert b"\r" not in text
    assert text.endswith(b"\n")
    assert text.decode("utf-8").count("\n") == len(rows)


def test_scale_one_has_the_stated_lines_and_customers_and_the_summary_says_so(shop, rows, lines):
    summary = shop[1]
    customers = {line.customer for line in lines} - {""}
    assert (summary.lines, summary.customers) == (len(rows) - 1, len(customers))
    assert summary.unreadable == len(rows) - 1 - len(lines)
    assert 55_000 < summary.lines < 65_000
    assert summary.customers == 1_500
    assert (min(customers), max(customers)) == ("20001", "21500")


def test_a_tenth_of_the_scale_has_about_a_tenth_of_the_shop(shop, tmp_path):
    tenth = write_sample(tmp_path / "shop.csv", scale=0.1)
    assert tenth.customers == 150
    assert 0.06 < tenth.lines / shop[1].lines < 0.14


@pytest.mark.parametrize("scale", [0, -1.5, float("nan"), float("inf")])
def test_a_scale_that_is_not_a_positive_number_is_refused_by_its_value(tmp_path, scale):
    with pytest.raises(ValueError, match=f"scale is {scale};"):
        write_sample(tmp_path / "shop.csv", scale=scale)
    assert list(tmp_path.iterdir()) == []


def test_a_period_without_an_open_day_is_refused_by_its_days():
    saturday = date(2024, 6, 1)
    with pytest.raises(ValueError, match="2024-06-01 to 2024-06-01"):
        sample_chunks(first_day=saturday, last_day=saturday)
    with pytest.raises(ValueError, match="2024-06-02 to 2024-06-01"):
        sample_chunks(first_day=date(2024, 6, 2), last_day=saturday)


def test_a_period_of_one_day_has_sales_on_that_day_only():
    wednesday = date(2024, 6, 5)
    (chunk,) = sample_chunks(scale=0.1, first_day=wednesday, last_day=wednesday)
    assert chunk["InvoiceDate"].str.starts_with("6/5/2024 ").all()


def test_an_interrupted_write_leaves_the_file_of_before(tmp_path, monkeypatch):
    def break_off(plan):
        yield next(sample_chunks(scale=0.01))
        raise OSError("disk full")

    path = tmp_path / "shop.csv"
    path.write_text("before")
    monkeypatch.setattr(files, "expand", break_off)
    with pytest.raises(OSError, match="disk full"):
        write_sample(path, scale=0.01)
    assert path.read_text() == "before"
    assert (tmp_path / "shop.csv.part").stat().st_size > 1_000


def test_lines_are_ordered_by_day_and_invoices_numbered_in_that_order(lines):
    days = [line.at.date() for line in lines]
    assert days == sorted(days)
    assert days[0] >= FIRST_DAY
    assert days[-1] == LAST_DAY
    numbers = list(dict.fromkeys(int(line.invoice.lstrip("CA")) for line in lines))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_the_shop_is_closed_on_saturdays_and_at_night_and_quieter_on_sundays(lines):
    weekdays = Counter(line.at.weekday() for line in lines)
    assert 5 not in weekdays
    assert 0.4 < weekdays[6] / (weekdays[0] + weekdays[1]) * 2 < 0.8
    assert {line.at.hour for line in lines} == set(range(8, 18))


def test_november_and_december_are_the_peak_of_the_year(lines):
    months = Counter((line.at.year, line.at.month) for line in lines)
    assert {month for month, _ in months.most_common(2)} == {(2024, 11), (2024, 12)}
    assert months[2024, 11] > 1.5 * months[2024, 6]


def test_an_invoice_has_one_customer_and_one_timestamp_or_a_few_two_a_minute_apart(lines):
    moments, customers, sizes = defaultdict(set), defaultdict(set), Counter()
    for line in lines:
        moments[line.invoice].add(line.at)
        customers[line.invoice].add(line.customer)
        sizes[line.invoice] += 1
    assert {len(ids) for ids in customers.values()} == {1}
    spans = Counter((max(times) - min(times)).seconds for times in moments.values())
    assert set(spans) == {0, 60}
    assert 0.004 < spans[60] / len(moments) < 0.02
    assert share(sizes.values(), lambda size: size > 1) > 0.7


def test_returns_are_about_two_lines_in_a_hundred_and_negative_and_nothing_else_is(lines):
    assert 0.015 < share(lines, is_return) < 0.025
    assert all(is_return(line) == (line.quantity < 0) for line in lines)
    assert all(line.customer for line in lines if is_return(line))


def test_every_return_takes_back_no_more_than_was_sold_before_to_that_customer_at_that_price(lines):
    bought = Counter()
    customers_who_bought = {line.customer for line in lines if not is_return(line)}
    seen = set()
    for line in lines:
        if line in seen or line.code == "D" or line.customer not in customers_who_bought:
            continue
        seen.add(line)
        bought[line.customer, line.code, line.price] += line.quantity
        assert bought[line.customer, line.code, line.price] >= 0, line


def test_a_few_customers_only_return_and_a_few_have_everything_returned(lines):
    sold, balance = Counter(), defaultdict(Counter)
    for line in dict.fromkeys(lines):
        if line.customer:
            sold[line.customer] += not is_return(line)
            balance[line.customer][line.code, line.price] += line.quantity
    assert 3 <= sum(count == 0 for count in sold.values()) <= 15
    emptied = [c for c, items in balance.items() if sold[c] and not any(items.values())]
    assert 8 <= len(emptied) <= 40


def test_some_returns_take_a_whole_order_back(lines):
    orders = defaultdict(set)
    for line in lines:
        orders[line.customer, line.invoice].add((line.code, abs(line.quantity), line.price))
    sales = {(c, frozenset(items)) for (c, invoice), items in orders.items() if invoice[0] != "C" and len(items) > 3}
    whole = [c for (c, invoice), items in orders.items() if invoice[0] == "C" and (c, frozenset(items)) in sales]
    assert len(whole) > 10


def test_a_fifth_of_the_lines_are_guests(lines):
    assert 0.17 < share(lines, lambda line: not line.customer) < 0.24


def test_one_line_in_a_hundred_is_an_exact_duplicate(lines):
    assert 0.007 < 1 - len(set(lines)) / len(lines) < 0.013


def test_a_few_lines_have_a_zero_price_and_some_guests_lines_no_description(lines):
    assert 0.001 < share(lines, lambda line: line.price == 0) < 0.006
    assert 0.001 < share(lines, lambda line: not line.description) < 0.006
    assert all(line.price == 0 and not line.customer for line in lines if not line.description)
    assert any(line.price == 0 and line.customer for line in lines)


def test_descriptions_have_commas_quotes_and_trailing_spaces(shop, lines):
    assert 0.03 < share(lines, lambda line: "," in line.description) < 0.15
    assert 0.1 < share(lines, lambda line: line.description.endswith(" ")) < 0.3
    assert any('"' in line.description for line in lines)
    assert ',"BLUE' in shop[0].read_text(encoding="utf-8")


def test_some_codes_are_no_products(lines):
    codes = Counter(line.code for line in lines if not is_product(line))
    assert set(codes) == {"POST", "M", "DOT", "BANK CHARGES", "C2", "D", "B"}
    assert 0.003 < codes.total() / len(lines) < 0.02
    assert all(line.country != "United Kingdom" for line in lines if line.code == "POST")
    assert all(is_return(line) for line in lines if line.code == "D")


def test_bad_debts_are_adjusted_at_negative_prices_without_a_customer(lines):
    adjustments = [line for line in lines if line.invoice.startswith("A")]
    assert sorted(line.price for line in adjustments) == [Decimal("-11062.06")] * 2 + [Decimal("11062.06")]
    assert {(line.code, line.description, line.customer) for line in adjustments} == {("B", "Adjust bad debt", "")}
    assert [line for line in lines if line.price < 0] == [line for line in adjustments if line.price < 0]


def test_prices_have_two_decimals_and_seldom_three_and_the_products_are_some_hundred(rows, lines):
    decimals = Counter(len(row[5].partition(".")[2]) for row in rows[1:] if readable(row))
    assert set(decimals) == {2, 3}
    assert 0 < decimals[3] / len(lines) < 0.01
    assert all(re.fullmatch(r"-?\d+\.\d{2,3}", row[5]) for row in rows[1:] if readable(row))
    assert 500 < len({line.code for line in lines if is_product(line)}) < 700


def test_dates_are_month_first_without_leading_zeros_but_in_the_minutes(rows):
    form = re.compile(r"[1-9]\d?/[1-9]\d?/202[45] [1-9]\d?:\d\d")
    assert all(form.fullmatch(row[4]) for row in rows[1:] if readable(row))


def test_most_customers_are_british_and_a_few_move_to_another_country(lines):
    countries = defaultdict(set)
    for line in lines:
        countries[line.customer].add(line.country)
    countries.pop("")
    assert 0.85 < share(lines, lambda line: line.country == "United Kingdom") < 0.95
    assert len(set().union(*countries.values())) > 8
    assert 1 <= sum(len(of_one) > 1 for of_one in countries.values()) <= 15


def test_fewer_than_one_line_in_a_thousand_is_unreadable_in_four_ways(rows, lines):
    bad = [row for row in rows[1:] if not readable(row)]
    assert 10 < len(bad) < (len(rows) - 1) / 1000
    ways = Counter((len(row), row[3] == "1O", row[4] == "13/32/2024 9:05") for row in bad)
    assert set(ways) == {(8, True, False), (8, False, True), (6, False, False), (9, False, False)}
    assert min(ways.values()) >= 4


def test_customers_follow_a_power_law_and_distinct_life_cycles(lines):
    spent, invoices, last = Counter(), defaultdict(set), {}
    for line in lines:
        if line.customer and not is_return(line):
            spent[line.customer] += line.quantity * line.price
            invoices[line.customer].add(line.invoice)
            last[line.customer] = (LAST_DAY - line.at.date()).days
    ranked = sorted(spent.values(), reverse=True)
    assert sum(ranked[:15]) > Decimal("0.25") * sum(ranked)
    kinds = {
        "steady": share(last, lambda c: last[c] < 60 and len(invoices[c]) >= 10),
        "lapsed good": share(last, lambda c: last[c] > 150 and len(invoices[c]) >= 4),
        "once, long ago": share(last, lambda c: last[c] > 100 and len(invoices[c]) == 1),
        "newcomers": share(last, lambda c: last[c] < 60 and len(invoices[c]) <= 2),
    }
    assert all(of_all > 0.06 for of_all in kinds.values()), kinds


def test_the_command_writes_the_file_and_says_in_one_line_what_it_wrote(tmp_path):
    path = tmp_path / "shop.csv"
    command = [sys.executable, "-m", "rfm_assets.sample", str(path), "--scale", "0.1", "--seed", "3"]
    root = str(Path(__file__).parents[1])
    printed = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": root}, capture_output=True, text=True, check=True
    ).stdout
    assert printed.count("\n") == 1
    assert f"{len(rows_of(path)) - 1:,} lines" in printed
    assert "150 customers" in printed


def test_a_place_where_no_file_can_be_written_is_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "data").touch()
    monkeypatch.setattr("sys.argv", ["sample", str(tmp_path / "data" / "landing" / "shop.csv"), "--scale", "0.1"])
    assert main() == 1
    assert re.fullmatch(r"error: .*Not a directory: '.*/data/landing'\n", capsys.readouterr().err)
