"""How a table of the contracts is made in DuckDB, and how its names and types are written."""

from collections.abc import Callable

from rfm_assets.contracts import Table
from rfm_assets.contracts.schema import plain

Execute = Callable[[str], object]


def create(execute: Execute, table: Table, target: str) -> None:
    """Make the table under the quoted name `target`, with the contract's comments."""
    columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in table.columns)
    execute(f"create table {target} ({columns})")
    comment(execute, table, target)


def comment(execute: Execute, table: Table, target: str) -> None:
    """Write the contract's grain and meanings to a table that has all of its columns."""
    statements = [f"comment on table {target} is {_literal(table.grain)}"]
    for column in table.columns:
        statements.append(f"comment on column {target}.{quoted(column.name)} is {_literal(column.description)}")
    execute(";\n".join(statements))  # at once: a third faster than one by one


def quoted(name: str) -> str:
    """Return a name, with or without a schema, as an identifier."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def promised_types(table: Table) -> dict[str, str]:
    """Return the contract's type of each column, as `plain` writes it."""
    return {column.name: plain(column.type) for column in table.columns}


def digests(table: Table) -> str:
    """Return the aggregates that tell rows from others, in whatever order they lie: their number and two of hashes.

    Not the xor alone: DuckDB's hash of a row has that of its last column xored in, so that two rows whose last columns
    changed places, or changed alike, leave it as it was.
    """
    row = f"hash({', '.join(map(quoted, table.column_names))})"
    return f"count(*), bit_xor({row}), sum({row})"


def _literal(text: str) -> str:
    # COMMENT takes no parameter.
    return "'" + text.replace("'", "''") + "'"
