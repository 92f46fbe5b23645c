"""What passed its checks is not looked at again until it changes; what changes is."""

import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.contracts.violations import UNCHECKED, faults
from rfm_assets.engines.base import select
from rfm_assets.ingestion import cleaning
from rfm_assets.ingestion.checked import DAYS, FILES, remember, stage_unchecked
from rfm_assets_tests.ingestion.days import FIRST, SECOND, THIRD
from rfm_assets_tests.rows import line


@pytest.fixture
def passed(shop):
    """A shop of two files and days, all of which passed their checks."""
    shop.drop("a.csv", line("1", at=FIRST), line("5", at="12/9/2010 8:26"))
    shop.drop("b.csv", line("2", at=SECOND), line("2", at=SECOND))
    shop.refresh()
    for remembered in (FILES, DAYS):
        assert not stage_unchecked(shop.engine, remembered)  # none has passed
        remember(shop.engine, remembered)
    return shop


def unchecked(shop):
    """Return the names of the files and the numbers of the days in December that have to be looked at."""
    assert stage_unchecked(shop.engine, FILES) and stage_unchecked(shop.engine, DAYS)
    files = shop.rows("select name from raw.files inner join unchecked_files using (file_id) order by name")
    days = shop.rows("select day(invoiced_on) from unchecked_days order by all")
    return [name for (name,) in files], [number for (number,) in days]


def test_what_passed_is_not_looked_at_again(passed):
    passed.refresh()
    assert unchecked(passed) == ([], [])


def test_a_new_file_and_its_days_are_looked_at_and_no_version_that_was_replaced_before(passed):
    for number in (6, 7):
        passed.drop("c.csv", line("3", at=SECOND), line(str(number), at=THIRD))
        passed.refresh()
    assert unchecked(passed) == (["c.csv"], [2, 3])


def test_a_replaced_file_and_the_days_that_it_had_are_looked_at(passed):
    passed.drop("b.csv", line("2", at=THIRD))
    passed.refresh()
    assert unchecked(passed) == (["b.csv"], [2, 3])


def test_the_first_day_of_an_order_over_midnight_is_looked_at(passed):
    passed.drop("c.csv", line("1", at=SECOND))
    passed.refresh()
    assert unchecked(passed) == (["c.csv"], [1, 2])


def test_a_day_built_by_other_rules_is_looked_at(passed, monkeypatch):
    monkeypatch.setattr(cleaning, "rules_in_force", lambda: "other rules")
    passed.refresh()
    assert not stage_unchecked(passed.engine, DAYS)


@pytest.fixture
def with_third(passed):
    passed.drop("c.csv", line("3", at=THIRD), line("3", at=THIRD), line("1", at=FIRST))
    passed.refresh()
    assert unchecked(passed) == (["c.csv"], [1, 3])
    assert passed.rows(select("checks.unreconciled_days")) == []
    assert passed.rows(select("checks.unread_new_lines")) == []
    return passed


@pytest.mark.parametrize(
    ("statement", "offending"),
    [
        ("delete from clean.transactions where file_id = 3", [("c.csv", 3)]),
        ("update clean.transactions set amount = 7 where file_id = 3", [("c.csv", 3)]),
        ("update clean.rejected set quantity = 7", [("c.csv", 3)]),
        ("delete from clean.copies", [("all files, by the ledger", 1), ("c.csv", 1)]),
        ("update clean.copies set amount = 7", [("all files, by the ledger", 1), ("c.csv", 1)]),
        ("update clean.ledger set read_amount = 7 where day(invoiced_on) = 3", [("all files, by the ledger", 3)]),
        ("update raw.files set status = 'replaced' where file_id = 3", [("no loaded file", 1), ("no loaded file", 3)]),
        ("delete from clean.ledger where day(invoiced_on) = 2", []),
    ],
)
def test_what_goes_missing_on_a_day_not_checked_yet_shows(with_third, connection, statement, offending):
    connection.execute(statement)
    found = [(name, day and day.day) for name, day, *_ in with_third.rows(select("checks.unreconciled_days"))]
    whole = ("all files, by the whole ledger", None)
    assert [row for row in found if row != whole] == offending
    changes_the_whole = ("delete from clean.copies", "delete from clean.ledger", "update raw")
    assert (whole in found) == statement.startswith(changes_the_whole)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from raw.transactions where file_id = 3 and line_no = 2",
        "delete from raw.transactions where file_id = 3",
        "update raw.files set unreadable_count = 1",
    ],
)
def test_a_line_of_a_new_file_that_is_not_stored_shows(with_third, connection, statement):
    connection.execute(statement)
    assert [name for name, *_ in with_third.rows(select("checks.unread_new_lines"))] == ["c.csv"]


def counts(shop, name):
    found = shop.engine.row(faults(TABLES[name], UNCHECKED[name]))
    return found["row_count"], found["duplicates"]


def test_a_contract_is_asked_of_the_new_rows_and_of_their_keys_everywhere(with_third, connection):
    looked_at = {name: counts(with_third, name) for name in UNCHECKED}
    assert looked_at == {
        "raw.transactions": (3, 0),
        "raw.unreadable": (0, 0),
        "clean.transactions": (2, 0),
        "clean.rejected": (1, 0),
        "clean.copies": (1, 0),
        "clean.orders": (2, 0),
    }
    for name in ("clean.transactions", "clean.rejected", "clean.copies"):
        connection.execute(
            f"insert into {name} select * replace (date '2010-12-02' as invoiced_on) from {name} where file_id = 3"
        )
    connection.execute("insert into clean.orders select * replace (date '2010-12-02' as ordered_on) from clean.orders")
    assert counts(with_third, "clean.transactions") == (2, 1)
    assert counts(with_third, "clean.rejected") == (1, 1)
    assert counts(with_third, "clean.copies") == (1, 1)
    assert counts(with_third, "clean.orders") == (2, 2)


def lines_of(*days):
    return [line(f"{day}{number}", at=f"12/{day}/2010 8:26") for day in days for number in range(5)]


@pytest.mark.parametrize(
    ("version", "found"),
    [
        (lines_of(1, 2, 4), [("long.csv", 20, 15, 1, 1, 4, 4)]),
        (lines_of(1, 2, 3), [("long.csv", 20, 15, 1, 1, 4, 3)]),
        (lines_of(2, 3, 4, 5), [("long.csv", 20, 20, 1, 2, 4, 5)]),
        (lines_of(1, 2, 3, 4)[1:-2], [("long.csv", 20, 17, 1, 1, 4, 4)]),
        (lines_of(1, 2, 3, 4)[1:-1], []),
        (lines_of(1, 2, 3, 4, 5), []),
    ],
    ids=["a quarter less", "cut off", "first day gone", "over a tenth less", "a tenth less", "longer"],
)
def test_a_version_that_lost_lines_or_its_ends_shows_once(passed, version, found):
    passed.drop("long.csv", *lines_of(1, 2, 3, 4))
    passed.refresh()
    passed.drop("long.csv", *version)
    passed.refresh()
    for expected in (found, []):
        stage_unchecked(passed.engine, FILES)
        shown = passed.rows(select("checks.shortened_files"))
        assert [(*row[:3], *(day.day for day in row[3:])) for row in shown] == expected
        remember(passed.engine, FILES)


def test_of_a_new_file_with_lines_that_cannot_be_read_the_first_is_named_once(passed):
    good = (line(str(number), at=SECOND) for number in range(100, 300))
    passed.drop("c.csv", *good, line("3", price="dear", at=SECOND), line("4", quantity="few", at=SECOND))
    passed.refresh()
    stage_unchecked(passed.engine, FILES)
    [row] = passed.rows(select("checks.lines_unreadable"))
    assert row[:4] == ("c.csv", 2, 202, 202)
    assert row[4].startswith("unit_price is missing, not a number")
    remember(passed.engine, FILES)
    stage_unchecked(passed.engine, FILES)
    assert passed.rows(select("checks.lines_unreadable")) == []


def test_a_version_is_compared_with_the_one_just_before_and_lines_where_there_were_none_are_no_loss(passed):
    shown = []
    for days in ((1, 2, 3, 4), (1,), (1, 2), (), (1,)):
        passed.drop("long.csv", *lines_of(*days))
        passed.refresh()
        stage_unchecked(passed.engine, FILES)
        shown.append([row[1:3] for row in passed.rows(select("checks.shortened_files"))])
        remember(passed.engine, FILES)
    assert shown == [[], [(20, 5)], [], [(10, 0)], []]
