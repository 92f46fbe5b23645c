"""The lines of a file as `make source` shows them, and what would become of all that it looks at."""

import pytest

from rfm_assets.ingestion.source import main
from rfm_assets_tests.ingestion.places import ONLINE_RETAIL, OWN, OWN_LINES, TILL


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


def test_a_file_that_fits_is_named_with_five_lines(settings, tmp_path, capsys):
    file = tmp_path / "log.csv"
    lines = "".join(f"{number},A,thing,1,12/{number}/2010 8:26,1.50,c1,France\n" for number in range(1, 9))
    file.write_text(f"{ONLINE_RETAIL}{lines}9,A,x,many,12/9/2010 8:26,1,c1,France\n", encoding="utf-8")
    assert main([str(file)]) == 0
    shown = capsys.readouterr().out
    assert "The source online_retail fits." in shown
    assert [f"2010-12-0{day} 08:26:00" in shown for day in range(1, 8)] == [True] * 5 + [False] * 2
    assert "1 of the 9 lines looked at cannot be read. The first is line 10: quantity is missing" in shown
    assert "\n9,A,x,many,12/9/2010 8:26,1,c1,France\n" in shown
    assert not settings.sources.exists()


def test_what_would_become_of_the_lines_is_told_by_line_and_in_all(settings, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("RFM_EXCLUDE_NON_PRODUCTS", "true")
    file = tmp_path / "log.csv"
    rows = [
        "1,A,x,1,{},2,c1,",
        "1,A,x,1,{},2,c1,",
        "1,POST,x,1,{},2,c1,",
        "C2,A,x,-1,{},2,c1,",
        "3,A,x,1,{},2,,",
        "4,A,x,1,{},0,c1,",
    ]
    file.write_text(ONLINE_RETAIL + "".join(row.format("12/1/2010 8:26") + "France\n" for row in [*rows, rows[0]]))
    assert main([str(file)]) == 0
    shown = capsys.readouterr().out
    classes = next(line for line in shown.splitlines() if " line_class " in line)
    assert classes.replace("│", " ").split() == [
        "line_class", "sale", "duplicate", "excluded_code", "return", "missing_customer"
    ]  # fmt: skip
    assert (
        "Counted: 1 return, 1 sale.\nNot counted: 2 duplicate, 1 excluded_code, 1 missing_customer, 1 zero_price.\n"
        "Duplicates are alike in every mapped column." in shown
    )


def test_a_line_that_a_mapping_leaves_out_is_shown_as_one_that_does_not_count(settings, tmp_path, capsys):
    settings.sources.mkdir()
    own = OWN.replace("[columns]", 'leave_out = { column = "State", values = ["failed"] }\n[columns]')
    (settings.sources / "own.toml").write_text(own)
    header, *lines = OWN_LINES.splitlines()
    states = ["failed", *["paid"] * (len(lines) - 1)]
    rows = [f"{line},{state}" for line, state in zip(lines, states, strict=True)]
    (tmp_path / "own.csv").write_text("\n".join([f"{header},State", *rows]) + "\n")
    assert main([str(tmp_path / "own.csv")]) == 0
    shown = capsys.readouterr().out
    assert "Not counted: 1 adjustment." in shown
    assert "is_cancellation" not in shown


def test_in_a_terminal_of_usual_width_no_column_name_is_broken(settings, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    file = tmp_path / "till.csv"
    file.write_text(TILL, encoding="utf-8")
    assert main([str(file)]) == 0
    shown = capsys.readouterr().out
    names = ["line_no", "invoice_id", "stock_code", "quantity", "invoiced_at", "unit_price", "customer_id"]
    assert [name for name in names if f" {name} " not in shown] == []


def test_a_value_as_long_as_a_book_is_shown_in_short(settings, tmp_path, capsys):
    file = tmp_path / "log.csv"
    file.write_text(f"{ONLINE_RETAIL}1,A,{'x' * 300_000},1,12/1/2010 8:26,1,c1,France\n")
    assert main([str(file)]) == 0
    shown = capsys.readouterr().out
    assert shown.count("x") == 500
    assert "1 line was looked at, and each could be read." in shown


def test_a_record_at_the_end_of_what_is_looked_at_is_looked_at_whole(settings, tmp_path, capsys):
    file = tmp_path / "log.csv"
    record = '{0},A,"a\nthing",1,12/1/2010 8:26,1.50,c1,France\n'
    file.write_text(ONLINE_RETAIL + "".join(record.format(number) for number in range(800)), encoding="utf-8")
    assert main([str(file)]) == 0
    assert "500 lines were looked at, and each could be read." in capsys.readouterr().out


def test_a_file_whose_lines_end_in_several_ways_is_read_as_a_run_reads_it(settings, tmp_path, capsys):
    file = tmp_path / "log.csv"
    header = ONLINE_RETAIL.replace("\n", "\r\n")
    file.write_bytes(f"{header}1,A,x,1,12/1/2010 8:26,1,c1,France\n2,A,x,1,12/1/2010 8:26,1,c2,France\r".encode())
    assert main([str(file)]) == 0
    assert "2 lines were looked at, and each could be read." in capsys.readouterr().out


def test_moments_in_utc_are_shown_on_the_shops_clock_by_a_draft_and_by_a_mapping(
    settings, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("RFM_TIMEZONE", "Europe/Berlin")
    (tmp_path / "till.csv").write_text("Kunde;Datum;Betrag\nk1;2024-01-01T23:30:00Z;5.00\n")
    assert main([str(tmp_path / "till.csv")]) == 0
    assert "2024-01-02 00:30:00" in capsys.readouterr().out
    (settings.sources / "till.toml.draft").rename(settings.sources / "till.toml")
    assert main([str(tmp_path / "till.csv")]) == 0
    assert "2024-01-02 00:30:00" in capsys.readouterr().out


def test_a_quote_that_is_not_closed_swallows_as_many_lines_as_are_looked_at_and_is_shown_in_short(
    settings, tmp_path, capsys
):
    file = tmp_path / "log.csv"
    file.write_text(
        ONLINE_RETAIL + '1,A,"x,1,12/1/2010 8:26,1,c1,France\n' + "1,A,x,1,12/1/2010 8:26,1,c1,France\n" * 5000
    )
    assert main([str(file)]) == 0
    shown = capsys.readouterr().out
    assert "1,999 of the 1,999 lines looked at cannot be read. The first is line 2: " in shown
    assert 500 < len(shown) < 1000


def test_nothing_in_a_line_steers_the_terminal(settings, tmp_path, capsys):
    file = tmp_path / "log.csv"
    thing = "\x1b[2J\x1b]0;mine\x07[b]thing[/b]"
    file.write_text(
        f"{ONLINE_RETAIL}1,A,{thing},1,12/1/2010 8:26,1.50,c1,France\n2,A,{thing},many,12/1/2010 8:26,1,c,F\n"
    )
    assert main([str(file)]) == 0
    shown = capsys.readouterr().out
    assert shown.count("[b]thing[/b]") == 2
    assert "\x1b" not in shown
    assert "\x07" not in shown
