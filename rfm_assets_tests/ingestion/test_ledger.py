"""The ledger says of each day what became of its lines, from what, and by which rules; and adds up with the files."""

from datetime import date
from decimal import Decimal
from itertools import permutations

import dagster as dg
import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.defs.clean import clean
from rfm_assets.defs.raw import raw
from rfm_assets.defs.resources import warehouse_of
from rfm_assets.engines.base import select
from rfm_assets.ingestion import cleaning
from rfm_assets_tests.ingestion.days import FIRST, SECOND, day
from rfm_assets_tests.rows import line, write_csv

FILES = {
    "a.csv": [line("1"), line("1"), line("2"), line("3", customer="")],
    "b.csv": [line("1"), line("2"), line("2"), line("3", customer=""), line("3", customer="")],
    "c.csv": [line("1"), line("1"), line("1"), line("4", price="0.00"), line("5", at=SECOND)],
}
BUSINESS = (
    "select * exclude (file_id, line_no) from clean.transactions order by all",
    "select * exclude (file_id, line_no) from clean.rejected order by all",
    "select * from clean.orders order by all",
    "select * from clean.guests order by all",
    "select * exclude raw_version from clean.ledger order by all",
)


def contents(shop):
    return [shop.rows(statement) for statement in BUSINESS]


def test_a_day_is_the_union_of_its_files(shop):
    for name, lines in FILES.items():
        shop.drop(name, *lines)
    shop.refresh()
    ledger = shop.engine.read("select * from clean.ledger order by invoiced_on").rows(named=True)
    counts = {name: value for name, value in ledger[0].items() if name.endswith("_lines") and value}
    # Three of invoice 1, two of invoice 2, two of the guest, one for nothing: as often as the file that has most.
    assert counts == {
        "read_lines": 8,
        "sale_lines": 2,
        "duplicate_lines": 3,
        "missing_customer_lines": 2,
        "zero_price_lines": 1,
    }
    assert shop.rows("select file_id, line_no, invoiced_on, amount from clean.copies order by all") == [
        (2, 2, day(1), Decimal(1)),
        (2, 3, day(1), Decimal(1)),
        (2, 5, day(1), Decimal(1)),
        (3, 2, day(1), Decimal(1)),
        (3, 3, day(1), Decimal(1)),
    ]
    assert shop.rows(select("checks.unreconciled_files")) == []


@pytest.mark.parametrize("order", list(permutations(FILES))[1::2], ids=" ".join)
def test_the_order_of_overlapping_files_changes_no_table(shop, order):
    for name in FILES:
        shop.drop(name, *FILES[name])
    shop.refresh()
    expected = contents(shop)
    for name in FILES:
        shop.drop(name, line("9", at="12/9/2010 9:00"))
    shop.refresh()
    for name in order:
        shop.drop(name, *FILES[name])
        shop.refresh()
    # The day that the files were emptied with stays in the ledger, without lines.
    assert contents(shop)[:4] == expected[:4]
    assert contents(shop)[4][:2] == expected[4]


@pytest.mark.parametrize("replaced", FILES)
def test_lines_stay_counted_when_one_of_the_files_that_hold_them_is_replaced(shop, replaced):
    rest = {name: lines for name, lines in FILES.items() if name != replaced}
    for name, lines in FILES.items():
        shop.drop(name, *lines)
    shop.refresh()
    shop.drop(replaced, line("8"))
    shop.refresh()
    assert shop.rows(select("checks.unreconciled_files")) == []
    counted = {row[0] for row in shop.rows("select invoice_id from clean.transactions")}
    assert counted == {"8"} | {fields[0] for lines in rest.values() for fields in lines} - {"3", "4"}


def test_a_day_is_built_again_when_the_rules_change(shop, monkeypatch):
    shop.drop("a.csv", line("1", at=FIRST), line("2", at=SECOND))
    shop.refresh()
    before = contents(shop)
    assert shop.refresh() == []
    monkeypatch.setattr(cleaning, "rules_in_force", lambda: "other rules")
    assert shop.refresh() == [day(1), day(2)]
    assert shop.refresh() == []
    assert {row[0] for row in shop.rows("select rules from clean.ledger")} == {"other rules"}
    assert contents(shop)[:4] == before[:4]


STEPS = ["clean.repeated_lines", "clean.classified", "clean.pair_lines", "clean.pair_events"]


@pytest.mark.parametrize("name", [*STEPS, *(name for name in TABLES if name.startswith("clean."))])
def test_another_select_is_another_rule(monkeypatch, name):
    before = cleaning.rules_in_force()
    monkeypatch.setattr(cleaning, "select", lambda asked: "another" if asked == name else select(asked))
    assert cleaning.rules_in_force() != before


def test_another_comment_is_no_other_rule(monkeypatch):
    before = cleaning.rules_in_force()
    monkeypatch.setattr(cleaning, "select", lambda asked: f"-- said anew.\n{select(asked).replace('--', '-- so:')}")
    assert cleaning.rules_in_force() == before


def test_lines_that_nothing_could_read_are_part_of_what_a_file_adds_up_to(shop, connection):
    shop.drop("a.csv", line("1"), line("2", quantity="many"))
    shop.load(max_unreadable_share=0.5)
    shop.refresh()
    assert shop.rows(select("checks.unreconciled_files")) == []
    connection.execute("delete from raw.unreadable")
    assert shop.rows(select("checks.unreconciled_files")) == [
        ("a.csv", 2, 1, 0, Decimal(1), Decimal(1)),
        ("all files, by the ledger", 2, 1, 0, Decimal(1), Decimal(1)),
    ]


@pytest.mark.parametrize(
    ("statement", "offending"),
    [
        ("delete from clean.copies", ["all files, by the ledger", "b.csv"]),
        ("update clean.copies set amount = 7", ["all files, by the ledger", "b.csv"]),
        ("delete from clean.transactions", ["a.csv"]),
        ("update clean.transactions set amount = 7", ["a.csv"]),
        ("update clean.rejected set quantity = 7", ["a.csv"]),
        ("update clean.ledger set read_lines = 7", ["all files, by the ledger"]),
        ("update clean.ledger set read_amount = 7", ["all files, by the ledger"]),
        ("update raw.files set line_count = 7 where name = 'b.csv'", ["all files, by the ledger", "b.csv"]),
        ("update raw.transactions set file_id = 7 where file_id = 2", ["b.csv", "no loaded file"]),
    ],
)
def test_whatever_goes_missing_behind_the_back_shows(shop, connection, statement, offending):
    shop.drop("a.csv", line("1"), line("1"))
    shop.drop("b.csv", line("1"))
    shop.refresh()
    assert shop.rows(select("checks.unreconciled_files")) == []
    connection.execute(statement)
    assert [row[0] for row in shop.rows(select("checks.unreconciled_files"))] == offending


def test_a_run_lists_the_days_that_it_rebuilt(settings):
    def run():
        resources = {"settings": settings, "warehouse": warehouse_of(settings)}
        result = dg.materialize([raw, clean], resources=resources)
        found = result.asset_materializations_for_node("clean")
        return {event.asset_key.to_user_string(): event.metadata for event in found}

    dates = [date(2010, 12, number) for number in range(1, 32)] + [date(2011, 1, number) for number in range(1, 32)]
    write_csv(settings.landing / "a.csv", [line(str(at), at=f"{at:%m/%d/%Y} 8:26") for at in dates])
    metadata = run()["clean/ledger"]
    assert metadata["days_rebuilt"].value == 62
    assert metadata["first_day_rebuilt"].value == "2010-12-01"
    assert metadata["last_day_rebuilt"].value == "2011-01-31"
    assert metadata["first 50 days rebuilt"].value == [at.isoformat() for at in dates[:50]]

    write_csv(settings.landing / "b.csv", [line("late", at="12/5/2010 8:26")])
    metadata = run()["clean/transactions"]
    assert metadata["days_rebuilt"].value == 1
    assert metadata["first 50 days rebuilt"].value == ["2010-12-05"]

    assert run()["clean/orders"]["days_rebuilt"].value == 0
