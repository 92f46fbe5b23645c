"""The engine's verbs: a write replaces what it says and nothing else, or changes nothing."""

import subprocess
import sys
from datetime import date
from decimal import Decimal

import duckdb
import polars as pl
import pytest
import tenacity

from rfm_assets.contracts import META, TABLES
from rfm_assets.engines.duckdb import DuckDBEngine
from rfm_assets.engines.duckdb_warehouse import open_warehouse
from rfm_assets.engines.errors import ContractError, WarehouseDamagedError, WarehouseInUseError
from rfm_assets_tests.rows import write_rows

PLAYBOOK, GUESTS = TABLES["segments.playbook"], TABLES["clean.guests"]
MOVES = TABLES["segments.moves"]
FIRST, SECOND = date(2011, 12, 1), date(2011, 12, 2)
MOVE = """
select
    cast($snapshot_on as date) as snapshot_on,
    cast('2011-11-30' as date) as previous_snapshot_on,
    'Loyal' as from_segment,
    'Lost' as to_segment,
    'ageing' as cause,
    cast($customers as bigint) as customers,
"""
HOLD = """
import sys
import duckdb
from pathlib import Path
from rfm_assets.engines.duckdb_warehouse import open_warehouse
with duckdb.connect() as connection:
    open_warehouse(connection, Path(sys.argv[1]))
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def played(warehouse):
    """A warehouse whose playbook has one row."""
    write_rows(warehouse, "segments.playbook", ("Loyal", "they come back", "thank them"))
    return warehouse


def playbook(engine: DuckDBEngine) -> list[tuple]:
    return engine.read("select * from segments.playbook order by segment").rows()


def moves(engine: DuckDBEngine) -> list[tuple]:
    return engine.read("select snapshot_on, customers from segments.moves order by all").rows()


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
    with duckdb.connect() as connection, pytest.raises(WarehouseDamagedError, match="Put back its last copy"):
        open_warehouse.retry_with(sleep=pytest.fail)(connection, path)


def test_store_replaces_the_partition_and_no_other(warehouse):
    assert warehouse.store(MOVES, MOVE, snapshot_on=FIRST, customers=1) == 1
    assert warehouse.store(MOVES, MOVE, snapshot_on=SECOND, customers=2) == 1
    assert warehouse.store(MOVES, MOVE, snapshot_on=FIRST, customers=3) == 1
    assert moves(warehouse) == [(FIRST, 3), (SECOND, 2)]
    assert warehouse.store(MOVES, f"{MOVE} where false", snapshot_on=FIRST, customers=0) == 0
    assert moves(warehouse) == [(SECOND, 2)]


def test_store_replaces_all_rows_of_a_table_without_partitions(played):
    statement = "select 'Lost' as segment, 'gone' as description, 'let go' as recommended_action"
    assert played.store(PLAYBOOK, statement) == 1
    assert playbook(played) == [("Lost", "gone", "let go")]


def test_store_goes_by_name_not_by_position(played):
    played.store(PLAYBOOK, "select 'do' as recommended_action, 'who' as description, 'name' as segment")
    assert playbook(played) == [("name", "who", "do")]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("select 'a' as segment, 'b' as description", "recommended_action: contract varchar, found None"),
        ("select 'a' as segment, 'b' as description, 'c' as action", "action: contract None, found varchar"),
        (
            "select 'a' as segment, 'b' as description, 'c' as recommended_action, 1 as extra",
            "extra: contract None, found integer",
        ),
        (
            "select 1 as segment, 'b' as description, 'c' as recommended_action",
            "segment: contract varchar, found integer",
        ),
    ],
)
def test_a_select_that_breaks_the_contract_is_named_and_leaves_the_table(played, statement, named):
    with pytest.raises(ContractError, match=r"segments\.playbook was not stored") as caught:
        played.store(PLAYBOOK, statement)
    assert named in str(caught.value)
    assert playbook(played) == [("Loyal", "they come back", "thank them")]
    played.stage("staged", "select 'Loyal' as segment")
    with pytest.raises(ContractError):
        played.store_matching(PLAYBOOK, statement, columns=["segment"], staged="staged")
    assert playbook(played) == [("Loyal", "they come back", "thank them")]


def test_a_decimal_of_another_scale_breaks_the_contract(warehouse):
    amount = "cast(1 as decimal(28, 2))"
    with pytest.raises(ContractError, match=r"amount: contract decimal\(28,4\), found decimal\(28,2\)"):
        warehouse.store(
            TABLES["clean.orders"],
            "select '1' as invoice_id, 'c' as customer_id, date '2011-12-01' as ordered_on, 'sale' as order_kind,"
            f" {amount} as amount, cast(1 as bigint) as line_count, cast(1 as bigint) as quantity,"
            " date '2011-12-01' as last_on, cast(1 as bigint) as invoice_number",
        )


FAILING = (
    "select cast(range as varchar) as segment, if(range = 2, error('too far'), '') as description,"
    " '' as recommended_action from range(3)"
)


def test_a_select_that_fails_while_it_runs_leaves_the_table(played):
    with pytest.raises(duckdb.Error, match="too far"):
        played.store(PLAYBOOK, FAILING)
    assert playbook(played) == [("Loyal", "they come back", "thank them")]


def test_rows_keep_their_order_again_after_a_replacement_also_when_it_failed(played, connection):
    def keeps_order():
        return connection.execute("select current_setting('preserve_insertion_order')").fetchall()[0][0]

    played.stage("staged", "select 'Loyal' as segment")
    played.store_matching(PLAYBOOK, "select * from segments.playbook", columns=["segment"], staged="staged")
    assert keeps_order()
    # Within a transaction, which a failure leaves unusable.
    with pytest.raises(duckdb.Error, match="too far"), played.transaction():
        played.store_matching(PLAYBOOK, FAILING, columns=["segment"], staged="staged")
    assert keeps_order()


def test_store_matching_replaces_the_rows_that_the_staged_table_names(warehouse):
    write_rows(warehouse, "segments.playbook", ("a", "old", ""), ("b", "old", ""), ("c", "old", ""))
    assert warehouse.stage("staged", "select * from (values ('a'), ('c'), ('z')) as names (segment)") == 3
    new = "select segment, 'new' as description, '' as recommended_action from staged where segment <> 'c'"
    assert warehouse.store_matching(PLAYBOOK, new, columns=["segment"], staged="staged") == 2
    assert playbook(warehouse) == [("a", "new", ""), ("b", "old", ""), ("z", "new", "")]


def test_store_matching_goes_by_all_columns_named_and_null_matches_null(warehouse):
    def guests(country, on, lines):
        return (on, country, lines, 0, 0, 0)

    write_rows(warehouse, "clean.guests", guests(None, FIRST, 1), guests(None, SECOND, 2), guests("France", FIRST, 3))
    warehouse.stage("staged", "select null as country, date '2011-12-01' as invoiced_on")
    none = "select * from clean.guests where false"
    assert warehouse.store_matching(GUESTS, none, columns=["invoiced_on", "country"], staged="staged") == 0
    assert warehouse.read("select line_count from clean.guests order by all").rows() == [(2,), (3,)]


def test_a_staged_frame_can_be_read_with_its_nulls(warehouse):
    warehouse.stage_frame("staged", pl.DataFrame({"number": [1, 2], "nothing": [None, None]}))
    assert warehouse.read("select number, nothing from staged order by number").rows() == [(1, None), (2, None)]


def test_staging_again_replaces_what_was_staged(warehouse):
    warehouse.stage("staged", "select 1 as one")
    assert warehouse.stage("staged", "select cast($n as bigint) as two from range(2)", n=7) == 2
    assert warehouse.read("select two from staged").rows() == [(7,), (7,)]


def test_write_replaces_rows_by_name_and_casts_them_to_the_contract(warehouse):
    row = {"quantity": 3, "line_count": 1, "amount": "1.25", "order_kind": "sale", "last_on": "2011-12-02"}
    row |= {"ordered_on": "2011-12-01", "customer_id": 7, "invoice_id": 536365, "invoice_number": "536365"}
    warehouse.write(TABLES["clean.orders"], pl.DataFrame([row]))
    assert warehouse.read("select * from clean.orders").rows() == [
        ("536365", "7", date(2011, 12, 1), "sale", Decimal("1.2500"), 1, 3, date(2011, 12, 2), 536365)
    ]


def test_write_replaces_the_rows_of_the_named_values_only(warehouse):
    write_rows(warehouse, "segments.playbook", ("a", "old", ""), ("b", "old", ""), ("c", "old", ""))
    frame = pl.DataFrame([("a", "new", ""), ("d", "new", "")], schema=PLAYBOOK.column_names, orient="row")
    warehouse.write(PLAYBOOK, frame, column="segment", values=["a", "b"])
    assert playbook(warehouse) == [("a", "new", ""), ("c", "old", ""), ("d", "new", "")]


@pytest.mark.parametrize("columns", [["segment", "description"], [*PLAYBOOK.column_names, "extra"]])
def test_a_frame_with_a_column_missing_or_too_many_is_refused_and_leaves_the_table(played, columns):
    with pytest.raises(ContractError, match=r"recommended_action|extra"):
        played.write(PLAYBOOK, pl.DataFrame({column: ["x"] for column in columns}))
    assert playbook(played) == [("Loyal", "they come back", "thank them")]


def test_a_frame_with_a_value_that_the_type_cannot_hold_leaves_the_table(warehouse):
    good = ("1", "c1", FIRST, "sale", "1.00", 1, 1, FIRST, 0)
    write_rows(warehouse, "clean.orders", good)
    with pytest.raises(duckdb.ConversionException):
        write_rows(warehouse, "clean.orders", ("2", "c1", FIRST, "sale", "much", 1, 1, FIRST, 0))
    assert warehouse.read("select invoice_id from clean.orders").rows() == [("1",)]
    write_rows(warehouse, "clean.orders", ("3", "c1", FIRST, "sale", "1.00", 1, 1, FIRST, 0))
    assert warehouse.read("select invoice_id from clean.orders").rows() == [("3",)]


def test_delete_takes_the_rows_of_the_named_values(warehouse):
    write_rows(warehouse, "segments.playbook", ("a", "", ""), ("b", "", ""), ("'; drop table raw.files; --", "", ""))
    warehouse.delete(PLAYBOOK, column="segment", values=["a", "'; drop table raw.files; --"])
    assert playbook(warehouse) == [("b", "", "")]
    warehouse.delete(PLAYBOOK, column="segment", values=[])
    assert playbook(warehouse) == [("b", "", "")]
    assert warehouse.count(TABLES["raw.files"]) == 0


def test_a_block_that_fails_leaves_every_table_as_before(played):
    with pytest.raises(KeyError), played.transaction():
        played.store(MOVES, MOVE, snapshot_on=FIRST, customers=1)
        played.delete(PLAYBOOK, column="segment", values=["Loyal"])
        raise KeyError
    assert moves(played) == []
    assert playbook(played) == [("Loyal", "they come back", "thank them")]
    played.store(MOVES, MOVE, snapshot_on=SECOND, customers=2)
    assert moves(played) == [(SECOND, 2)]


def test_an_interrupted_block_leaves_every_table_as_before(played):
    with pytest.raises(KeyboardInterrupt), played.transaction():
        played.delete(PLAYBOOK, column="segment", values=["Loyal"])
        raise KeyboardInterrupt
    assert len(playbook(played)) == 1


def test_a_commit_that_fails_tells_its_own_error(played, connection):
    class Full:
        """A connection to a disk that is full: the commit fails, and has ended the transaction."""

        def __getattr__(self, name):
            return getattr(connection, name)

        def commit(self):
            connection.rollback()
            raise duckdb.IOException("No space left on device")

    played._connection = Full()
    with pytest.raises(duckdb.IOException, match="No space left"), played.transaction():
        played.stage("mine", "select 1 as a")


def test_a_transaction_within_another_is_part_of_it(played):
    with pytest.raises(KeyError), played.transaction():
        with played.transaction():
            played.store(MOVES, MOVE, snapshot_on=FIRST, customers=1)
        raise KeyError
    assert moves(played) == []
    with played.transaction(), played.transaction():
        played.store(MOVES, MOVE, snapshot_on=FIRST, customers=1)
    assert moves(played) == [(FIRST, 1)]


def test_what_a_block_stored_is_in_the_file(tmp_path):
    path = tmp_path / "rfm.duckdb"
    with duckdb.connect() as connection:
        open_warehouse(connection, path)
        DuckDBEngine(connection).store(MOVES, MOVE, snapshot_on=FIRST, customers=1)
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("select count(*) from segments.moves").fetchall() == [(1,)]


def test_values_are_bound_not_pasted(warehouse):
    text = "'; drop table raw.files; --"
    assert warehouse.read("select $text as text", text=text, unused=1).rows() == [(text,)]
    assert warehouse.count(TABLES["raw.files"]) == 0


def test_a_read_result_leaves_the_connection_free(warehouse):
    first = warehouse.read("select range as n from range(100000)")
    assert warehouse.read("select 1 as n").item() == 1
    assert len(first) == 100_000
