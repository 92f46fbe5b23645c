"""What the report is told of countries, returns, files and versions: small tables, counted by hand."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from rfm_assets.engines.base import select
from rfm_assets_tests.rows import write_rows

BEFORE, DAY, AFTER = date(2011, 12, 8), date(2011, 12, 9), date(2011, 12, 10)


def test_countries_come_by_what_they_bought_for_and_the_others_together_last(warehouse):
    rows = "values ('A', 5, 4), ('C', 9, 0), ('B', 9, 1), ('D', 1, 9)"
    warehouse.stage("report_sales", f"select country, sales, returned from ({rows}) as t (country, sales, returned)")
    assert warehouse.read(select("report.countries"), shown=2).rows() == [
        ("B", 1, Decimal(9), Decimal(1)),
        ("C", 1, Decimal(9), Decimal(0)),
        (None, 2, Decimal(6), Decimal(13)),
    ]


def test_products_come_by_what_was_returned_of_them_under_the_name_of_the_last_return(warehouse):
    def line(number, kind, on, code, name):
        return (1, number, "1", kind, "c1", datetime.combine(on, time(number)), on, code, name)

    write_rows(
        warehouse,
        "clean.transactions",
        line(1, "return", BEFORE, "A", "old name"),
        line(2, "return", DAY, "A", "a name"),
        line(3, "sale", DAY, "A", "of a sale"),
        line(4, "return", AFTER, "A", "of tomorrow"),
        line(5, "return", DAY, None, "no code"),
        line(6, "return", DAY, "B", None),
        line(7, "return", DAY, "0", "a name"),
        line(8, "return", DAY, None, "no code either"),
    )
    returns = (
        (1, BEFORE, "A", -3, "1"),
        (2, DAY, "A", -2, None),
        (5, DAY, None, -9, None),
        (6, DAY, "B", -5, "1"),
        (7, DAY, "0", -1, "1"),
        (8, DAY, None, -4, None),
        (4, AFTER, "A", -99, None),
    )
    write_rows(
        warehouse,
        "clean.returns",
        *((1, number, "C1", "c1", code, on, 1, amount, sale) for number, on, code, amount, sale in returns),
    )
    assert warehouse.read(select("report.returned_products"), snapshot_on=DAY, shown=4).rows() == [
        (None, "no code", Decimal(9), 1, Decimal(0)),
        ("A", "a name", Decimal(5), 2, Decimal(3)),
        ("B", None, Decimal(5), 1, Decimal(5)),
        (None, "no code either", Decimal(4), 1, Decimal(0)),
    ]
    assert warehouse.read(select("report.returns"), snapshot_on=DAY).rows() == [(6, Decimal(24), Decimal(9))]


def test_the_files_that_count_are_named_those_loaded_last_first(warehouse):
    status = ("loaded", "replaced", "loaded", "failed", "loaded")
    write_rows(warehouse, "raw.files", *((i, f"{i}.csv", "", one, 10, i) for i, one in enumerate(status)))
    assert warehouse.read(select("report.sources"), shown=2)["name"].to_list() == ["4.csv", "2.csv"]
    assert warehouse.read(select("report.files")).rows() == [(3, 30, 6)]


def test_the_newest_version_is_told_where_it_is_newer_than_the_one_that_scored(warehouse):
    days = (date(2011, 11, 1), BEFORE, DAY, AFTER)
    write_rows(warehouse, "model.versions", *((on, 3, 42, 9, 1.0, 0.5, "", False, f"of {on}") for on in days))
    statement = select("report.newest_version")
    assert warehouse.read(statement, model_version=days[0], snapshot_on=DAY).rows() == [(DAY, f"of {DAY}")]
    assert warehouse.read(statement, model_version=DAY, snapshot_on=DAY).rows() == []


def test_the_ledger_and_the_guests_are_those_up_to_the_snapshot(warehouse, connection):
    for place, day in enumerate((BEFORE, DAY, AFTER)):
        values = {"day": day, "n": 10**place}
        connection.execute("insert into clean.ledger by name select $day as invoiced_on, $n as read_lines", values)
        connection.execute("insert into clean.guests by name select $day as invoiced_on, $n as sales", values)
    ledger = warehouse.read(select("report.ledger"), snapshot_on=DAY).row(0, named=True)
    assert (ledger["first_on"], ledger["last_on"], ledger["read_lines"]) == (BEFORE, DAY, 11)
    assert warehouse.read(select("report.guests"), snapshot_on=DAY)["sales"].item() == 11


def test_what_came_back_after_the_snapshot_from_no_customer_is_not_told_yet(warehouse):
    def line(number, on):
        return (1, number, f"C{number}", "return", "a stranger", datetime.combine(on, time(9)), on, "A", "a", -1, 1, -1)

    write_rows(warehouse, "clean.transactions", line(1, DAY), line(2, AFTER))
    assert warehouse.read(select("report.beyond"), snapshot_on=DAY)["returned"].item() == 1


@pytest.mark.parametrize(
    ("name", "kept", "told"),
    [
        ("predictions", "customers_tested", "customers_tested"),
        ("segments", "customers", "customers"),
        ("stability", "agreement", "mean_agreement"),
    ],
)
def test_the_last_validation_up_to_the_snapshot_is_told_and_none_of_a_later_day(
    warehouse, connection, name, kept, told
):
    for day, number in ((BEFORE, 3), (DAY, 4), (AFTER, 5)):
        connection.execute(
            f"insert into validation.{name} by name select $day as snapshot_on, $number as {kept}",
            {"day": day, "number": number},
        )
    assert warehouse.read(select(f"report.validated_{name}"), snapshot_on=DAY)[told].to_list() == [4]


def test_the_scores_of_recency_and_of_frequency_are_not_exchanged(warehouse, connection):
    connection.execute(
        "insert into segments.customers by name select $day as snapshot_on, 'c' || i as customer_id, 5 as r_score, "
        "1 as f_score from range(3) as numbers(i)",
        {"day": DAY},
    )
    assert warehouse.read(select("report.scores"), snapshot_on=DAY).rows() == [(5, 1, 3)]


def test_each_standardised_mean_is_of_its_own_feature_and_segment(warehouse, connection):
    for who, segment, numbers in (("c1", "A", (1, 2, 3)), ("c2", "A", (3, 6, 9)), ("c3", "B", (-1, -2, -4))):
        values = {"day": DAY, "who": who}
        connection.execute(
            "insert into segments.customers by name select $day as snapshot_on, $who as customer_id, $a as segment",
            values | {"a": segment},
        )
        connection.execute(
            "insert into features.customers by name select $day as snapshot_on, $who as customer_id, $r as recency_z, "
            "$f as frequency_z, $m as monetary_z",
            values | dict(zip("rfm", numbers, strict=True)),
        )
    assert warehouse.read(select("report.standardised"), snapshot_on=DAY).rows() == [
        ("A", 2.0, 4.0, 6.0),
        ("B", -1.0, -2.0, -4.0),
    ]


def test_the_typical_customer_is_the_median_and_not_the_mean(warehouse, connection):
    for number in (1, 2, 90):
        connection.execute(
            "insert into rfm.customers by name select $day as snapshot_on, $n as customer_id, $n as recency_days, "
            "$n as frequency, $n as monetary",
            {"day": DAY, "n": number},
        )
    totals = warehouse.read(select("report.totals"), snapshot_on=DAY, monetary="net").row(0, named=True)
    medians = [totals[f"median_{name}"] for name in ("recency_days", "frequency", "monetary")]
    assert (totals["orders"], medians) == (93, [2, 2, 2])


def test_before_the_last_snapshots_the_last_one_of_each_month_is_told(warehouse, connection):
    days = [date(2011, 11, 5), date(2011, 11, 20), date(2011, 12, 7), BEFORE, DAY, AFTER]
    for day in days:
        connection.execute(
            "insert into segments.profiles by name select $day as snapshot_on, 'A' as segment, 1 as customers",
            {"day": day},
        )
    warehouse.stage("withheld", "select cast(null as date) as snapshot_on where false")
    found = warehouse.read(select("report.history"), snapshot_on=DAY, days=2)
    assert found["snapshot_on"].to_list() == [days[1], BEFORE, DAY]


def test_sales_after_the_snapshot_are_in_no_picture_and_weekdays_begin_with_monday(warehouse):
    def line(number, on, kind, amount):
        return (1, number, "1", kind, "c1", datetime.combine(on, time(9)), on, "A", "a", 1, 1, amount)

    sunday = date(2011, 12, 4)
    write_rows(
        warehouse,
        "clean.transactions",
        line(1, sunday, "sale", 8),
        line(2, DAY, "sale", 5),
        line(3, DAY, "return", -2),
        line(4, AFTER, "sale", 99),
    )
    december = date(2011, 12, 1)
    assert sorted(warehouse.read(select("report.sales"), snapshot_on=DAY).rows()) == [
        ("Unknown", december, 5, 9, Decimal(5), Decimal(2)),
        ("Unknown", december, 7, 9, Decimal(8), Decimal(0)),
    ]


def test_the_last_one_in_a_hundred_counts_in_the_outermost_bin(warehouse, connection):
    values = {"day": DAY}
    connection.execute(
        "insert into rfm.customers by name select $day as snapshot_on, i as customer_id, i as recency_days, "
        "1 as frequency, if(i = 499, 1000000, i) as monetary from range(500) as numbers(i)",
        values,
    )
    connection.execute(
        "insert into features.customers by name select $day as snapshot_on, i as customer_id, 0 as recency_z, "
        "0 as frequency_z, 0 as monetary_z from range(500) as numbers(i)",
        values,
    )
    bins = warehouse.read(select("report.distributions"), snapshot_on=DAY)
    money = bins.filter((bins["feature"] == "monetary") & (bins["stage"] == "before"))
    assert (len(money), money["customers"].sum()) == (24, 500)
    assert money["below"].max() < 500


def test_segments_come_by_size_and_of_equals_the_first_by_name(warehouse, connection):
    for segment, customers in (("B", 2), ("C", 3), ("A", 2)):
        connection.execute(
            "insert into segments.profiles by name select $day as snapshot_on, $a as segment, $n as customers",
            {"day": DAY, "a": segment, "n": customers},
        )
    found = warehouse.read(select("report.profiles"), snapshot_on=DAY, previous_snapshot_on=BEFORE)
    assert found["segment"].to_list() == ["C", "A", "B"]
