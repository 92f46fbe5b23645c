"""Bringing the tables of an older warehouse up to date: nothing of raw and no snapshot is lost."""

from collections.abc import Mapping, Set

import duckdb

from rfm_assets.contracts import META, TABLES
from rfm_assets.contracts.meta import CHANGES, FIRST_VERSION, SCHEMA_VERSION
from rfm_assets.contracts.schema import plain
from rfm_assets.engines.duckdb.tables import comment, create, promised_types, quoted
from rfm_assets.engines.errors import WarehouseVersionError

VERSIONS = META["meta.schema_version"]
# Built from raw alone, day by day: a day without a row in the ledger is built by the next refresh.
REBUILT = "clean"
Found = Mapping[str, Mapping[str, str]]  # table to column to type


def bring_up_to_date(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Make what is missing and migrate what is older, within the caller's transaction; return what a migration did.

    Raises:
        WarehouseVersionError: the tables are newer than this program, or CHANGES does not lead to the contracts.
    """
    found = _found(connection)
    if not found.keys() & TABLES.keys():
        _create_missing(connection, found)
        _record(connection, ["the warehouse was made"])
        return []
    version = _version(connection, found.keys())
    _refuse_newer(connection, version)
    if version == SCHEMA_VERSION:
        _refuse_unlike(connection, found)
        _create_missing(connection, found)
        return []
    return _migrate(connection, version)


def require_up_to_date(connection: duckdb.DuckDBPyConnection) -> None:
    """Return when the tables are those of the contracts, and change nothing.

    Raises:
        WarehouseVersionError: they are of another version, or not there.
    """
    names = _found(connection).keys()
    version = _version(connection, names)
    _refuse_newer(connection, version)
    if version < SCHEMA_VERSION or TABLES.keys() - names:
        raise WarehouseVersionError(
            f"{_path(connection)} has tables of version {version}, and this release of rfm_assets works on version "
            f"{SCHEMA_VERSION}: refresh a day first, which brings them there"
        )


def _refuse_newer(connection: duckdb.DuckDBPyConnection, version: int) -> None:
    if version > SCHEMA_VERSION:
        raise WarehouseVersionError(
            f"{_path(connection)} has tables of version {version}, and this release of rfm_assets knows those up to "
            f"{SCHEMA_VERSION}: a newer release wrote it. Install that release, or put back the copy of the warehouse "
            "from before the upgrade (deploy/README.md)"
        )


def _refuse_unlike(connection: duckdb.DuckDBPyConnection, found: Found) -> None:
    if faults := _unlike(found):
        raise WarehouseVersionError(
            f"{_path(connection)} has tables of version {SCHEMA_VERSION} that are not as the contracts say: "
            f"{'; '.join(faults)}. A change of a table is a new version in rfm_assets/contracts/meta.py; a warehouse "
            "that a version in the making has opened is to be made anew"
        )


def _migrate(connection: duckdb.DuckDBPyConnection, version: int) -> list[str]:
    steps = [f"version {number}: {CHANGES[number].meaning}" for number in range(version + 1, SCHEMA_VERSION + 1)]
    for number in range(version + 1, SCHEMA_VERSION + 1):
        for statement in CHANGES[number].statements:
            connection.execute(statement)
    done = [*_renew_rebuilt(connection), *_add_columns(connection)]
    made = _create_missing(connection, _found(connection))
    done += [f"{name}: new" for name in made if not name.startswith(f"{REBUILT}.")]
    found = _found(connection)
    if faults := [*_unlike(found), *_left_over(found)]:
        raise WarehouseVersionError(
            f"{_path(connection)} has tables of version {version} that cannot be brought to version {SCHEMA_VERSION}: "
            f"{'; '.join(faults)}. Nothing was changed. Go back to the release before, and report this"
        )
    for table in TABLES.values():
        comment(connection.execute, table, quoted(table.name))
    _record(connection, [*steps, *done])
    return [f"the warehouse went from version {version} of its tables to {SCHEMA_VERSION}", *steps, *done]


def _renew_rebuilt(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Empty all tables of clean when one of them is not what the contracts say: they are built together."""
    found = _found(connection)
    rebuilt = [table for table in TABLES.values() if table.schema == REBUILT]
    if all(found.get(table.name) == promised_types(table) for table in rebuilt):
        return []
    for table in rebuilt:
        connection.execute(f"drop table if exists {quoted(table.name)}")
    return [f"{REBUILT}: emptied; the next refresh builds every day of it from raw"]


def _add_columns(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found, done = _found(connection), []
    for table in (table for table in TABLES.values() if table.name in found):
        for column in table.columns:
            if column.name not in found[table.name] and column.nullable:
                name = quoted(column.name)
                connection.execute(f"alter table {quoted(table.name)} add column {name} {column.type}")
                done.append(f"{table.name}: new column {column.name}, empty in the rows that were there")
    return done


def _unlike(found: Found) -> list[str]:
    return [
        f"{table.name}.{name} is {found[table.name].get(name, 'missing')} and has to be {type_}"
        for table in TABLES.values()
        if table.name in found
        for name, type_ in promised_types(table).items()
        if found[table.name].get(name) != type_
    ]


def _left_over(found: Found) -> list[str]:
    return [
        f"{table.name}.{name} is {type_} and has to be gone"
        for table in TABLES.values()
        for name, type_ in found[table.name].items()
        if name not in promised_types(table)
    ]


def _create_missing(connection: duckdb.DuckDBPyConnection, found: Found) -> list[str]:
    missing = [table for table in (*TABLES.values(), *META.values()) if table.name not in found]
    for table in missing:
        connection.execute(f"create schema if not exists {quoted(table.schema)}")
        create(connection.execute, table, quoted(table.name))
    return [table.name for table in missing if table.name in TABLES]


def _version(connection: duckdb.DuckDBPyConnection, names: Set[str]) -> int:
    if VERSIONS.name not in names:
        return FIRST_VERSION
    statement = f"select coalesce(max(version), {FIRST_VERSION}) from {quoted(VERSIONS.name)}"
    return int(connection.execute(statement).fetchall()[0][0])


def _record(connection: duckdb.DuckDBPyConnection, changes: list[str]) -> None:
    statement = f"insert into {quoted(VERSIONS.name)} (version, changes) values ($version, $changes)"
    connection.execute(statement, {"version": SCHEMA_VERSION, "changes": "; ".join(changes)})


def _found(connection: duckdb.DuckDBPyConnection) -> Found:
    found: dict[str, dict[str, str]] = {}
    for schema, table, column, type_ in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where database_name = current_database() and not internal"
    ).fetchall():
        found.setdefault(f"{schema}.{table}", {})[column] = plain(type_)
    return found


def _path(connection: duckdb.DuckDBPyConnection) -> str:
    rows = connection.execute("select path from duckdb_databases() where database_name = current_database()").fetchall()
    return str(rows[0][0])
