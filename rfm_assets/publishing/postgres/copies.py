"""The published tables on a PostgreSQL server: copied in one transaction that no reader waits for.

Rows are deleted and copied, tables are not exchanged: `drop`, `truncate` and `alter … rename` wait for every reader,
however long he reads, and meanwhile keep all others out; they lose the rights and break the views that people have on a
table. `delete` and COPY lock rows that nobody else writes: a reader sees the old copy until the commit and the new one
after it. Their price is dead rows, which a VACUUM after the commit gives back; and only what changed is copied.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier
from pydantic import SecretStr

from rfm_assets.contracts import PUBLISHED, Table
from rfm_assets.engines.duckdb.published import PublishedFile, in_snapshots, published_file
from rfm_assets.publishing.postgres.tables import (
    PARTS,
    Connection,
    ForeignTableError,
    add_key,
    digest,
    exists,
    make_schema,
    shape,
    target,
)  # fmt: skip
from rfm_assets.secrecy import without

CONTRACT = "contract"  # the part under which a table's digest is kept
CONNECT_TIMEOUT = 10  # seconds
# Only another copy, or somebody who alters our tables, can make us wait.
LOCK_TIMEOUT = "30s"


class CopyError(RuntimeError):
    """The copy failed: the server still has the one before. The message says why, without the password."""

    def __init__(self, message: str, *, is_passing: bool) -> None:
        super().__init__(message)
        self.is_passing = is_passing  # the server was not there, or broke off: another try may help


@dataclass(frozen=True)
class Copied:
    """Rows that were copied, by table, and the parts of tables that were as before."""

    rows: dict[str, int]
    unchanged: int


def copy_to_postgres(path: Path, url: SecretStr, schema: str) -> Copied:
    """Make the tables in a schema those of a published file, all in one step; readers do not wait.

    Raises:
        CopyError: the server was not reached, or refused; what it had stays.
    """
    try:
        with (
            published_file(path) as published,
            psycopg.connect(
                url.get_secret_value(), connect_timeout=CONNECT_TIMEOUT, application_name="rfm_assets", autocommit=True
            ) as connection,
        ):
            with connection.transaction():
                copied = _copy(connection, published, schema)
            _clean_up(connection, schema, copied)
            return copied
    except (psycopg.Error, ForeignTableError) as failure:
        is_passing = isinstance(failure, psycopg.OperationalError)
        raise CopyError(_explained(failure, url, schema), is_passing=is_passing) from None


def _copy(connection: Connection, published: PublishedFile, schema: str) -> Copied:
    for name, value in (("lock_timeout", LOCK_TIMEOUT), ("statement_timeout", "0"),
                        ("idle_in_transaction_session_timeout", "0")):  # fmt: skip
        connection.execute("select set_config(%s, %s, true)", [name, value])
    connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"rfm_assets {schema}"])
    make_schema(connection, schema)
    rows, unchanged = {}, 0
    for table in PUBLISHED.values():
        rows[table.short_name], same = _copy_table(connection, published, schema, table)
        unchanged += same
    return Copied(rows, unchanged)


def _copy_table(connection: Connection, published: PublishedFile, schema: str, table: Table) -> tuple[int, int]:
    name, parts, short = target(schema, table), Identifier(schema, PARTS), table.short_name
    statement = SQL("select part, fingerprint from {} where table_name = %s").format(parts)
    had: dict[str, str] = dict(connection.execute(statement, [short]).fetchall())
    is_there = exists(connection, name)
    is_new_shape = not is_there or had.get(CONTRACT) != digest(table)
    if is_new_shape:
        if is_there and CONTRACT in had:
            connection.execute(SQL("delete from {}").format(name))
        shape(connection, schema, table, is_ours=CONTRACT in had)
        connection.execute(SQL("delete from {} where table_name = %s").format(parts), [short])
        had = {}
    has = published.fingerprints(table)
    changed = [part for part, fingerprint in has.items() if had.get(part) != fingerprint]
    outdated = [part for part in had if part != CONTRACT and had[part] != has.get(part)]
    if outdated:
        where = SQL("where snapshot_on = any(%s::date[])" if in_snapshots(table) else "")
        connection.execute(SQL("delete from {} {}").format(name, where), [outdated] if in_snapshots(table) else None)
    count = _load(connection, published, name, table, changed) if changed else 0
    if is_new_shape:
        add_key(connection, schema, table)
    connection.execute(
        SQL("delete from {} where table_name = %s and part = any(%s)").format(parts),
        [short, outdated],
    )
    noted = {part: has[part] for part in changed} | ({CONTRACT: digest(table)} if is_new_shape else {})
    with connection.cursor() as cursor:
        cursor.executemany(
            SQL("insert into {} (table_name, part, fingerprint) values (%s, %s, %s)").format(parts),
            [(short, part, fingerprint) for part, fingerprint in noted.items()],
        )
    return count, len(has) - len(changed)


def _load(connection: Connection, published: PublishedFile, name: Identifier, table: Table, parts: list[str]) -> int:
    columns = SQL(", ").join(map(Identifier, table.column_names))
    statement = SQL("copy {} ({}) from stdin (format csv, null '\\N')").format(name, columns)
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block in published.rows(table, parts):
                copy.write(block)
        return cursor.rowcount


def _clean_up(connection: Connection, schema: str, copied: Copied) -> None:
    """Give the space of deleted rows back and count what is there; the server does so itself, but later."""
    for short, count in copied.rows.items():
        if count:
            # Cutting the end of a file off would keep readers out; and for whoever holds the table nobody waits.
            statement = SQL("vacuum (analyze, truncate false, skip_locked) {}").format(Identifier(schema, short))
            with suppress(psycopg.Error):
                connection.execute(statement)


def _explained(failure: Exception, url: SecretStr, schema: str) -> str:
    where = _shown(url)
    said = " ".join(str(failure).split())
    if isinstance(failure, psycopg.Error) and failure.diag.message_detail:
        said = f"{failure.diag.message_primary} ({failure.diag.message_detail})"
    if isinstance(failure, psycopg.errors.LockNotAvailable):
        said += f". Another copy runs, or somebody alters the tables, for more than {LOCK_TIMEOUT}"
    if isinstance(failure, psycopg.errors.DependentObjectsStillExist):
        said += ". A column of the contract changed: drop what depends on it, and make it again after the copy"
    said = without((url.get_secret_value(), _parts(url).get("password")), said)
    return f"nothing was copied to schema {schema} of {where} (RFM_POSTGRES_URL), and what it had stays: {said}"


def _shown(url: SecretStr) -> str:
    found = _parts(url)
    return f"{found.get('dbname', 'the default database')} on {found.get('host', 'the local server')}"


def _parts(url: SecretStr) -> dict[str, Any]:
    try:
        return conninfo_to_dict(url.get_secret_value())
    except psycopg.Error:
        return {}
