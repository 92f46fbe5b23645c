"""A moment or an order that a file tells in several columns."""

import json
from datetime import date, datetime, time

import duckdb
import pytest
import xlsxwriter

from rfm_assets.ingestion.intake import Intake
from rfm_assets.ingestion.landing import load_landing
from rfm_assets.ingestion.mappings import SourceError, load_sources, read_source
from rfm_assets.ingestion.source import main
from rfm_assets_tests.rows import write_csv

TILLS = """
currency = "GBP"
timestamp_formats = ["%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M:%S"]
[columns]
invoice_id = ["Store", "Date", "Receipt"]
customer_id = "Customer"
invoiced_at = ["Date", "Time"]
amount = "Amount"
"""
NAMES = ("Date", "Time", "Store", "Receipt", "Customer", "Amount")
# Receipts begin anew each day, in each store.
LINES = [
    (date(2011, 1, 5), time(8, 26), 12, 1, "k1", 10),
    (date(2011, 1, 5), time(0, 0), 12, 1, "k1", 20),
    (date(2011, 1, 5), time(9, 0), 7, 1, "k2", 30),
    (date(2011, 1, 6), time(23, 59), 12, 1, "k3", 40),
]
AS_TEXT = [(f"{day:%d.%m.%Y}", f"{moment:%H:%M}", *rest) for day, moment, *rest in LINES]
LOADED = [(line[4], datetime.combine(*line[:2])) for line in LINES]


@pytest.fixture
def intake(settings):
    """Return what files are read by, with a mapping of tills' columns in force."""
    settings.sources.mkdir(parents=True, exist_ok=True)
    (settings.sources / "tills.toml").write_text(TILLS)
    return Intake(load_sources(settings.sources))


def write_workbook(path, lines=LINES):
    with xlsxwriter.Workbook(path, {"default_date_format": "dd.mm.yyyy"}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([NAMES, *lines]):
            sheet.write_row(at, 0, row)


def write_parquet(path, day="date", moment="time"):
    with duckdb.connect() as connection:
        connection.execute(
            f"create table lines (Date {day}, Time {moment}, Store double, Receipt bigint,"
            " Customer varchar, Amount bigint)"
        )
        connection.executemany("insert into lines values (?, ?, ?, ?, ?, ?)", LINES)
        connection.execute("copy lines to $path (format parquet)", {"path": str(path)})


def write_json(path):
    objects = [dict(zip(NAMES, line, strict=True)) for line in AS_TEXT]
    path.write_text("".join(json.dumps(one) + "\n" for one in objects))


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.csv", lambda path: write_csv(path, AS_TEXT, NAMES)),
        ("a.json", write_json),
        ("a.xlsx", write_workbook),
        ("a.xlsx", lambda path: write_workbook(path, AS_TEXT)),
        ("a.parquet", write_parquet),
        ("a.parquet", lambda path: write_parquet(path, "timestamp")),
        ("a.parquet", lambda path: write_parquet(path, "varchar", "varchar")),
    ],
    ids=["csv", "json", "cells of dates", "cells of texts", "dates", "timestamps", "texts"],
)
def test_a_day_and_a_time_are_one_moment_and_an_order_is_known_by_all_of_its_columns(shop, intake, name, write):
    write(shop.landing / name)
    (outcome,) = load_landing(shop.engine, shop.landing, 0, intake=intake)
    assert outcome.status == "loaded", outcome.error
    assert shop.rows("select customer_id, invoiced_at from raw.transactions order by line_no") == LOADED
    (first, second, *others) = [row[0] for row in shop.rows("select invoice_id from raw.transactions order by line_no")]
    assert first == second
    assert len({first, *others}) == 3


def test_the_same_lines_as_text_and_as_numbers_are_of_the_same_orders(shop, intake):
    # A spreadsheet's 12.0 is the store 12 of a CSV file.
    write_csv(shop.landing / "a.csv", [("05.01.2011", "08:26", "12", "1", "k1", "10")], NAMES)
    write_csv(shop.landing / "b.csv", [("05.01.2011", "08:27", "12.0", "1", "k1", "10")], NAMES)
    load_landing(shop.engine, shop.landing, 0, intake=intake)
    assert shop.rows("select distinct invoice_id from raw.transactions") == [("12-05.01.2011-1",)]


@pytest.mark.parametrize(
    ("column", "error"), [("Time", "invoiced_at is missing"), ("Store", "invoice_id is missing"), ("Date", "invoiced")]
)
def test_a_line_that_lacks_one_of_the_columns_is_refused_with_its_text(shop, intake, column, error):
    line = dict(zip(NAMES, AS_TEXT[0], strict=True)) | {column: " "}
    write_csv(shop.landing / "a.csv", [*AS_TEXT, line.values()], NAMES)
    (outcome,) = load_landing(shop.engine, shop.landing, 0.5, intake=intake)
    assert (outcome.status, outcome.unreadable_count) == ("loaded", 1)
    ((found, text),) = shop.rows("select error, text from raw.unreadable")
    assert found.startswith(error)
    assert text == ",".join(map(str, line.values()))


def test_lines_that_a_stray_quote_swallows_are_counted_by_their_moments(shop, intake):
    rows = [",".join(map(str, line)) for line in AS_TEXT]
    rows[1], rows[3] = rows[1].replace("k1", '"k1'), rows[3].replace("k3", 'k3"')
    (shop.landing / "a.csv").write_text("\n".join([",".join(NAMES), *rows]) + "\n")
    (outcome,) = load_landing(shop.engine, shop.landing, 1, intake=intake)
    assert (outcome.status, outcome.unreadable_count) == ("loaded", 1)
    assert "swallows 3 lines" in shop.rows("select error from raw.unreadable")[0][0]


def test_a_log_without_a_header_may_have_its_day_and_time_apart(shop, settings):
    settings.sources.mkdir(parents=True)
    text = 'currency = "GBP"\ntimestamp_formats = ["%Y-%m-%d %H:%M"]\nhas_header = false\ndelimiter = "whitespace"\n'
    text += "[columns]\ncustomer_id = 1\ninvoiced_at = [3, 2]\namount = 4\n"
    (settings.sources / "own.toml").write_text(text)
    (shop.landing / "log.txt").write_text("k1 08:26 2011-01-05 10.00\nk1 23:59 2011-01-05 20.00\n")
    intake = Intake(tuple(one for one in load_sources(settings.sources) if one.name == "own"))
    (outcome,) = load_landing(shop.engine, shop.landing, 0, intake=intake)
    assert outcome.status == "loaded", outcome.error
    assert shop.rows("select invoice_id, cast(invoiced_at as varchar) from raw.transactions order by line_no") == [
        ("k1-20110105", "2011-01-05 08:26:00"), ("k1-20110105", "2011-01-05 23:59:00")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('customer_id = "Customer"', 'customer_id = ["Customer", "Name"]', "customer_id must be one column"),
        ('["Date", "Time"]', "[]", "at least 1"),
        ('["Date", "Time"]', '["Date", 2]', "columns must be names"),
    ],
)
def test_a_list_that_makes_no_sense_is_told(tmp_path, old, new, problem):
    (tmp_path / "own.toml").write_text(TILLS.replace(old, new))
    with pytest.raises(SourceError, match=problem):
        read_source("own", tmp_path / "own.toml")


def test_a_file_without_one_of_the_columns_says_which(shop, intake):
    write_csv(shop.landing / "a.csv", [line[:1] + line[2:] for line in AS_TEXT], [NAMES[0], *NAMES[2:]])
    (outcome,) = load_landing(shop.engine, shop.landing, 0, intake=intake)
    assert "columns missing: Time; found: Date, Store" in (outcome.error or "")


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("tills.csv", lambda path: write_csv(path, [("25.12.2010", *line[1:]) for line in AS_TEXT], NAMES)),
        ("tills.xlsx", write_workbook),
        ("tills.parquet", write_parquet),
        ("tills.parquet", lambda path: write_parquet(path, "timestamp")),
    ],
    ids=["csv", "workbook", "dates", "timestamps"],
)
def test_a_draft_takes_the_time_that_stands_beside_the_day(settings, tmp_path, capsys, name, write):
    write(tmp_path / name)
    assert main([str(tmp_path / name)]) == 0
    assert "each could be read" in capsys.readouterr().out
    assert 'invoiced_at = ["Date", "Time"]  # guess' in (settings.sources / "tills.toml.draft").read_text()


@pytest.mark.parametrize("rows", ["", "k1;5\n"], ids=["none", "a short one"])
def test_a_draft_is_made_where_no_row_has_a_day(settings, tmp_path, rows):
    (tmp_path / "a.csv").write_text("Customer;Amount;Date;Time\n" + rows)
    assert main([str(tmp_path / "a.csv")]) == 0
    assert 'invoiced_at = "Date"  # guess' in (settings.sources / "a.toml.draft").read_text()


def test_a_draft_reads_the_american_clock(settings, tmp_path, capsys):
    write_csv(tmp_path / "a.csv", [("1/25/2025", "8:26 PM", "k1", 10)], ("Date", "Time", "Customer", "Amount"))
    assert main([str(tmp_path / "a.csv")]) == 0
    assert "2025-01-25 20:26:00" in capsys.readouterr().out
