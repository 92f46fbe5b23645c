"""What a person sees at the end of a refresh: the published segments, or what to do when there are none."""

from datetime import date

import pytest

from rfm_assets.publishing.files import publish
from rfm_assets.publishing.markdown import PROFILE, as_markdown, cells
from rfm_assets.publishing.summary import main
from rfm_assets.settings import load_settings
from rfm_assets_tests.publishing.published import BUILT_AT
from rfm_assets_tests.rows import write_rows

BEFORE, LATEST, VERSION = date(2011, 12, 8), date(2011, 12, 9), date(2011, 12, 1)


def write_segments(warehouse, *names: str) -> None:
    """Write a snapshot in which the first segment has one customer, the second two, and so on."""
    write_rows(
        warehouse,
        "segments.customers",
        *(
            (on, f"{name}{i}", 5, 2, "12.5", 5, 2, 3, "Loyal", name, None, None, None, 0.25, "", VERSION)
            for on in (BEFORE, LATEST)
            for count, name in enumerate(names, start=1)
            for i in range(count)
        ),
    )
    write_rows(
        warehouse,
        "segments.profiles",
        *((LATEST, name, count, 0.125, "1", 0.5, 5.4, 2.25, 1234.5) for count, name in enumerate(names, start=1)),
        (BEFORE, "Of the day before", 99, 1.0, "1", 1.0, 1.0, 1.0, 1.0),
    )
    write_rows(warehouse, "segments.playbook", *((name, "", f"thank {name}") for name in names[1:]))


def test_the_latest_profile_is_printed_largest_first_with_where_it_lies_and_what_comes_next(
    warehouse, settings, capsys
):
    write_segments(warehouse, "Few", "Many")
    path = publish(warehouse, settings, BUILT_AT).duckdb
    report = path.with_name("report.html")
    report.write_text("", encoding="utf-8")
    assert main() == 0
    out = capsys.readouterr().out
    title, headings, *_ = (text.strip() for text in out.splitlines() if text.strip())
    assert title == "Customers as of 2011-12-09 (GBP, net, model of 2011-12-01)"
    assert headings.split("  ")[0] == "segment"
    lines = [text.split() for text in out.splitlines() if text.strip().startswith(("Few", "Many"))]
    assert lines == [
        ["Many", "2", "12.5%", "5", "2.2", "1,234.50", "thank", "Many"],
        ["Few", "1", "12.5%", "5", "2.2", "1,234.50"],
    ]
    assert "Of the day before" not in out
    assert f"published: {path}\nreport:    {report}   (open it in a browser)\n" in out
    assert f"next:      make dev RFM_DATA={settings.data}   (the Dagster UI" in out


@pytest.mark.parametrize(("data", "command"), [("data", "make dev"), ("my shop", "make dev RFM_DATA='my shop'")])
def test_what_comes_next_can_be_typed_as_it_is_printed(warehouse, tmp_path, capsys, monkeypatch, data, command):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RFM_DATA", data)
    write_segments(warehouse, "Few")
    publish(warehouse, load_settings(), BUILT_AT)
    assert main() == 0
    out = capsys.readouterr().out
    assert f"next:      {command}   (the Dagster UI" in out
    assert "report:" not in out, "none was written"


@pytest.mark.parametrize("columns", ["80", "60", "40"])
def test_a_narrow_terminal_shows_whole_numbers_and_what_to_do_below(warehouse, settings, capsys, monkeypatch, columns):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", columns)
    write_segments(warehouse, "Few", "Potential Loyalists")
    publish(warehouse, settings, BUILT_AT)
    assert main() == 0
    out = capsys.readouterr().out
    assert "Potential Loyalists 2 12.5% 5 2.2 1,234.50" in [" ".join(text.split()) for text in out.splitlines()]
    assert "Potential Loyalists: thank Potential Loyalists" in " ".join(out.split())


@pytest.mark.parametrize(("letters", "columns"), [(50, "125"), (50, "130"), (230, "160")])
def test_beside_long_names_what_to_do_stands_below_and_numbers_stay_whole(
    warehouse, settings, capsys, monkeypatch, letters, columns
):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", columns)
    name = "Treue Kundinnen und Kunden ".ljust(letters, "x")
    write_segments(warehouse, "Few", name)
    publish(warehouse, settings, BUILT_AT)
    assert main() == 0
    out = capsys.readouterr().out
    assert f"{name} 2 12.5% 5 2.2 1,234.50" in [" ".join(text.split()) for text in out.splitlines()]
    assert ": thank Treue Kundinnen" in " ".join(out.split())


@pytest.mark.parametrize("name", ["[bold]VIP", "[/]", ":smile: Happy", "a|b"])
def test_a_segments_name_is_printed_as_it_is(warehouse, settings, capsys, name):
    write_segments(warehouse, "Few", name)
    publish(warehouse, settings, BUILT_AT)
    assert main() == 0
    assert f"thank {name}" in capsys.readouterr().out


def test_without_a_published_file_it_says_what_to_do(settings, capsys):
    assert main() == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"error: nothing is published at {settings.published / 'segments.duckdb'}")
    assert "make refresh DAY=" in captured.err


def test_a_wrong_setting_is_told_without_a_traceback(monkeypatch, capsys):
    monkeypatch.setenv("RFM_MONETARY", "both")
    assert main() == 2
    assert capsys.readouterr().err.startswith("error: RFM_MONETARY is 'both'. ")


def test_a_profile_as_cells_and_as_markdown(warehouse):
    write_segments(warehouse, "A|B")
    profile = warehouse.read(
        "select profiles.*, playbook.recommended_action from segments.profiles as profiles"
        " left join segments.playbook as playbook on false where snapshot_on = $on",
        on=LATEST,
    )
    headings, rows = cells(profile, PROFILE)
    assert headings[:3] == ["segment", "customers", "share"]
    assert rows == [["A|B", "1", "12.5%", "5", "2.2", "1,234.50", ""]]
    assert as_markdown(profile, PROFILE).splitlines()[1:] == [
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| A\\|B | 1 | 12.5% | 5 | 2.2 | 1,234.50 |  |",
    ]
