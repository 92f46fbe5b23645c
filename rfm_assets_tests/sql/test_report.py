"""What the report is told of countries, returns, files and versions: small tables, counted by hand."""

from datetime import date, datetime, time
from decimal import Decimal

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
