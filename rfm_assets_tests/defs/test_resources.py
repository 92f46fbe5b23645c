from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import duckdb
import pytest
from dagster_duckdb import DuckDBResource
from filelock import FileLock, Timeout

from rfm_assets.contracts import TABLES
from rfm_assets.defs.resources import Warehouse, alone_on, warehouse_of
from rfm_assets.engines.errors import MemoryLimitError, WarehouseDamagedError
from rfm_assets.settings import Settings


@pytest.fixture
def warehouse(tmp_path):
    return warehouse_of(Settings(data=tmp_path))


def test_the_warehouse_is_free_again_after_each_use_outside_of_a_run(warehouse):
    with warehouse.engine() as engine:
        assert engine.count(TABLES["raw.files"]) == 0
    duckdb.connect(warehouse.path).close()


def test_a_run_opens_the_warehouse_once_and_frees_it_at_its_end(warehouse, monkeypatch):
    opened = []
    monkeypatch.setattr(DuckDBResource, "get_connection", lambda self: opened.append(1) or original(self))
    found = []

    @dg.op
    def first(warehouse: Warehouse) -> int:
        with warehouse.engine() as engine:
            engine.stage("mine", "select 1 as a")
        return 0

    @dg.op
    def second(warehouse: Warehouse, before: int) -> None:
        with warehouse.engine() as engine, pytest.raises(duckdb.CatalogException):
            engine.read("select a from mine")
        found.append(before)

    @dg.job(resource_defs={"warehouse": warehouse}, executor_def=dg.in_process_executor)
    def two_steps():
        second(before=first())

    assert two_steps.execute_in_process().success
    assert found == [0]
    assert len(opened) == 1
    duckdb.connect(warehouse.path).close()


def test_resources_of_a_run_that_is_over_wait_for_no_other_run(warehouse):
    @dg.op
    def one(warehouse: Warehouse) -> None:
        with pytest.raises(Timeout):
            FileLock(f"{warehouse.path}.run").acquire(timeout=0)

    @dg.job(resource_defs={"warehouse": warehouse}, executor_def=dg.in_process_executor)
    def one_step():
        one()

    with dg.DagsterInstance.ephemeral() as instance:
        run = one_step.execute_in_process(instance=instance).dagster_run
        with alone_on(Path(warehouse.path), pytest.fail):
            over = SimpleNamespace(instance=instance, run=run)
            with warehouse.yield_for_execution(over) as again:
                assert again is warehouse


def test_a_failing_step_leaves_the_warehouse_free(warehouse):
    @dg.op
    def fails(warehouse: Warehouse) -> None:
        with warehouse.engine():
            raise ValueError("wrong")

    @dg.job(resource_defs={"warehouse": warehouse}, executor_def=dg.in_process_executor)
    def one_step():
        fails()

    assert not one_step.execute_in_process(raise_on_error=False).success
    duckdb.connect(warehouse.path).close()


def test_damage_that_a_step_comes_upon_is_told_with_what_to_do(warehouse):
    with (
        pytest.raises(WarehouseDamagedError, match=r"rfm\.duckdb is damaged: .* put back its last copy"),
        warehouse.engine(),
    ):
        raise duckdb.IOException("Corrupt database file: computed checksum 1 does not match stored checksum 2")
    with pytest.raises(duckdb.CatalogException), warehouse.engine() as engine:
        engine.read("select * from no_such_table")


def test_duckdb_has_the_threads_of_the_settings_and_room_beside_the_warehouse(tmp_path):
    warehouse = warehouse_of(Settings(data=tmp_path, threads=1))
    asked = "select current_setting('threads') as threads, current_setting('temp_directory') as folder"
    with warehouse.engine() as engine:
        assert engine.row(asked) == {"threads": 1, "folder": f"{warehouse.path}.tmp"}


original = DuckDBResource.get_connection


def test_want_of_memory_is_told_with_the_setting_that_allows_more(tmp_path):
    warehouse = warehouse_of(Settings(data=tmp_path, memory_limit="30MB", threads=1))
    sorted_texts = "select list(md5(i::varchar) order by hash(i)) as texts from range(3000000) as numbers(i)"
    with (
        pytest.raises(MemoryLimitError, match=r"Out of Memory Error: .*: DuckDB may use 30MB. Raise RFM_MEMORY_LIMIT"),
        warehouse.engine() as engine,
    ):
        engine.read(sorted_texts)
    duckdb.connect(warehouse.path).close()
