"""The shop in a sample: when it sells what to whom, what comes back, and what is wrong with some lines."""

from collections import Counter, defaultdict
from decimal import Decimal

from rfm_assets.sample import FIRST_DAY, LAST_DAY
from rfm_assets_tests.sample.lines import is_product, is_return, share


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


def test_most_customers_are_british_and_a_few_move_to_another_country(lines):
    countries = defaultdict(set)
    for line in lines:
        countries[line.customer].add(line.country)
    countries.pop("")
    assert 0.85 < share(lines, lambda line: line.country == "United Kingdom") < 0.95
    assert len(set().union(*countries.values())) > 8
    assert 1 <= sum(len(of_one) > 1 for of_one in countries.values()) <= 15


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
