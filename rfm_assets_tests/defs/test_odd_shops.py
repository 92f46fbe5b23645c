"""Shops whose customers are alike in something: they have segments and a report like any other."""

from datetime import date, timedelta

import duckdb
import pytest

from rfm_assets_tests.rows import line, write_csv

DAY = date(2024, 3, 1)


def bought(number: int, days: int, price: str, quantity: int = 1, invoice: str = "") -> tuple[str, ...]:
    on = DAY - timedelta(days=days)
    at = f"{on.month}/{on.day}/{on.year} 10:00"
    return line(f"{invoice}{number}-{days}", f"c{number}", at, quantity, price)


def once() -> list[tuple[str, ...]]:
    return [bought(number, number % 90, f"{5 + number * number % 97}.50") for number in range(120)]


def on_one_day() -> list[tuple[str, ...]]:
    return [
        bought(number, 0, f"{5 + number * number % 97}.50", invoice=f"{i}-")
        for number in range(120)
        for i in range(1 + number % 4)
    ]


def for_nothing() -> list[tuple[str, ...]]:
    return [
        one
        for number in range(120)
        for days in range(1 + number % 90, 92, 30)
        for one in (bought(number, days, "9.50"), bought(number, days, "9.50", -1, "C"))
    ]


@pytest.mark.parametrize("lines", [once, on_one_day, for_nothing])
def test_where_all_are_alike_in_something_there_are_segments_and_a_report(settings_for, refresh, tmp_path, lines):
    settings = settings_for(tmp_path / "data")
    write_csv(settings.landing / "shop.csv", lines())
    result = refresh(settings, DAY.isoformat())
    assert result.success, [event.message for event in result.all_events if event.is_failure]
    assert settings.published.joinpath("report.html").is_file()
    with duckdb.connect(str(settings.published / "segments.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*), count(distinct segment) > 1 from segments").fetchall() == [
            (120, True)
        ]
