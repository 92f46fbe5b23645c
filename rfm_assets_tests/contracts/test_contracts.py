"""A contract counts the rows that break each of its limits, and none of good rows."""

from datetime import date

import pytest

from rfm_assets.contracts import PUBLISHED, TABLES
from rfm_assets.contracts.schema import CHECKSUM, LINE_MONEY, SUM_MONEY
from rfm_assets.contracts.segments import CAUSES
from rfm_assets.contracts.violations import faults, limits, violations
from rfm_assets_tests.rows import write_rows

DAY = date(2011, 12, 9)
RANGE = {"first_snapshot": DAY, "last_snapshot": DAY}
EVERY = {**TABLES, **PUBLISHED}
TYPES = {"varchar", "bigint", "double", "boolean", "date", "timestamp", LINE_MONEY, SUM_MONEY, CHECKSUM}

MOVE = (DAY, date(2011, 12, 8), "Loyal", "Lost", "ageing", 1)
CANDIDATE = (DAY, 4, 100.0, 0.3, 1.0, 0.1, 0.9, 50.0, False, True, True)
FILE = (1, "a.csv", "0" * 64, "loaded", 1, 0, DAY, DAY, "online_retail", None)


def broken(warehouse, name: str, *rows: tuple) -> dict[str, int]:
    """Return what is counted: the duplicates, and the rows that break a limit under the limit's words."""
    write_rows(warehouse, name, *rows)
    table = TABLES[name]
    found, counted = warehouse.row(faults(table), **RANGE), warehouse.row(violations(table), **RANGE)
    assert found["row_count"] == len(rows)
    counts = {limit.meaning: counted[f"limit_{i}"] for i, limit in enumerate(limits(table))}
    assert bool(found["broken"]) == any(counts.values())
    return {meaning: count for meaning, count in {"duplicates": found["duplicates"], **counts}.items() if count}


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("segments.moves", MOVE),
        ("model.candidates", CANDIDATE),
        ("model.candidates", (DAY, 10, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, False, True, True)),  # each at its limit
        ("raw.files", FILE),
    ],
)
def test_good_rows_break_nothing(warehouse, name, row):
    assert broken(warehouse, name, row) == {}


def test_a_table_without_rows_breaks_nothing(warehouse):
    for table in TABLES.values():
        assert set(warehouse.row(faults(table), **RANGE).values()) == {0}, table.name


@pytest.mark.parametrize(
    ("name", "row", "position", "value", "meaning"),
    [
        ("segments.moves", MOVE, 1, None, "previous_snapshot_on is empty"),
        ("segments.moves", MOVE, 4, None, "cause is empty"),
        ("segments.moves", MOVE, 4, "whim", f"cause is none of {', '.join(map(repr, CAUSES))}"),
        ("segments.moves", MOVE, 5, 0, "customers is below 1"),
        ("model.candidates", CANDIDATE, 1, 1, "k is below 2"),
        ("model.candidates", CANDIDATE, 1, 11, "k is above 10"),
        ("model.candidates", CANDIDATE, 5, 1.01, "smallest_share is above 1"),
        ("model.candidates", CANDIDATE, 3, -1.01, "silhouette is below -1"),
        ("raw.files", FILE, 3, "half", "status is none of 'loaded', 'replaced', 'failed'"),
        ("raw.files", FILE, 4, -1, "line_count is below 0"),
    ],
)  # fmt: skip
def test_a_row_that_breaks_a_limit_is_counted_under_it(warehouse, name, row, position, value, meaning):
    bad = (*row[:position], value, *row[position + 1 :])
    good_key = next(i for i, column in enumerate(TABLES[name].columns) if column.name == TABLES[name].key[-1])
    other = list(row)
    other[good_key] = {"segments.moves": "model", "model.candidates": 5, "raw.files": 2}[name]
    assert broken(warehouse, name, bad, tuple(other)) == {meaning: 1}


def test_a_column_that_may_be_empty_may_be(warehouse):
    assert broken(warehouse, "segments.moves", (*MOVE[:2], None, "Lost", "arrived", 1)) == {}


def test_not_a_number_is_told_apart_from_a_number(warehouse):
    found = broken(warehouse, "model.candidates", (DAY, 4, float("nan"), *CANDIDATE[3:]))
    assert found == {"inertia is not a number": 1}


def test_each_repetition_of_a_key_is_counted(warehouse):
    assert broken(warehouse, "segments.moves", MOVE, MOVE, (*MOVE[:5], 9)) == {"duplicates": 2}
    # An empty part of a key is a value like others.
    arrived = (*MOVE[:2], None, "Lost", "arrived", 1)
    assert broken(warehouse, "segments.moves", MOVE, MOVE, arrived, arrived, arrived) == {"duplicates": 3}


def test_a_partitioned_table_is_looked_at_within_the_range_only(warehouse):
    write_rows(warehouse, "segments.moves", MOVE, (date(2011, 12, 8), *MOVE[1:5], 0))
    assert warehouse.row(faults(TABLES["segments.moves"]), **RANGE) == {"row_count": 1, "broken": 0, "duplicates": 0}


@pytest.mark.parametrize("name", EVERY)
def test_a_contract_is_whole(name):
    table = EVERY[name]
    assert table.name == name
    assert table.grain.startswith("one row")
    assert set(table.key) <= set(table.column_names)
    assert len(set(table.column_names)) == len(table.columns)
    assert table.partition in (None, *table.column_names)
    for column in table.columns:
        assert column.meaning, column.name
        assert column.type in TYPES, column.name
        if column.name.endswith("_on"):
            assert column.type == "date", column.name
        if column.name.endswith("_at"):
            assert column.type == "timestamp", column.name


@pytest.mark.parametrize("name", EVERY)
def test_no_table_holds_money_as_a_float_but_where_it_is_a_mean_or_a_model(name):
    money = {column.name: column.type for column in EVERY[name].columns if column.unit == "source currency"}
    floats = {column for column, type_ in money.items() if not type_.startswith("decimal")}
    means = {column for column in money if column.startswith("mean_")}
    assert floats <= means | ({"monetary"} if name == "model.centroids" else set())
