"""The engine's verbs: a write replaces what it says and nothing else, or changes nothing."""

from datetime import date
from decimal import Decimal

import duckdb
import polars as pl
import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.engines.errors import ContractError
from rfm_assets_tests.engines.stored import FIRST, MOVE, MOVES, PLAYBOOK, SECOND, moves, playbook
from rfm_assets_tests.rows import write_rows

GUESTS = TABLES["clean.guests"]


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


def test_a_select_that_breaks_the_contract_is_named_each_time_also_after_another_was_stored(warehouse):
    warehouse.store(MOVES, MOVE, snapshot_on=FIRST, customers=1)
    other = MOVE.replace("as bigint) as customers", "as integer) as customers")
    with pytest.raises(ContractError, match="customers: contract bigint, found integer"):
        warehouse.store(MOVES, other, snapshot_on=FIRST, customers=2)
    with pytest.raises(ContractError, match="customers: contract bigint, found integer"):
        warehouse.store(MOVES, other, snapshot_on=SECOND, customers=2)
    assert moves(warehouse) == [(FIRST, 1)]


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


def test_values_are_bound_not_pasted(warehouse):
    text = "'; drop table raw.files; --"
    assert warehouse.read("select $text as text", text=text, unused=1).rows() == [(text,)]
    assert warehouse.count(TABLES["raw.files"]) == 0


def test_a_read_result_leaves_the_connection_free(warehouse):
    first = warehouse.read("select range as n from range(100000)")
    assert warehouse.read("select 1 as n").item() == 1
    assert len(first) == 100_000
