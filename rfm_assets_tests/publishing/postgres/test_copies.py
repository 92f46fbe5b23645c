"""The copy on a real PostgreSQL: the same rows, types and comments; and readers do not wait."""

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import psycopg

from rfm_assets.contracts import PUBLISHED
from rfm_assets.publishing.postgres import copies
from rfm_assets.publishing.postgres.tables import digest
from rfm_assets_tests.publishing import published
from rfm_assets_tests.publishing.postgres.copies import DAYS, publish, rows

ALIVE = 30  # seconds


def test_a_contract_with_another_key_or_other_words_is_another_one():
    table = PUBLISHED["published.segments"]
    others = [replace(table, key=(*table.key, "segment")), replace(table, grain="one row per day")]
    assert len({digest(one) for one in (table, *others)}) == 3


def published_rows(path, name):
    return sorted(published.rows(path, f"select * from {name}"), key=str)


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


def test_the_character_nul_which_postgresql_has_not_is_left_out_of_texts(copy, file, postgres_url):
    publish(file, DAYS[:1], mark="\x00Lo\x00yal\x00")
    copy()
    assert rows(postgres_url, "select distinct segment from rfm.segments") == [("Loyal",)]


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
    [(version, said)] = rows(
        postgres_url,
        "select current_setting('server_version_num')::int, obj_description('rfm'::regnamespace, 'pg_namespace')",
    )
    assert keys["segment_moves_key"].startswith("UNIQUE NULLS NOT DISTINCT (" if version >= 150_000 else "UNIQUE (")
    assert said == "customer segments"


def test_only_what_changed_is_copied_again(copy, file, postgres_url):
    assert copy().unchanged == 0
    again = copy()
    assert (set(again.rows.values()), again.unchanged) == ({0}, 6)
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
    monkeypatch.setattr(copies, "LOCK_TIMEOUT", "1ms")
    with psycopg.connect(postgres_url) as reader:
        reader.execute("set transaction isolation level repeatable read")
        before = reader.execute("select * from rfm.segments order by customer_id").fetchall()
        publish(file, DAYS, customers=5)
        assert copy().rows["segments"] == 5
        assert reader.execute("select * from rfm.segments order by customer_id").fetchall() == before
    assert rows(postgres_url, "select count(*) from rfm.segments") == [(5,)]


def test_whoever_keeps_the_space_of_a_table_from_being_given_back_holds_no_copy_up(copy, file, postgres_url):
    copy()
    publish(file, DAYS, customers=5)
    with ThreadPoolExecutor(1) as beside, psycopg.connect(postgres_url) as other:
        other.execute("lock table rfm.segments in share update exclusive mode")
        assert beside.submit(copy).result(timeout=ALIVE).rows["segments"] == 5


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


def test_limits_that_a_role_has_on_time_do_not_cut_a_copy_off(copy, monkeypatch):
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=1h -c idle_in_transaction_session_timeout=1h")
    limits, load = [], copies._load

    def noted(connection, *arguments):
        names = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")
        limits.append([connection.execute(f"show {name}").fetchone()[0] for name in names])
        return load(connection, *arguments)

    monkeypatch.setattr(copies, "_load", noted)
    copy()
    assert limits[0] == ["0", "0", "30s"]


def test_what_was_copied_is_counted_for_the_servers_plans(copy, postgres_url):
    copy()
    counted = "select distinct tablename from pg_stats where schemaname = 'rfm' and tablename in ('segments', 'about')"
    assert sorted(rows(postgres_url, counted)) == [("about",), ("segments",)]
