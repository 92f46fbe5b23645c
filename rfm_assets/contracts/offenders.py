"""The rows that break a contract, as people are shown them: the key, the values concerned, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rfm_assets.contracts.schema import Table
from rfm_assets.contracts.violations import Limit, scope

if TYPE_CHECKING:
    import polars as pl

REPEATED = "the same key comes again"
WRONG = "what is wrong"


def offenders(table: Table, broken: Sequence[Limit], *, is_repeated: bool, most: int) -> str:
    """Return a SELECT of the first rows that break one of these limits, or whose key comes again, by key.

    Its columns are the key, the columns concerned, and `wrong_0` … whether each limit is broken, a repeated key last.
    A partitioned table is looked at from `$first_snapshot` to `$last_snapshot`.
    """
    key = ", ".join(table.key)
    named = dict.fromkeys([*table.key, *(limit.column for limit in broken)])
    conditions = [limit.broken for limit in broken]
    repeated = f", count(*) over (partition by {key}) as occurrences" if is_repeated else ""
    conditions += ["occurrences > 1"] * is_repeated
    wrong = ", ".join(f"{condition} as wrong_{i}" for i, condition in enumerate(conditions))
    # Names and limits come from our own contracts, never from data.
    return (
        f"with scope as (select *{repeated} from {scope(table)}) "
        f"select {', '.join(named)}, {wrong} from scope where {' or '.join(conditions)} order by {key} limit {most}"
    )


def offenders_in_words(found: pl.DataFrame, broken: Sequence[Limit], *, is_repeated: bool) -> pl.DataFrame:
    """Return the rows of `offenders` with their faults in words, in place of a column for each."""
    import polars as pl

    meanings = [*(limit.meaning for limit in broken), *([REPEATED] * is_repeated)]
    wrong = [
        "; ".join(meaning for i, meaning in enumerate(meanings) if row[f"wrong_{i}"])
        for row in found.iter_rows(named=True)
    ]
    return found.drop(f"wrong_{i}" for i in range(len(meanings))).with_columns(pl.Series(WRONG, wrong, pl.String))
