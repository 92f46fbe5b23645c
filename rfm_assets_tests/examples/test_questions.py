"""Each question has a file that says what it answers, and answers it right on a real refresh and on rare cases."""

import re
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from rfm_assets.contracts import PUBLISHED
from rfm_assets_tests.examples.answers import ANSWERS
from rfm_assets_tests.ui.server import ROOT

QUESTIONS = {path.stem: path for path in sorted((ROOT / "examples" / "questions").glob("*.sql"))}
TABLES = [name.removeprefix("published.") for name in PUBLISHED]
# Which types a unit can have. Money is never a float.
TYPES = {
    "id": r"VARCHAR",
    "text": r"VARCHAR",
    "date": r"DATE",
    "days": r"BIGINT|DOUBLE",
    "orders": r"BIGINT|DOUBLE",
    "customers": r"BIGINT",
    "moves": r"BIGINT",
    "place": r"BIGINT",
    "currency": r"DECIMAL\(\d+,4\)",
    "share": r"DOUBLE",
    "standard deviations": r"DOUBLE",
    "yes or no": r"BOOLEAN",
}


def header(name: str) -> tuple[list[str], dict[str, str]]:
    """Return a file's comment lines, and the unit of each column that they declare, in their order."""
    lines = [line for line in QUESTIONS[name].read_text(encoding="utf-8").splitlines() if line.startswith("--")]
    return lines, dict(
        re.fullmatch(r"--   (\w+) \(([^)]+)\): \S.*", line).groups() for line in lines if line[:5] == "--   "
    )


def asked(connection: duckdb.DuckDBPyConnection, name: str) -> list[dict]:
    result = connection.execute(QUESTIONS[name].read_text(encoding="utf-8"))
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.fixture(scope="module", params=["published", "rare", "begun"])
def file(request) -> Path:
    return request.getfixturevalue(request.param)


@pytest.fixture
def reader(file):
    with duckdb.connect(str(file), read_only=True) as connection:
        yield connection


def test_every_question_has_an_answer_here_and_there_are_at_least_ten():
    assert set(QUESTIONS) == set(ANSWERS)
    assert len(QUESTIONS) >= 10


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_comment_tells_the_grain_the_question_who_asks_and_the_columns_with_their_units(name, published):
    lines, units = header(name)
    assert re.fullmatch(r"-- one row per .+\.", lines[0])
    assert re.fullmatch(r"-- question: .+\?", lines[1])
    assert re.fullmatch(r"-- asked by: .+", lines[2])
    assert lines[3] == "-- columns:"
    with duckdb.connect(str(published), read_only=True) as connection:
        found = connection.sql(QUESTIONS[name].read_text(encoding="utf-8"))
        names, types = found.columns, [str(kind) for kind in found.types]
    assert list(units) == names
    wrong = {
        column: (unit, kind)
        for (column, unit), kind in zip(units.items(), types, strict=True)
        if not re.fullmatch(TYPES[unit], kind)
    }
    assert not wrong


def alike(found: object, expected: object) -> bool:
    """Whether two values are the same; floats to twelve digits, quotients of money to the digit that the SQL keeps."""
    if isinstance(expected, float) and isinstance(found, float):
        return found == pytest.approx(expected, rel=1e-12, abs=1e-15)
    if isinstance(expected, Decimal) and isinstance(found, Decimal):
        return abs(found - expected) <= Decimal("0.00005") if expected.as_tuple().exponent < -4 else found == expected
    return type(found) is type(expected) and found == expected


def tables_of(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    return {table: pl.scan_arrow_c_stream(connection.sql(f"from {table}")).collect() for table in TABLES}


def assert_answered(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """Compare an answer with what Polars works out of the tables, and return its number of rows."""
    expected = ANSWERS[name](tables_of(connection))
    found = asked(connection, name)
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        assert {
            column: (value, wanted[column]) for column, value in row.items() if not alike(value, wanted[column])
        } == {}
    return len(found)


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_answer_is_what_polars_works_out_of_the_tables(name, reader):
    assert assert_answered(reader, name), "an answer without rows shows nothing"


@pytest.fixture
def copied(file):
    """A connection with the tables of a file, their rows in another order."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as published (read_only)")
        for table in TABLES:
            connection.execute(f"create table {table} as from published.{table} as t order by md5(t::varchar)")
        yield connection


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_answer_does_not_depend_on_how_the_rows_lie_in_the_tables(name, reader, copied):
    assert asked(copied, name) == asked(reader, name)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_shop_with_one_snapshot_where_nothing_is_left_of_the_money_can_ask(name, copied):
    for table in ("segment_history", "segment_profiles"):
        copied.execute(f"delete from {table} where snapshot_on < (select snapshot_on from about)")
    copied.execute("delete from segment_moves")
    copied.execute("update segments set monetary = 0")
    assert_answered(copied, name)
