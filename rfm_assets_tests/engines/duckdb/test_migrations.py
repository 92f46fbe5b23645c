"""A warehouse of an older version is brought up to date without a loss; one of a newer version is refused."""

import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from docs.schema import listing
from rfm_assets.contracts import META, TABLES, Column
from rfm_assets.contracts.meta import CHANGES, SCHEMA_VERSION, Change
from rfm_assets.engines.duckdb import migrations
from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets.engines.errors import WarehouseVersionError
from rfm_assets_tests.engines.warehouses import LISTED, VERSIONS, empty_of, first_release

FILES = TABLES["raw.files"]
KEPT = ("raw", "rfm", "features", "model", "segments", "validation")


@contextmanager
def opened(path: Path):
    with duckdb.connect() as connection:
        open_warehouse(connection, path)
        yield DuckDBEngine(connection)


def contents(path: Path, schemas=KEPT):
    """Return the rows of each table of the schemas that the file has, in the order of all columns."""
    with duckdb.connect() as connection:
        connection.execute("attach $path as warehouse (read_only)", {"path": str(path)})
        connection.execute("use warehouse")
        names = [
            f"{schema}.{table}"
            for schema, table in connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'warehouse'"
            ).fetchall()
            if schema in schemas
        ]
        return {name: pl.DataFrame(connection.sql(f"select * from {name} order by all")) for name in names}


def versions(path: Path):
    with duckdb.connect() as connection:
        connection.execute("attach $path as warehouse (read_only)", {"path": str(path)})
        return connection.execute("select version, changes from warehouse.meta.schema_version order by all").fetchall()


def columns(engine: DuckDBEngine):
    found = engine.read(
        "select schema_name || '.' || table_name, column_name, replace(lower(data_type), ',', ', '), comment"
        " from duckdb_columns() where database_name = 'warehouse'"
    )
    return sorted(found.rows())


DECLARED = sorted(
    (table.name, column.name, column.type, column.description)
    for table in (*TABLES.values(), *META.values())
    for column in table.columns
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return first_release(tmp_path / "rfm.duckdb")


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch):
    """Make up one more version of the tables: its statements, and contracts that differ in one table."""

    def make_up(*statements: str, table=None) -> int:
        version = SCHEMA_VERSION + 1
        monkeypatch.setattr(migrations, "SCHEMA_VERSION", version)
        monkeypatch.setattr(migrations, "CHANGES", {**CHANGES, version: Change("made up", statements)})
        if table is not None:
            monkeypatch.setattr(migrations, "TABLES", {**TABLES, table.name: table})
        return version

    return make_up


def test_a_change_of_the_tables_is_a_new_version_with_a_listing_of_its_own():
    assert [*CHANGES] == LISTED[1:] == [*range(2, SCHEMA_VERSION + 1)]
    assert (VERSIONS / f"{SCHEMA_VERSION}.txt").read_text(encoding="utf-8") == listing(), (
        f"the tables of the contracts are no longer those of version {SCHEMA_VERSION}. If it was released, add version "
        f"{SCHEMA_VERSION + 1} to CHANGES in rfm_assets/contracts/meta.py, otherwise say there what {SCHEMA_VERSION} "
        "changes now; then run `python -m docs.schema`, and the other tests here tell whether older files get there"
    )


@pytest.mark.parametrize("version", LISTED)
def test_a_warehouse_of_every_version_gets_the_tables_of_the_contracts(version, tmp_path):
    path = empty_of(version, tmp_path / "rfm.duckdb")
    with opened(path) as engine:
        assert [(table, column, type_) for table, column, type_, _ in columns(engine)] == [
            (table, column, type_) for table, column, type_, _ in DECLARED
        ]
        assert bool(engine.migrated) == (version < SCHEMA_VERSION)
    assert [number for number, _ in versions(path)][-1] == SCHEMA_VERSION


def test_the_first_releases_warehouse_keeps_all_lines_of_raw_and_all_snapshots(old):
    before = contents(old)
    with opened(old) as engine:
        assert columns(engine) == DECLARED
        assert engine.migrated[0] == f"the warehouse went from version 1 of its tables to {SCHEMA_VERSION}"
    after = contents(old)
    assert before["raw.transactions"].height == 2368
    assert before["segments.customers"].height == 124
    for name, frame in before.items():
        nullable = {column.name for column in TABLES[name].columns if column.nullable}
        added = (set(after[name].columns) - set(frame.columns)) & nullable  # the others are filled by statements
        kept = after[name].select(frame.columns).sort(frame.columns)
        assert_frame_equal(kept, frame.sort(frame.columns), check_exact=True)
        assert all(after[name][column].null_count() == after[name].height for column in added)
    [(version, changes)] = versions(old)
    assert version == SCHEMA_VERSION
    assert "version 2: the warehouse says which version its tables have" in changes


def test_a_warehouse_that_is_up_to_date_is_left_alone_whatever_versions_it_went_through(old, change):
    with opened(old):
        pass
    change()
    with opened(old):
        pass
    recorded = versions(old)
    with opened(old) as engine:
        assert engine.migrated == []
    assert versions(old) == recorded


def test_a_new_warehouse_says_its_version(tmp_path):
    with opened(tmp_path / "rfm.duckdb") as engine:
        assert engine.migrated == []
    assert versions(tmp_path / "rfm.duckdb") == [(SCHEMA_VERSION, "the warehouse was made")]


def test_a_warehouse_of_a_newer_release_is_refused_by_name_and_left_alone(tmp_path):
    path = tmp_path / "rfm.duckdb"
    with opened(path) as engine:
        engine.write(META["meta.schema_version"], engine.read("select 99 as version, 'the future' as changes"))
    with pytest.raises(WarehouseVersionError) as caught, opened(path):
        pass
    for part in (str(path), "version 99", f"up to {SCHEMA_VERSION}", "Install that release", "deploy/README.md"):
        assert part in str(caught.value)
    assert versions(path) == [(99, "the future")]


def test_a_new_column_that_may_be_empty_is_empty_in_the_rows_that_were_there(old, change):
    codec = Column("codec", "varchar", "how the file is encoded", nullable=True)
    version = change(table=replace(FILES, columns=(*FILES.columns, codec)))
    with opened(old) as engine:
        assert "raw.files: new column codec, empty in the rows that were there" in engine.migrated
        assert engine.read("select name, codec from raw.files").rows() == [("shop.csv", None)]
    assert versions(old)[-1][0] == version


def test_a_new_column_that_may_not_be_empty_is_filled_by_the_versions_statements(old, change):
    pages = Column("page_count", "bigint", "sheets of the file")
    change(
        "alter table raw.files add column page_count bigint",
        "update raw.files set page_count = 1",
        table=replace(FILES, columns=(*FILES.columns, pages)),
    )
    with opened(old) as engine:
        assert engine.read("select name, page_count from raw.files").rows() == [("shop.csv", 1)]


def test_tables_of_clean_that_changed_are_emptied_and_say_that_they_will_be_built(old, change):
    orders = TABLES["clean.orders"]
    change(table=replace(orders, columns=(*orders.columns, Column("basket", "bigint", "products"))))
    with opened(old) as engine:
        assert "clean: emptied; the next refresh builds every day of it from raw" in engine.migrated
        assert [told for told in engine.migrated if told.startswith("clean.")] == [], "no table of it is new"
        assert engine.count(TABLES["clean.orders"]) == engine.count(TABLES["clean.ledger"]) == 0
        assert engine.count(TABLES["raw.transactions"]) == 2368


def test_a_table_that_clean_gets_has_every_day_built_too(old, change):
    change("drop table clean.guests")
    with opened(old) as engine:
        assert engine.count(TABLES["clean.ledger"]) == 0


@pytest.mark.parametrize(
    ("column", "fault"),
    [
        (Column("page_count", "bigint", "sheets"), "raw.files.page_count is missing and has to be bigint"),
        (Column("name", "bigint", "path"), "raw.files.name is varchar and has to be bigint"),
    ],
)
def test_a_change_that_nothing_leads_to_is_refused_and_leaves_the_file(old, change, column, fault):
    others = [one for one in FILES.columns if one.name != column.name]
    change("drop table segments.playbook", table=replace(FILES, columns=(*others, column)))
    before = contents(old)
    with pytest.raises(WarehouseVersionError, match="Nothing was changed") as caught, opened(old):
        pass
    assert fault in str(caught.value)
    assert all(frame.equals(before[name]) for name, frame in contents(old).items())


def test_a_step_that_fails_leaves_the_file_as_it_was(old, change):
    change("drop table segments.playbook", "delete from raw.no_such_table")
    before = contents(old)
    with pytest.raises(duckdb.CatalogException, match="no_such_table"), opened(old):
        pass
    assert all(frame.equals(before[name]) for name, frame in contents(old).items())


def test_a_warehouse_that_lacks_a_table_is_refused_where_nothing_may_be_made(warehouse, connection):
    migrations.require_up_to_date(connection)
    connection.execute("drop table validation.stability")
    with pytest.raises(WarehouseVersionError, match="refresh a day first, which brings them there"):
        migrations.require_up_to_date(connection)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("alter table segments.profiles drop column mean_frequency", "mean_frequency is missing and has to be double"),
        ("alter table segments.profiles alter mean_frequency type float", "mean_frequency is float and has to be"),
    ],
)
def test_a_table_that_changed_without_a_new_version_is_named_before_a_step_fails_or_casts(
    new_warehouse, tmp_path, statement, fault
):
    path = shutil.copy(new_warehouse, tmp_path / "rfm.duckdb")
    with opened(path) as engine:
        engine._connection.execute("alter table segments.profiles add column of_a_person varchar")
    with opened(path) as engine:  # what somebody has put beside ours is in nobody's way
        engine._connection.execute(statement)
    with (
        pytest.raises(WarehouseVersionError, match=r"new version in rfm_assets/contracts/meta.py") as caught,
        opened(path),
    ):
        pass
    assert f"segments.profiles.{fault}" in str(caught.value)


@pytest.mark.parametrize(
    ("version", "remedy"), [(99, "Install that release"), (SCHEMA_VERSION - 1, "refresh a day first")]
)
def test_a_warehouse_of_another_release_is_refused_where_it_is_only_looked_at(warehouse, connection, version, remedy):
    connection.execute("update meta.schema_version set version = $version", {"version": version})
    with pytest.raises(WarehouseVersionError, match=f"version {version},.* {remedy}"):
        migrations.require_up_to_date(connection)
