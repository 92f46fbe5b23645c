"""A block of writes is in the file as a whole, or changes nothing."""

import duckdb
import pytest

from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets_tests.engines.stored import FIRST, MOVE, MOVES, PLAYBOOK, SECOND, moves, playbook


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
