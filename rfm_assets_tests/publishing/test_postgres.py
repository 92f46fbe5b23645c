"""The copy on a real PostgreSQL: the same rows, types and comments; whole at any time; and readers do not wait."""

import multiprocessing
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal

import duckdb
import psycopg
import pytest
from pydantic import SecretStr

from rfm_assets.contracts import PUBLISHED
from rfm_assets.contracts.schema import Column
from rfm_assets.publishing import postgres
from rfm_assets.publishing.postgres import CopyError, copy_to_postgres
from rfm_assets_tests.postgres import PASSWORD

DAYS = [date(2011, 12, day) for day in (7, 8, 9)]
ALIVE = 30  # seconds


def publish(path, days, customers=3, mark='it\'s "quoted", \\N; né'):
    """Write a published file: so many customers a day, each with the number of days as frequency."""
    path.unlink(missing_ok=True)
    latest, version = days[-1], date(2011, 12, 1)
    with duckdb.connect(str(path)) as file:
        for name, table in PUBLISHED.items():
            columns = ", ".join(f"{c.name} {c.type}" for c in table.columns)
            file.execute(f"create table {name.removeprefix('published.')} ({columns})")
        many = (
            "insert into {} by name select $day as snapshot_on, concat('c', i) as customer_id, i as recency_days,"
            " $frequency as frequency, cast(i as decimal(28, 4)) / 4 as monetary, 1 as r_score, 1 as f_score,"
            " 1 as m_score, 'Loyal' as rfm_segment, $mark as segment, case when i % 2 = 0 then '' end"
            " as previous_segment, i / 3 as margin, '' as recommended_action, $version as model_version,"
            " 'Lost' as second_segment, 0.1 as distance from range($customers) as numbers(i)"
        )
        values = {"frequency": len(days), "mark": mark, "version": version, "customers": customers}
        for day in days:
            own = values if day == latest else {**values, "frequency": 1}
            file.execute(many.format("segment_history"), {"day": day, **own})
        file.execute(many.format("segments"), {"day": latest, **values})
        file.execute("insert into segment_moves values ($1, $1, null, 'Loyal', 'arrived', 2)", [latest])
        file.execute("insert into playbook values ($1, 'who', 'what')", [mark])
        counts = ", ".join(
            f"0 as {name}_rows"
            for name in ("segments", "segment_history", "segment_profiles", "segment_moves", "playbook")
        )
        file.execute("insert into about by name select 1 as contract_version, $1 as snapshot_on, $2 as model_version,"
                     f" timestamp '2011-12-09 05:00:01.5' as built_at, {counts},"
                     " $3 as customers, 'net' as monetary_counts, 'GBP' as currency, 'a.csv' as sources",
                     [latest, version, customers])  # fmt: skip
    return path


def published_rows(path, name):
    with duckdb.connect(str(path), read_only=True) as file:
        return sorted(file.execute(f"select * from {name}").fetchall(), key=str)


def rows(url, statement, *values):
    with psycopg.connect(url) as connection:
        return connection.execute(statement, values).fetchall()


@pytest.fixture
def file(tmp_path):
    return publish(tmp_path / "segments.duckdb", DAYS[:2])


@pytest.fixture
def copy(postgres_url, file):
    return lambda schema="rfm": copy_to_postgres(file, SecretStr(postgres_url), schema)


def test_every_table_is_on_the_server_as_it_is_in_the_file(copy, file, postgres_url):
    copied = copy()
    assert copied.rows == {
        "segments": 3, "segment_history": 6, "segment_profiles": 0, "segment_moves": 1, "playbook": 1, "about": 1,
    }  # fmt: skip
    for name in copied.rows:
        assert sorted(rows(postgres_url, f"select * from rfm.{name}"), key=str) == published_rows(file, name)
    assert rows(postgres_url, "select monetary, previous_segment from rfm.segments order by customer_id") == [
        (Decimal("0.0000"), ""),
        (Decimal("0.2500"), None),
        (Decimal("0.5000"), ""),
    ]


def test_tables_and_columns_carry_the_contracts_types_keys_and_comments(copy, postgres_url):
    copy()
    found = rows(
        postgres_url,
        "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull,"
        " col_description(c.oid, a.attnum), obj_description(c.oid) from pg_class as c"
        " inner join pg_attribute as a on c.oid = a.attrelid where c.relnamespace = 'rfm'::regnamespace"
        " and c.relkind = 'r' and c.relname <> 'copied_parts' and a.attnum > 0 and not a.attisdropped"
        " order by c.relname, a.attnum",
    )
    types = {
        "varchar": "text",
        "double": "double precision",
        "timestamp": "timestamp without time zone",
        "decimal(28, 4)": "numeric(28,4)",
    }
    assert found == [
        (name.removeprefix("published."), c.name, types.get(c.type, c.type), c.nullable, c.description, table.grain)
        for name, table in sorted(PUBLISHED.items())
        for c in table.columns
    ]
    keys = dict(
        rows(
            postgres_url,
            "select conname, pg_get_constraintdef(oid) from pg_constraint"
            " where connamespace = 'rfm'::regnamespace and conname like '%%_key'",
        )
    )
    assert keys["segments_key"] == "PRIMARY KEY (customer_id)"
    assert keys["segment_history_key"] == "PRIMARY KEY (snapshot_on, customer_id)"
    assert keys["segment_moves_key"].endswith("(snapshot_on, from_segment, to_segment, cause)")


def test_only_what_changed_is_copied_again(copy, file, postgres_url):
    copy()
    assert set(copy().rows.values()) == {0}
    publish(file, DAYS)
    copied = copy()
    # Of the second day, which is no longer the latest, the frequency became 1.
    assert (copied.rows["segment_history"], copied.rows["segments"], copied.rows["playbook"]) == (6, 3, 0)
    assert sorted(rows(postgres_url, "select * from rfm.segment_history"), key=str) == published_rows(
        file, "segment_history"
    )
    publish(file, DAYS[2:])
    copy()
    assert rows(postgres_url, "select distinct snapshot_on from rfm.segment_history") == [(DAYS[2],)]


def read(url, stop, findings):
    """Read all tables again and again in one snapshot each; note what is wrong, and the longest wait in seconds."""
    wrong, count, longest = [], 0, 0.0
    with psycopg.connect(url, autocommit=True) as connection:
        while not stop.is_set() or not count:
            began = time.monotonic()
            with connection.transaction():
                connection.execute("set transaction isolation level repeatable read, read only")
                on, customers = connection.execute("select snapshot_on, customers from rfm.about").fetchone()
                found = connection.execute(
                    "select min(snapshot_on), max(snapshot_on), count(*) from rfm.segments"
                ).fetchone()
                in_history = connection.execute(
                    "select count(*), max(snapshot_on) from rfm.segment_history where snapshot_on >= %s", [on]
                ).fetchone()
            longest = max(longest, time.monotonic() - began)
            count += 1
            if found != (on, on, customers) or in_history != (customers, on):
                wrong.append((on, customers, found, in_history))
    findings.put((wrong, count, longest))


def test_three_readers_see_whole_copies_only_while_ten_are_made(copy, file, postgres_url):
    publish(file, DAYS[:1], customers=2_000)
    copy()
    context = multiprocessing.get_context("spawn")
    stop, findings = context.Event(), context.Queue()
    readers = [context.Process(target=read, args=(postgres_url, stop, findings)) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for number in range(10):
            publish(file, DAYS[: number % 3 + 1], customers=2_001 + number)
            assert copy().rows["segments"] == 2_001 + number
    finally:
        stop.set()
    found = [findings.get(timeout=ALIVE) for _ in readers]
    for reader in readers:
        reader.join(ALIVE)
        assert reader.exitcode == 0
    assert [wrong for wrong, *_ in found] == [[], [], []]
    assert min(count for _, count, _ in found) > 1


def test_a_reader_who_stays_for_long_holds_no_copy_up_and_keeps_his_rows(copy, file, postgres_url, monkeypatch):
    copy()
    monkeypatch.setattr(postgres, "LOCK_TIMEOUT", "1ms")
    with psycopg.connect(postgres_url) as reader:
        reader.execute("set transaction isolation level repeatable read")
        before = reader.execute("select * from rfm.segments order by customer_id").fetchall()
        publish(file, DAYS, customers=5)
        assert copy().rows["segments"] == 5
        assert reader.execute("select * from rfm.segments order by customer_id").fetchall() == before
    assert rows(postgres_url, "select count(*) from rfm.segments") == [(5,)]


def test_rights_and_views_that_people_have_on_the_tables_stay(copy, file, postgres_url):
    copy()
    with psycopg.connect(postgres_url) as connection:
        connection.execute("create view champions as select customer_id from rfm.segments")
        connection.execute("grant select on rfm.segments to public")
    publish(file, DAYS, customers=4)
    copy()
    assert rows(postgres_url, "select count(*) from champions") == [(4,)]
    granted = "select has_table_privilege('pg_monitor', 'rfm.segments', 'select')"
    assert rows(postgres_url, granted) == [(True,)]


def everything(url):
    return {name: rows(url, f"select * from rfm.{name} order by 1, 2") for name in
            ("segments", "segment_history", "segment_moves", "playbook", "copied_parts")}  # fmt: skip


def test_a_copy_that_fails_half_way_leaves_the_last_one(copy, file, postgres_url):
    copy()
    before = everything(postgres_url)
    publish(file, DAYS, mark="not for PostgreSQL: \x00")
    with pytest.raises(CopyError, match=r"nothing was copied to schema rfm of rfm_test on .*invalid byte sequence"):
        copy()
    assert everything(postgres_url) == before
    publish(file, DAYS)
    assert copy().rows["segments"] == 3


def test_a_connection_that_is_cut_leaves_the_last_copy(copy, file, postgres_url, monkeypatch):
    copy()
    before = everything(postgres_url)
    publish(file, DAYS, customers=4)
    load = postgres._load

    def cut(connection, *arguments):
        count = load(connection, *arguments)
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])
        return count

    monkeypatch.setattr(postgres, "_load", cut)
    with pytest.raises(CopyError, match="terminating connection"):
        copy()
    assert everything(postgres_url) == before


def test_a_server_that_is_down_is_named_and_the_password_is_not(copy, postgres_server, postgres_url):
    copy()
    before = everything(postgres_url)
    postgres_server.stop()
    try:
        with pytest.raises(CopyError, match=r"rfm_test on 127\.0\.0\.1 \(RFM_POSTGRES_URL\)") as raised:
            copy()
    finally:
        postgres_server.start()
    assert PASSWORD not in str(raised.value)
    assert everything(postgres_url) == before


def test_a_wrong_password_is_refused_and_not_shown(file, postgres_url):
    wrong = postgres_url.replace("not%3Aa%2Fsecret%3F", "geheim")
    with pytest.raises(CopyError, match="password authentication failed") as raised:
        copy_to_postgres(file, SecretStr(wrong), "rfm")
    assert "geheim" not in str(raised.value)


def test_a_table_of_somebody_elses_is_left_alone(copy, postgres_url):
    with psycopg.connect(postgres_url) as connection:
        connection.execute("create schema crm")
        connection.execute("create table crm.segments as select 'mine' as text")
    with pytest.raises(CopyError, match=r'"crm"\."segments" that is no copy .* choose another RFM_POSTGRES_SCHEMA'):
        copy("crm")
    assert rows(postgres_url, "select * from crm.segments") == [("mine",)]


def test_a_second_copy_waits_for_the_first_and_says_so_when_it_takes_too_long(copy, postgres_url, monkeypatch):
    copy()
    monkeypatch.setattr(postgres, "LOCK_TIMEOUT", "10ms")
    with psycopg.connect(postgres_url) as other:
        other.execute("select pg_advisory_lock(hashtext('rfm_assets rfm'))")
        with pytest.raises(CopyError, match=r"lock timeout. Another copy runs"):
            copy()


def changed_contract(monkeypatch, file, add=(), drop=()):
    """Change the contract of the playbook, and the published file with it."""
    old = PUBLISHED["published.playbook"]
    columns = (*(column for column in old.columns if column.name not in drop), *add)
    monkeypatch.setattr(postgres, "PUBLISHED", {**PUBLISHED, "published.playbook": replace(old, columns=columns)})
    with duckdb.connect(str(file)) as connection:
        for name in drop:
            connection.execute(f"alter table playbook drop column {name}")
        for column in add:
            connection.execute(f"alter table playbook add column {column.name} {column.type} default 7")


def test_a_column_more_or_of_another_type_alters_the_table_and_keeps_rights(copy, file, postgres_url, monkeypatch):
    copy()
    with psycopg.connect(postgres_url) as connection:
        connection.execute("grant select on rfm.playbook to public")
    described = Column("description", "bigint", "as a number")
    changed_contract(monkeypatch, file, drop=("description",), add=(described, Column("rank", "bigint", "place")))
    copy()
    assert rows(postgres_url, "select segment, recommended_action, description, rank from rfm.playbook") == [
        ('it\'s "quoted", \\N; né', "what", 7, 7)
    ]
    assert rows(postgres_url, "select has_table_privilege('pg_monitor', 'rfm.playbook', 'select')") == [(True,)]


def test_a_view_on_a_column_that_goes_is_named_and_the_last_copy_stays(copy, file, postgres_url, monkeypatch):
    copy()
    before = everything(postgres_url)
    with psycopg.connect(postgres_url) as connection:
        connection.execute("create view who as select description from rfm.playbook")
    changed_contract(monkeypatch, file, drop=("description",))
    with pytest.raises(CopyError, match=r"view who depends on column description of table playbook.* drop what"):
        copy()
    assert everything(postgres_url) == before


def test_a_table_that_somebody_dropped_is_made_again(copy, postgres_url):
    copy()
    with psycopg.connect(postgres_url) as connection:
        connection.execute("drop table rfm.segments")
    assert copy().rows["segments"] == 3
    assert rows(postgres_url, "select count(*) from rfm.segments") == [(3,)]
