"""Which snapshots are taken out, and that each goes whole."""

from datetime import date, timedelta

import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.segmentation import retention
from rfm_assets.segmentation.retention import BY_DAY, NoSnapshotError, expired, take_out
from rfm_assets_tests.rows import write_rows

LAST = date(2011, 12, 9)
DAILY = [LAST - timedelta(days=back) for back in range(130)]  # from 2011-08-02


def test_ninety_days_stay_whole_and_before_them_the_last_snapshot_of_each_month():
    going = expired(DAILY, 90, keep_month_ends=True)
    kept = sorted(set(DAILY) - set(going))
    assert kept[0] == date(2011, 8, 31)
    assert kept[1:] == sorted(DAILY)[-90:]
    assert len(going) == 130 - 91


def test_the_last_snapshot_of_a_month_stays_whatever_its_day():
    days = [date(2010, 1, 9), date(2011, 1, 5), date(2011, 1, 28), date(2011, 2, 3), LAST]
    assert expired(days, 90, keep_month_ends=True) == [date(2011, 1, 5)]


def test_of_a_month_the_last_snapshot_whose_run_came_to_its_end_stays():
    days = [date(2011, 1, 5), date(2011, 1, 28), date(2011, 1, 31), date(2011, 2, 3), LAST]
    whole = {date(2011, 1, 5), date(2011, 1, 28), LAST}
    assert expired(days, 90, keep_month_ends=True, complete=whole) == [date(2011, 1, 5), date(2011, 1, 31)]


def test_which_runs_came_to_their_end_is_asked_of_the_table(held):
    write_rows(held, "segments.snapshots", *((day, "of these") for day in (date(2011, 1, 1), LAST)))
    _, kept = take_out(held, 90, keep_month_ends=True, dry_run=False)
    assert kept == [date(2011, 1, 1), LAST]


def test_without_month_ends_all_before_the_days_kept_goes():
    assert expired(DAILY, 90, keep_month_ends=False) == sorted(DAILY)[:-90]


@pytest.mark.parametrize("days", [[], [LAST]])
def test_the_latest_snapshot_never_goes(days):
    assert expired(days, 1, keep_month_ends=False) == []


@pytest.fixture
def held(warehouse):
    """Two snapshots that are to go and one that stays, in tables of customers and of summaries."""
    for name in ("rfm.customers", "segments.moves", "rfm.snapshots", "validation.stability"):
        table = TABLES[name]
        at = table.column_names.index("snapshot_on")
        rows = [[None] * at + [day] for day in (date(2011, 1, 1), date(2011, 1, 2), LAST, LAST)]
        write_rows(warehouse, name, *rows)
    return warehouse


def counts(engine, name):
    return dict(engine.read(f"select snapshot_on, count(*) from {name} group by all").rows())


def test_a_dry_run_tells_what_would_go_and_takes_nothing_out(held):
    rows, kept = take_out(held, 90, keep_month_ends=True, dry_run=True)
    assert sorted(rows.rows()) == [
        ("rfm.customers", date(2011, 1, 1), 1),
        ("rfm.snapshots", date(2011, 1, 1), 1),
        ("segments.moves", date(2011, 1, 1), 1),
    ]
    assert kept == [date(2011, 1, 2), LAST]
    assert counts(held, "rfm.customers") == {date(2011, 1, 1): 1, date(2011, 1, 2): 1, LAST: 2}


def test_a_snapshot_goes_out_of_every_table_but_those_of_the_validation(held):
    rows, _ = take_out(held, 90, keep_month_ends=False, dry_run=False)
    assert rows["rows"].sum() == 6
    for table in BY_DAY:
        assert set(counts(held, table.name)) <= {LAST}
    assert set(counts(held, "validation.stability")) == {date(2011, 1, 1), date(2011, 1, 2), LAST}
    assert take_out(held, 90, keep_month_ends=False, dry_run=False)[0].is_empty()


def test_snapshots_that_are_named_go_the_latest_too_and_no_others(held):
    rows, kept = take_out(held, 1, keep_month_ends=False, dry_run=False, named=[LAST.isoformat()])
    assert set(rows["snapshot_on"]) == {LAST}
    assert kept == [date(2011, 1, 1), date(2011, 1, 2)]
    assert list(counts(held, "rfm.customers")) == kept


@pytest.mark.parametrize(
    ("named", "left"),
    [
        ([LAST.isoformat()], [date(2010, 12, 1)]),
        ([], [date(2010, 12, 1), LAST]),
        (["2011-01-01", "2011-01-02", LAST.isoformat()], []),
    ],
)
def test_with_a_wrong_day_goes_the_version_that_it_fitted_and_with_old_days_none(held, named, left):
    fits = {date(2010, 12, 1): True, LAST: True, LAST + timedelta(days=1): False}
    versions = ((day, 2, 42, 100, 1.0, 0.5, "", promoted, "", 0, 1.0, None) for day, promoted in fits.items())
    write_rows(held, "model.versions", *versions)
    write_rows(held, "model.training", *((day, "recency", 0, 0.0, 1.0, 1.0) for day in fits))
    take_out(held, 1, keep_month_ends=False, dry_run=True, named=named)
    assert held.count(TABLES["model.versions"]) == 3
    take_out(held, 1, keep_month_ends=False, dry_run=False, named=named)
    for name in ("model.versions", "model.training"):
        assert held.read(f"select model_version from {name} order by all")["model_version"].to_list() == left


def test_where_a_step_fails_no_table_loses_a_snapshot(held, monkeypatch):
    def failing(engine):
        raise MemoryError

    monkeypatch.setattr(retention, "store_reasons", failing)
    with pytest.raises(MemoryError):
        take_out(held, 90, keep_month_ends=False, dry_run=False)
    assert len(counts(held, "rfm.customers")) == 3


@pytest.mark.parametrize("day", ["1999-01-01", "9.12.2011"])
def test_a_day_without_a_snapshot_is_told_and_nothing_goes(held, day):
    before = counts(held, "rfm.customers")
    with pytest.raises(
        NoSnapshotError, match=f"there is no snapshot of {day}: nothing was taken out. Days are written"
    ):
        take_out(held, 1, keep_month_ends=False, dry_run=False, named=[day, LAST.isoformat()])
    assert counts(held, "rfm.customers") == before
