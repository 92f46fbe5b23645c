"""A contract as questions to the database: whether it is kept, and if not, how many rows break each of its limits."""

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


def faults(table: Table, part: Part | None = None) -> str:
    """Return a SELECT of one row: `row_count`, `broken` rows that break any limit, and `duplicates` of the key.

    A partitioned table is looked at from `$first_snapshot` to `$last_snapshot`; of another one, a part or everything.
    """
    scope, beside = _scope(table, part), _beside(table, part)
    broken = " or ".join(f"({limit.broken})" for limit in limits(table)) or "false"
    beside_count = f"(select count(*) from {beside})" if part else "count(*)"
    # Names and limits come from our own contracts, never from data.
    return (
        f"select count(*) as row_count, count(*) filter (where {broken}) as broken, "
        f"{beside_count} - (select count(*) from (select distinct {', '.join(table.key)} from {beside})) as duplicates "
        f"from {scope}"
    )


def violations(table: Table, part: Part | None = None) -> str:
    """Return a SELECT of one row: `limit_0` … the rows that break each limit, of those that `faults` looks at."""
    counts = [f"count(*) filter (where {limit.broken}) as limit_{i}" for i, limit in enumerate(limits(table))]
    return f"select {', '.join(counts)} from {_scope(table, part)}"


def _scope(table: Table, part: Part | None) -> str:
    if part:
        staged, column = part.staged
        return f"{table.name} where {part.column} in (select {staged}.{column} from {staged})"
    if table.partition:
        days = "between cast($first_snapshot as date) and cast($last_snapshot as date)"
        return f"{table.name} where {table.partition} {days}"
    return table.name


def _beside(table: Table, part: Part | None) -> str:
    """Return the rows among which a key of the scope may come again."""
    scope = _scope(table, part)
    if not part:
        return scope
    return f"{table.name} where {part.beside} in (select distinct {part.beside} from {scope})"


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
