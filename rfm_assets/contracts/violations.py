"""A contract as a question to the database: how many rows break each of its limits."""

from collections.abc import Mapping
from dataclasses import dataclass

from rfm_assets.contracts.schema import Column, Table


@dataclass(frozen=True)
class Limit:
    """One limit of a contract, in words and as a SQL condition that a row breaking it meets."""

    meaning: str
    broken: str


@dataclass(frozen=True)
class Part:
    """The rows of a large table that did not pass its contract yet: by a column, among those of a staged table.

    A key of theirs can come again only among the rows that share their value of the column `beside`.
    """

    column: str
    staged: tuple[str, str]  # table and column
    beside: str


FILES, DAYS = ("unchecked_files", "file_id"), ("unchecked_days", "invoiced_on")
UNCHECKED: Mapping[str, Part] = {
    "raw.transactions": Part("file_id", FILES, beside="file_id"),
    "raw.unreadable": Part("file_id", FILES, beside="file_id"),
    "clean.transactions": Part("invoiced_on", DAYS, beside="file_id"),
    "clean.rejected": Part("invoiced_on", DAYS, beside="file_id"),
    "clean.copies": Part("invoiced_on", DAYS, beside="file_id"),
    "clean.orders": Part("ordered_on", DAYS, beside="invoice_number"),
}


def limits(table: Table) -> list[Limit]:
    """Return the limits that each row of the table must keep by itself."""
    return [limit for column in table.columns for limit in _column_limits(column)]


def violations(table: Table, part: Part | None = None) -> str:
    """Return a SELECT of one row: `rows`, `duplicates` of the key, and `limit_0` … the rows that break each limit.

    A partitioned table is looked at from `$first_snapshot` to `$last_snapshot`; of another one, a part or everything.
    """
    counts = [f"count(*) filter (where {limit.broken}) as limit_{i}" for i, limit in enumerate(limits(table))]
    scope = ""
    if table.partition:
        scope = f" where {table.partition} between cast($first_snapshot as date) and cast($last_snapshot as date)"
    beside = "scope"
    if part:
        staged, column = part.staged
        scope = f" where {part.column} in (select {staged}.{column} from {staged})"
        beside = f"{table.name} where {part.beside} in (select distinct {part.beside} from scope)"
    key = ", ".join(table.key)
    # Names and limits come from our own contracts, never from data.
    return (
        f"with scope as (select * from {table.name}{scope}), "
        f"keys as (select {key}, count(*) as occurrences from {beside} group by {key}), "
        "repeated as (select coalesce(sum(occurrences - 1), 0) as duplicates from keys) "
        f"select count(*) as row_count, max(repeated.duplicates) as duplicates, {', '.join(counts)} "
        "from scope cross join repeated"
    )


def _column_limits(column: Column) -> list[Limit]:
    found = []
    if not column.nullable:
        found.append(Limit(f"{column.name} is empty", f"{column.name} is null"))
    if column.minimum is not None:
        found.append(Limit(f"{column.name} is below {column.minimum:g}", f"{column.name} < {column.minimum!r}"))
    if column.maximum is not None:
        found.append(Limit(f"{column.name} is above {column.maximum:g}", f"{column.name} > {column.maximum!r}"))
    if column.type == "double":
        found.append(Limit(f"{column.name} is not a number", f"isnan({column.name})"))
    if column.allowed is not None:
        values = ", ".join(f"'{value}'" for value in column.allowed)
        found.append(Limit(f"{column.name} is none of {values}", f"{column.name} not in ({values})"))
    return found
