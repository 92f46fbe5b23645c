"""However the whole Online Retail file is delivered, the tables are the same, and each of its lines is found once."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets.segmentation.archetypes import load_archetypes, playbook_rows
from rfm_assets.segmentation.fitting import ensure_version, store_drift
from rfm_assets.segmentation.restating import complete_snapshots
from rfm_assets.segmentation.rule_cards import ensure_rule_card
from rfm_assets.segmentation.snapshots import store_customers, store_reasons, store_snapshot
from rfm_assets_tests.defs.tables import assert_same_tables
from rfm_assets_tests.rows import Shop

SNAPSHOTS = (date(2011, 11, 30), date(2011, 12, 9))  # of two months, and so of two versions
MONETARY = "matched"  # the choice that reads the most tables
PROVENANCE = ("file_id", "line_no", "raw_version")
# clean.copies is provenance too: which line of which file was not counted, because another file's is.
COMPARED = [
    name
    for name, table in TABLES.items()
    if table.schema in ("clean", "rfm", "features", "model", "segments") and name != "clean.copies"
]
LATE_SHARE, LATE_DAYS = 0.01, 7


@dataclass(frozen=True)
class Export:
    """The file, cut up: its header, its lines as bytes, and the day and the money of each line."""

    header: bytes
    lines: list[bytes]
    days: list[date]
    amounts: list[Decimal]

    def money(self, lines):
        known = dict(zip(self.lines, self.amounts, strict=True))
        return sum((known[line] for line in lines), Decimal(0))


@dataclass
class Delivered(Shop):
    """A shop that knows what was delivered to it so far."""

    export: Export

    def put(self, name, lines):
        """Drop lines into landing, byte for byte, refresh, and return the days rebuilt."""
        (self.landing / name).write_bytes(self.export.header + b"".join(lines))
        return self.refresh()

    def ledger(self):
        return self.rows("select sum(read_lines), sum(read_amount) from clean.ledger")[0]

    def contents(self, names):
        """Return the tables without what only tells where a line came from, in an order of their own."""
        frames = {}
        for name in names:
            frame = self.engine.read(f"select * from {name}")
            frame = frame.drop([column for column in PROVENANCE if column in frame.columns])
            frames[name] = frame.sort(frame.columns)
        return frames


@pytest.fixture(scope="module")
def export(online_retail):
    path = online_retail / "online_retail.csv"
    header, *lines = path.read_bytes().splitlines(keepends=True)
    fields = pl.read_csv(path, infer_schema=False)
    assert len(fields) == len(lines)  # one line of the file each: no line break within quotes
    days = fields["InvoiceDate"].str.to_datetime("%m/%d/%Y %H:%M").dt.date().to_list()
    amounts = [int(units) * Decimal(price) for units, price in fields.select("Quantity", "UnitPrice").iter_rows()]
    return Export(header, lines, days, amounts)


@pytest.fixture(scope="module")
def shop_for(export, settings_for, tmp_path_factory):
    """Make empty shops, each with a warehouse of its own."""
    connections = []

    def make():
        settings = settings_for(tmp_path_factory.mktemp("delivered"), clusters=4, monetary=MONETARY)
        connections.append(duckdb.connect())
        open_warehouse(connections[-1], settings.warehouse)
        return Delivered(DuckDBEngine(connections[-1]), settings.landing, export), settings

    yield make
    for connection in connections:
        connection.close()


def segmented(shop, settings):
    """Build everything after clean as of the snapshots, and return all tables from clean to segments."""
    engine = shop.engine
    engine.store(TABLES["rfm.grid"], select("rfm.grid"))
    engine.write(TABLES["segments.playbook"], playbook_rows(load_archetypes(None)))
    for day in SNAPSHOTS:
        store_customers(engine, day, settings.monetary)
        ensure_version(engine, day, settings)
        store_snapshot(engine, "features.customers", day)
        store_drift(engine, day)
        for table in ("customers", "profiles", "profile_products", "profile_countries", "customer_moves", "moves"):
            store_snapshot(engine, f"segments.{table}", day)
        ensure_rule_card(engine, day, settings.monetary, settings.seed)
    store_reasons(engine, SNAPSHOTS)
    complete_snapshots(engine, SNAPSHOTS)
    return shop.contents(COMPARED)


@pytest.fixture(scope="module")
def at_once(shop_for, export):
    shop, settings = shop_for()
    assert len(shop.put("all.csv", export.lines)) == 305
    assert shop.ledger() == (541_909, Decimal("9747747.934"))
    assert shop.rows("select * from clean.copies") == []
    return segmented(shop, settings)


@pytest.fixture(scope="module")
def daily(shop_for, export):
    """The shop to which the file came day by day, in random order and with late lines; and what each file held."""
    shop, settings = shop_for()
    random = Random(20101201)  # noqa: S311
    days = sorted(set(export.days))
    places = {day: place for place, day in enumerate(days)}
    # Identical lines come together: of two files with the same line, nobody can tell a late one from an overlap.
    distinct = sorted(set(export.lines))
    delays = {line: random.randint(1, LATE_DAYS) for line in random.sample(distinct, int(LATE_SHARE * len(distinct)))}
    files = defaultdict(list)
    for line, day, amount in zip(export.lines, export.days, export.amounts, strict=True):
        files[days[min(places[day] + delays.get(line, 0), len(days) - 1)]].append((line, day, amount))
    names = list(files)
    random.shuffle(names)
    lines, money = 0, Decimal(0)
    for name in names:
        rebuilt = shop.put(f"{name}.csv", [line for line, *_ in files[name]])
        assert rebuilt == sorted({day for _, day, _ in files[name]})
        lines, money = lines + len(files[name]), money + sum(amount for *_, amount in files[name])
        assert shop.ledger() == (lines, money)
    assert lines == 541_909
    return shop, settings, files


@pytest.fixture(scope="module")
def daily_tables(daily):
    shop, settings, _ = daily
    return segmented(shop, settings)


def test_days_in_random_order_with_late_lines_end_in_the_tables_of_one_file(at_once, daily_tables):
    assert [name for name, frame in at_once.items() if frame.is_empty()] == []
    assert_same_tables(daily_tables, at_once)


def test_two_overlapping_halves_end_in_the_tables_of_one_file(at_once, shop_for, export):
    shop, settings = shop_for()
    first, second = export.lines[:300_000], export.lines[240_000:]
    shop.put("second.csv", second)
    assert shop.ledger() == (len(second), export.money(second))
    shop.put("first.csv", first)
    assert shop.ledger() == (541_909, Decimal("9747747.934"))
    assert shop.rows("select count(*) from clean.copies") == [(60_000,)]
    assert shop.rows(select("checks.unreconciled_files")) == []
    assert_same_tables(segmented(shop, settings), at_once)
    shop.put("first.csv", first[:240_000])
    assert shop.ledger() == (541_909, Decimal("9747747.934"))
    assert shop.rows("select count(*) from clean.copies") == [(0,)]
    assert_same_tables(shop.contents(COMPARED), at_once)


def test_everything_a_second_time_under_other_names_rebuilds_no_day(daily, daily_tables):
    shop, *_ = daily
    for path in sorted(shop.landing.glob("*.csv")):
        (shop.landing / f"again_{path.name}").hardlink_to(path)
    assert shop.load() == []
    assert shop.refresh() == []
    assert shop.ledger() == (541_909, Decimal("9747747.934"))
    assert_same_tables(shop.contents(COMPARED), daily_tables)
    for path in shop.landing.glob("again_*"):
        path.unlink()


def test_a_corrected_day_replaces_that_day_alone(daily, daily_tables, shop_for, export):
    shop, _, files = daily
    corrected = date(2011, 6, 7)
    name = f"{corrected}.csv"
    others = [line for line, day, _ in files[corrected] if day != corrected]
    lines = [line for line, day, _ in files[corrected] if day == corrected]
    kept = [line.replace(b"United Kingdom", b"Jersey") for line in lines[10:]]
    assert kept != lines[10:]
    before = shop.contents(["clean.transactions"])["clean.transactions"]

    rebuilt = shop.put(name, others + kept)

    assert rebuilt == sorted({day for _, day, _ in files[corrected]})
    elsewhere = pl.col("invoiced_on") != corrected
    after = shop.contents(["clean.transactions"])["clean.transactions"]
    assert_frame_equal(after.filter(elsewhere), before.filter(elsewhere))
    assert shop.ledger() == (541_909 - 10, Decimal("9747747.934") - export.money(lines[:10]))
    assert shop.rows(select("checks.unreconciled_files")) == []

    fresh, _ = shop_for()
    came_late = [line for at, file in files.items() if at != corrected for line, day, _ in file if day == corrected]
    untouched = [line for line, day in zip(export.lines, export.days, strict=True) if day != corrected]
    fresh.put("all.csv", untouched + came_late + kept)
    clean = [name for name in COMPARED if name.startswith("clean.")]
    assert_same_tables(shop.contents(clean), fresh.contents(clean))
