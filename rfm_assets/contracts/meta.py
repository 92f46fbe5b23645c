"""Which version the warehouse's tables have, and what each version changed.

A change of a table in TABLES that a file could show (a table, a column, a type) is a new version: add it to CHANGES
and run `python -m docs.schema`, which writes the listing that the tests compare and open. A version that was released
is never edited.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rfm_assets.contracts.schema import Column, table


@dataclass(frozen=True)
class Change:
    """What a version changed: in words, and as statements where the general rules do not do it.

    The rules (`engines/duckdb/migrations.py`): a new table is made, a new column that may be empty is added empty, and
    the tables of `clean` are made anew, because raw has all that they are built from. Statements are needed for the
    rest: a column that may not be empty, another type, another name, a column that goes. They run before the rules, and
    never take a line of raw away.
    """

    meaning: str
    statements: tuple[str, ...] = ()


FIRST_VERSION = 1  # its files do not say so: they have no meta.schema_version
CHANGES: Mapping[int, Change] = {
    2: Change("the warehouse says which version its tables have"),
    3: Change(
        "each file says the currency of its amounts, and the timezone that its moments in UTC are read on: before "
        "this version that was UTC, so put Parquet files with such moments into landing anew, changed"
    ),
    4: Change(
        "each file keeps a digest of the mapping that it was read by: files loaded from this version on are read anew "
        "when their mapping changes"
    ),
    5: Change(
        "a line keeps what tells it apart from others of its order, where a mapping says `line_id`; a cluster keeps "
        "how far it is from what its name stands for"
    ),
    6: Change(
        "a version keeps mean and deviation of the logarithms fitted, by which drift is told: with "
        "RFM_SCALING=robust it has been median and quartiles that they were compared with"
    ),
}
SCHEMA_VERSION = max(CHANGES)

TABLES = dict(
    [
        table(
            "meta.schema_version",
            "one row per version that the tables of this warehouse have had since it says so",
            Column("version", "bigint", "version of the tables; the highest is in force", minimum=1),
            Column("changes", "varchar", "what was done to bring the tables there"),
            key=("version",),
        ),
    ]
)
