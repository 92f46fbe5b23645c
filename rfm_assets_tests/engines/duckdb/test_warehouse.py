"""Opening a warehouse: what a new one has, what an older one keeps, and one that another process holds."""

import shutil
import subprocess
import sys

import duckdb
import pytest
import tenacity

from rfm_assets.contracts import META, TABLES
from rfm_assets.engines.duckdb import warehouse as warehouse_file
from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets.engines.errors import WarehouseDamagedError, WarehouseInUseError
from rfm_assets_tests.engines.stored import MOVES, PLAYBOOK, playbook
from rfm_assets_tests.rows import write_rows

HOLD = """
import sys
import duckdb
from pathlib import Path
from rfm_assets.engines.duckdb.warehouse import open_warehouse
with duckdb.connect() as connection:
    open_warehouse(connection, Path(sys.argv[1]))
    print("open", flush=True)
    sys.stdin.read()
"""

LOGGING = """
import os
import sys
import duckdb
from pathlib import Path
from rfm_assets.engines.duckdb.warehouse import open_warehouse
connection = duckdb.connect()
open_warehouse(connection, Path(sys.argv[1]))
connection.execute("create table logged as select 1")
os._exit(9)
"""


def test_a_new_warehouse_has_every_table_with_its_types_in_order_and_its_comments(tmp_path):
    with duckdb.connect() as connection:
        open_warehouse(connection, tmp_path / "new" / "rfm.duckdb")
        DuckDBEngine(connection)
    with duckdb.connect(str(tmp_path / "new" / "rfm.duckdb"), read_only=True) as connection:
        tables = connection.execute("select schema_name || '.' || table_name, comment from duckdb_tables()").fetchall()
        columns = connection.execute(
            "select schema_name || '.' || table_name, column_name, lower(data_type), comment"
            " from duckdb_columns() where not internal order by column_index"
        ).fetchall()
    declared = {**TABLES, **META}
    assert dict(tables) == {name: table.grain for name, table in declared.items()}
    for name, table in declared.items():
        found = [
            (column, type_.replace(",", ", "), comment) for owner, column, type_, comment in columns if owner == name
        ]
        assert found == [(column.name, column.type, column.description) for column in table.columns]


def test_opening_a_warehouse_again_keeps_its_rows(tmp_path):
    for expected in ([], [("Loyal", "a", "b")]):
        with duckdb.connect() as connection:
            open_warehouse(connection, tmp_path / "rfm.duckdb")
            engine = DuckDBEngine(connection)
            assert playbook(engine) == expected
            write_rows(engine, "segments.playbook", ("Loyal", "a", "b"))


def test_a_table_that_a_new_version_of_the_contracts_adds_is_made_beside_the_others(played, connection):
    connection.execute("drop table segments.moves")
    again = DuckDBEngine(connection)
    assert again.count(MOVES) == 0
    assert again.count(PLAYBOOK) == 1


def test_the_schema_rfm_in_the_file_rfm_is_not_ambiguous(warehouse):
    assert warehouse.read("select count(*) as n from rfm.customers").item() == 0
    assert warehouse.store(TABLES["rfm.grid"], "select * from rfm.grid") == 0


def test_the_warehouse_names_the_process_that_holds_it_and_what_to_do(tmp_path):
    path = tmp_path / "rfm.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "open\n"
        waits = []

        def let_go(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 2:
                holder.communicate()

        with duckdb.connect() as connection:
            once = open_warehouse.retry_with(stop=tenacity.stop_after_attempt(1))
            with pytest.raises(WarehouseInUseError) as caught:
                once(connection, path)
            for part in (str(path), f"PID {holder.pid}", "Close that process", "open the published file instead"):
                assert part in str(caught.value)
            # What it waits for is that the other process lets go.
            open_warehouse.retry_with(sleep=let_go)(connection, path)
            assert waits == sorted(waits)
            assert len(waits) == 2
            assert DuckDBEngine(connection).count(PLAYBOOK) == 0


def test_the_warehouse_is_waited_for_some_ten_seconds():
    waits = []

    def never() -> None:
        raise WarehouseInUseError

    with pytest.raises(WarehouseInUseError):
        open_warehouse.retry.copy(sleep=waits.append)(never)
    assert 5 < sum(waits) < 20


def test_a_file_that_is_no_warehouse_is_not_waited_for(tmp_path):
    path = tmp_path / "block" / "rfm.duckdb"  # in whose name "lock" says nothing
    path.parent.mkdir()
    path.write_text("This is a text file, and long enough to be looked at as a database." * 100)
    with duckdb.connect() as connection, pytest.raises(WarehouseDamagedError, match="put back its last copy"):
        open_warehouse.retry_with(sleep=pytest.fail)(connection, path)


@pytest.mark.parametrize("harm", ["overwritten", "cut short"])
def test_a_warehouse_that_a_disk_or_a_copy_has_harmed_is_told_of(tmp_path, new_warehouse, harm):
    path, content = tmp_path / "rfm.duckdb", new_warehouse.read_bytes()
    half = len(content) // 2
    path.write_bytes(content[:half] if harm == "cut short" else content[:100] + b"harm" + content[104:])
    with duckdb.connect() as connection, pytest.raises(WarehouseDamagedError, match="put back its last copy"):
        open_warehouse.retry_with(sleep=pytest.fail)(connection, path)


def test_a_warehouse_that_is_only_looked_at_cannot_be_changed(connection, new_warehouse):
    open_warehouse(connection, new_warehouse, read_only=True)
    with pytest.raises(duckdb.InvalidInputException, match="read-only mode"):
        connection.execute("delete from segments.playbook")


def test_of_two_processes_that_make_a_warehouse_the_slower_takes_that_of_the_other(connection, tmp_path, new_warehouse):
    path = tmp_path / "rfm.duckdb"
    shutil.copy(new_warehouse, path)
    warehouse_file._create_file(connection, path)
    assert path.read_bytes() == new_warehouse.read_bytes()


def test_a_log_that_is_not_of_the_warehouse_is_told_of(tmp_path):
    path = tmp_path / "rfm.duckdb"
    process = subprocess.run([sys.executable, "-c", LOGGING, path], check=False)
    assert process.returncode == 9
    path.unlink()
    with (
        duckdb.connect() as connection,
        pytest.raises(WarehouseDamagedError, match=r"and rfm\.duckdb\.wal, if that is"),
    ):
        open_warehouse.retry_with(sleep=pytest.fail)(connection, path)
