"""What the tests of the engine store and read back: a playbook, and the moves of two days."""

from datetime import date

from rfm_assets.contracts import TABLES
from rfm_assets.engines.duckdb.engine import DuckDBEngine

PLAYBOOK, MOVES = TABLES["segments.playbook"], TABLES["segments.moves"]
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


def playbook(engine: DuckDBEngine) -> list[tuple]:
    return engine.read("select * from segments.playbook order by segment").rows()


def moves(engine: DuckDBEngine) -> list[tuple]:
    return engine.read("select snapshot_on, customers from segments.moves order by all").rows()
