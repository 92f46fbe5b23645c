"""The tables of the copy on a PostgreSQL server: made from the contracts, and altered when these change."""

from hashlib import sha256
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from rfm_assets.contracts import Table

TYPES = {
    "varchar": "text",
    "bigint": "bigint",
    "double": "double precision",
    "date": "date",
    "timestamp": "timestamp without time zone",
    "boolean": "boolean",
}
PARTS = "copied_parts"
NULLS_NOT_DISTINCT = 150_000  # the server version from which a null in a key is a value like others
Connection = psycopg.Connection[Any]


class ForeignTableError(ValueError):
    """The schema holds a table that is no copy of ours; it was left alone."""


def target(schema: str, table: Table) -> Identifier:
    """Return the name of a table's copy."""
    return Identifier(schema, table.short_name)


def digest(table: Table) -> str:
    """Return what tells whether a copy was made under the contract as it is now."""
    return sha256(repr(table).encode()).hexdigest()[:16]


def make_schema(connection: Connection, schema: str) -> None:
    """Make the schema and the table that keeps what was copied, where they are not there."""
    # `create schema if not exists` wants the right to make one even where it is there.
    if not connection.execute("select 1 from pg_namespace where nspname = %s", [schema]).fetchone():
        connection.execute(SQL("create schema {}").format(Identifier(schema)))
        connection.execute(SQL("comment on schema {} is {}").format(Identifier(schema), Literal("customer segments")))
    parts = Identifier(schema, PARTS)
    if not exists(connection, parts):
        columns = SQL("table_name text, part text, fingerprint text, primary key (table_name, part)")
        connection.execute(SQL("create table {} ({})").format(parts, columns))
        comment = "one row per table and part: what is copied, so that only what changed is copied again"
        connection.execute(SQL("comment on table {} is {}").format(parts, Literal(comment)))


def exists(connection: Connection, name: Identifier) -> bool:
    """Whether there is a table of this name."""
    found = connection.execute("select to_regclass(%s) is not null", [name.as_string(connection)]).fetchone()
    return bool(found and found[0])


def shape(connection: Connection, schema: str, table: Table, is_ours: bool) -> None:
    """Make a table's copy, or give an empty copy the contract's columns; keys come with `add_key`, after the rows.

    Columns are altered and tables are not made anew: rights and views that people have on them stay.

    Raises:
        ForeignTableError: a table of that name is there, and not ours.
    """
    name = target(schema, table)
    found = dict(
        connection.execute(
            "select attname, format_type(atttypid, atttypmod) from pg_attribute"
            " where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
            [name.as_string(connection)],
        ).fetchall()
    )
    if found and not is_ours:
        raise ForeignTableError(
            f"there is a table {name.as_string(connection)} that is no copy of the published one: it was left alone, "
            "choose another RFM_POSTGRES_SCHEMA"
        )
    if not found:
        connection.execute(SQL("create table {} ()").format(name))
    wanted = {column.name: column for column in table.columns}
    changes: list[Composable] = [SQL("drop constraint if exists {}").format(_key_name(table))] if found else []
    for old, type_ in found.items():
        if old not in wanted or type_ != _type(wanted[old].type):
            changes.append(SQL("drop column {}").format(Identifier(old)))
    for column in table.columns:
        type_ = _type(column.type)
        if found.get(column.name) == type_:
            null = SQL("drop not null" if column.nullable else "set not null")
            changes.append(SQL("alter column {} {}").format(Identifier(column.name), null))
        else:
            null = SQL("" if column.nullable else "not null")
            changes.append(SQL("add column {} {} {}").format(Identifier(column.name), SQL(type_), null))
    connection.execute(SQL("alter table {} {}").format(name, SQL(", ").join(changes)))
    connection.execute(SQL("comment on table {} is {}").format(name, Literal(table.grain)))
    for column in table.columns:
        where = Identifier(schema, table.short_name, column.name)
        connection.execute(SQL("comment on column {} is {}").format(where, Literal(column.description)))


def add_key(connection: Connection, schema: str, table: Table) -> None:
    """Declare the contract's key, which makes its index: a primary key, or a unique one where a part can be null."""
    columns = SQL(", ").join(map(Identifier, table.key))
    nullable = {column.name for column in table.columns if column.nullable}
    if not nullable & set(table.key):
        kind = SQL("primary key ({})")
    elif connection.info.server_version >= NULLS_NOT_DISTINCT:
        kind = SQL("unique nulls not distinct ({})")
    else:
        kind = SQL("unique ({})")
    names = target(schema, table), _key_name(table), kind.format(columns)
    connection.execute(SQL("alter table {} add constraint {} {}").format(*names))


def _type(type_: str) -> str:
    if type_.startswith("decimal"):
        return type_.replace("decimal", "numeric").replace(" ", "")
    return TYPES[type_]


def _key_name(table: Table) -> Identifier:
    return Identifier(f"{table.short_name}_key")
