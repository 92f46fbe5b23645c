"""The file of a sample: its bytes, its size, its form, and the command that writes it."""

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from rfm_assets.sample import files, sample_chunks, write_sample
from rfm_assets.sample.__main__ import main
from rfm_assets_tests.sample.lines import is_product, readable, rows_of

HEADER = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
SHA256_AT_A_TENTH = "9ff37efeb363bea43ae3afe2b8d2baa903fea04ea8e5e42f9d221eea44fd81c5"


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


def test_prices_have_two_decimals_and_seldom_three_and_the_products_are_some_hundred(rows, lines):
    decimals = Counter(len(row[5].partition(".")[2]) for row in rows[1:] if readable(row))
    assert set(decimals) == {2, 3}
    assert 0 < decimals[3] / len(lines) < 0.01
    assert all(re.fullmatch(r"-?\d+\.\d{2,3}", row[5]) for row in rows[1:] if readable(row))
    assert 500 < len({line.code for line in lines if is_product(line)}) < 700


def test_dates_are_month_first_without_leading_zeros_but_in_the_minutes(rows):
    form = re.compile(r"[1-9]\d?/[1-9]\d?/202[45] [1-9]\d?:\d\d")
    assert all(form.fullmatch(row[4]) for row in rows[1:] if readable(row))


def test_fewer_than_one_line_in_a_thousand_is_unreadable_in_four_ways(rows, lines):
    bad = [row for row in rows[1:] if not readable(row)]
    assert 10 < len(bad) < (len(rows) - 1) / 1000
    ways = Counter((len(row), row[3] == "1O", row[4] == "13/32/2024 9:05") for row in bad)
    assert set(ways) == {(8, True, False), (8, False, True), (6, False, False), (9, False, False)}
    assert min(ways.values()) >= 4


def test_the_command_writes_the_file_and_says_in_one_line_what_it_wrote(tmp_path):
    path = tmp_path / "shop.csv"
    command = [sys.executable, "-m", "rfm_assets.sample", str(path), "--scale", "0.1", "--seed", "3"]
    root = str(Path(__file__).parents[2])
    printed = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": root}, capture_output=True, text=True, check=True
    ).stdout
    assert printed.count("\n") == 1
    assert f"{len(rows_of(path)) - 1:,} lines" in printed
    assert "150 customers" in printed


def test_what_a_run_that_was_cut_off_and_a_desktop_leave_is_no_other_file(tmp_path, monkeypatch, capsys):
    path = tmp_path / "shop.csv"
    monkeypatch.setattr("sys.argv", ["sample", str(path), "--scale", "0.01", "--alone"])
    for name in ("shop.csv.part", ".DS_Store"):
        (tmp_path / name).touch()
    assert main() == 0
    (tmp_path / "other.csv").touch()
    assert main() == 1
    assert f"error: {tmp_path} holds other.csv too" in capsys.readouterr().err


def test_a_place_where_no_file_can_be_written_is_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "data").touch()
    monkeypatch.setattr("sys.argv", ["sample", str(tmp_path / "data" / "landing" / "shop.csv"), "--scale", "0.1"])
    assert main() == 1
    assert re.fullmatch(r"error: .*Not a directory: '.*/data/landing'\n", capsys.readouterr().err)


def test_a_scale_that_is_none_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["sample", str(tmp_path / "shop.csv"), "--scale", "0"])
    assert main() == 1
    assert capsys.readouterr().err == "error: scale is 0.0; it must be above 0 (1 gives 1500 customers)\n"
