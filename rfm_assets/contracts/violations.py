"""A contract as questions to the database: whether it is kept, and if not, how many rows break each of its limits."""

from collections.abc import Mapping
from dataclasses import dataclass

from rfm_assets.contracts.schema import Column, Table


@dataclass(frozen=True)
class Limit:
    """One limit of a column: what is said of a row that breaks it, and the SQL condition that such a row meets."""

    column: str
    meaning: str
    broken: str


@dataclass(frozen=True)
class Subset:
    """Which rows of a large table are looked at: those whose `column` has a value that a staged table holds."""

    column: str
    staged: tuple[str, str]  # table and column
    beside: str  # two rows of the same key have the same value in this column


FILES, DAYS = ("unchecked_files", "file_id"), ("unchecked_days", "invoiced_on")
UNCHECKED: Mapping[str, Subset] = {
    "raw.transactions": Subset("file_id", FILES, beside="file_id"),
    "raw.unreadable": Subset("file_id", FILES, beside="file_id"),
    "clean.transactions": Subset("invoiced_on", DAYS, beside="file_id"),
    "clean.rejected": Subset("invoiced_on", DAYS, beside="file_id"),
    "clean.copies": Subset("invoiced_on", DAYS, beside="file_id"),
    "clean.orders": Subset("ordered_on", DAYS, beside="invoice_number"),
}


def limits(table: Table) -> list[Limit]:
    """Return the limits that each row of the table must keep by itself."""
    return [limit for column in table.columns for limit in _column_limits(column)]


def faults(table: Table, subset: Subset | None = None) -> str:
    """Return a SELECT of one row: `row_count`, `broken` rows that break any limit, and `duplicates` of the key.

    A partitioned table is looked at from `$first_snapshot` to `$last_snapshot`; of another one, a subset or everything.
    """
    looked_at, beside = scope(table, subset), _beside(table, subset)
    broken = " or ".join(f"({limit.broken})" for limit in limits(table)) or "false"
    beside_count = f"(select count(*) from {beside})" if subset else "count(*)"
    # Names and limits come from our own contracts, never from data.
    return (
        f"select count(*) as row_count, count(*) filter (where {broken}) as broken, "
        f"{beside_count} - (select count(*) from (select distinct {', '.join(table.key)} from {beside})) as duplicates "
        f"from {looked_at}"
    )


def violations(table: Table, subset: Subset | None = None) -> str:
    """Return a SELECT of one row: `limit_0` … the rows that break each limit, of those that `faults` looks at."""
    counts = [f"count(*) filter (where {limit.broken}) as limit_{i}" for i, limit in enumerate(limits(table))]
    return f"select {', '.join(counts)} from {scope(table, subset)}"


def scope(table: Table, subset: Subset | None = None) -> str:
    """Return the rows that are looked at, as they stand behind FROM: a subset, the snapshots of the run, or all."""
    if subset:
        staged, column = subset.staged
        return f"{table.name} where {subset.column} in (select {staged}.{column} from {staged})"
    if table.partition:
        days = "between cast($first_snapshot as date) and cast($last_snapshot as date)"
        return f"{table.name} where {table.partition} {days}"
    return table.name


def _beside(table: Table, subset: Subset | None) -> str:
    """Return the rows among which a key of the scope may come again."""
    looked_at = scope(table, subset)
    if not subset:
        return looked_at
    return f"{table.name} where {subset.beside} in (select distinct {subset.beside} from {looked_at})"


def _column_limits(column: Column) -> list[Limit]:
    name, found = column.name, []
    if not column.nullable:
        found.append(("is empty", f"{name} is null"))
    if column.minimum is not None:
        found.append((f"is below {column.minimum:g}", f"{name} < {column.minimum!r}"))
    if column.maximum is not None:
        found.append((f"is above {column.maximum:g}", f"{name} > {column.maximum!r}"))
    if column.type == "double":
        found.append(("is not a number", f"isnan({name})"))
    if column.allowed is not None:
        values = ", ".join(f"'{value}'" for value in column.allowed)
        found.append((f"is none of {values}", f"{name} not in ({values})"))
    return [Limit(name, f"{name} {fault}", broken) for fault, broken in found]
