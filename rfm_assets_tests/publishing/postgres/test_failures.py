"""A copy meets what it did not expect: it fails whole and says why, or puts it right."""

from dataclasses import replace

import duckdb
import psycopg
import pytest
from pydantic import SecretStr

from rfm_assets.contracts import PUBLISHED
from rfm_assets.contracts.schema import Column
from rfm_assets.publishing.postgres import copies
from rfm_assets.publishing.postgres.copies import CopyError, copy_to_postgres
from rfm_assets_tests.postgres import PASSWORD
from rfm_assets_tests.publishing.postgres.copies import DAYS, publish, rows


def everything(url):
    return {name: rows(url, f"select * from rfm.{name} order by 1, 2") for name in
            ("segments", "segment_history", "segment_moves", "playbook", "copied_parts")}  # fmt: skip


def test_a_copy_that_fails_half_way_leaves_the_last_one(copy, file, postgres_url):
    copy()
    before = everything(postgres_url)
    publish(file, DAYS, mark=None)
    with pytest.raises(CopyError, match=r"nothing was copied to schema rfm of rfm_test on .*null value in column"):
        copy()
    assert everything(postgres_url) == before
    publish(file, DAYS)
    assert copy().rows["segments"] == 3


def test_a_connection_that_is_cut_leaves_the_last_copy(copy, file, postgres_url, monkeypatch):
    copy()
    before = everything(postgres_url)
    publish(file, DAYS, customers=4)
    load = copies._load

    def cut(connection, *arguments):
        count = load(connection, *arguments)
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])
        return count

    monkeypatch.setattr(copies, "_load", cut)
    with pytest.raises(CopyError, match="terminating connection"):
        copy()
    assert everything(postgres_url) == before


def test_a_connection_that_is_cut_when_all_is_copied_fails_nothing(copy, postgres_url, monkeypatch):
    clean_up = copies._clean_up

    def cut(connection, *arguments):
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])
        clean_up(connection, *arguments)

    monkeypatch.setattr(copies, "_clean_up", cut)
    assert copy().rows["segments"] == 3
    assert rows(postgres_url, "select count(*) from rfm.segments") == [(3,)]


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
    assert raised.value.is_passing
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
    monkeypatch.setattr(copies, "LOCK_TIMEOUT", "10ms")
    with psycopg.connect(postgres_url) as other:
        other.execute("select pg_advisory_lock(hashtext('rfm_assets rfm'))")
        with pytest.raises(CopyError, match=r"lock timeout. Another copy runs"):
            copy()


def changed_contract(monkeypatch, file, add=(), drop=()):
    """Change the contract of the playbook, and the published file with it."""
    old = PUBLISHED["published.playbook"]
    columns = (*(column for column in old.columns if column.name not in drop), *add)
    monkeypatch.setattr(copies, "PUBLISHED", {**PUBLISHED, "published.playbook": replace(old, columns=columns)})
    with duckdb.connect(str(file)) as connection:
        for name in drop:
            connection.execute(f"alter table playbook drop column {name}")
        for column in add:
            connection.execute(f"alter table playbook add column {column.name} {column.type} default 7")


def nullable(url):
    statement = (
        "select attname from pg_attribute where attrelid = 'rfm.playbook'::regclass and attnum > 0"
        " and not attnotnull and not attisdropped"
    )
    return [name for (name,) in rows(url, statement)]


def test_a_column_more_or_of_another_type_or_that_may_be_null_alters_the_table_and_keeps_rights(
    copy, file, postgres_url, monkeypatch
):
    copy()
    with psycopg.connect(postgres_url) as connection:
        connection.execute("grant select on rfm.playbook to public")
    described = Column("description", "bigint", "as a number")
    action = Column("recommended_action", "varchar", "what to do", nullable=True)
    more = (described, action, Column("rank", "bigint", "place"))
    changed_contract(monkeypatch, file, drop=("description", "recommended_action"), add=more)
    copy()
    assert nullable(postgres_url) == ["recommended_action"]
    assert rows(postgres_url, "select segment, recommended_action, description, rank from rfm.playbook") == [
        ('it\'s "quoted", \\N; né', "7", 7, 7)
    ]
    assert rows(postgres_url, "select has_table_privilege('pg_monitor', 'rfm.playbook', 'select')") == [(True,)]
    changed_contract(monkeypatch, file, drop=("description",))
    copy()
    assert rows(postgres_url, "select * from rfm.playbook") == [('it\'s "quoted", \\N; né', "7")]
    assert nullable(postgres_url) == []


def test_a_view_on_a_column_that_goes_is_named_and_the_last_copy_stays(copy, file, postgres_url, monkeypatch):
    copy()
    before = everything(postgres_url)
    with psycopg.connect(postgres_url) as connection:
        connection.execute("create view who as select description from rfm.playbook")
    changed_contract(monkeypatch, file, drop=("description",))
    with pytest.raises(
        CopyError, match=r"view who depends on column description of table playbook.* drop what"
    ) as raised:
        copy()
    assert not raised.value.is_passing
    assert everything(postgres_url) == before


def test_a_table_that_somebody_dropped_is_made_again(copy, postgres_url):
    copy()
    with psycopg.connect(postgres_url) as connection:
        connection.execute("drop table rfm.segments")
    assert copy().rows["segments"] == 3
    assert rows(postgres_url, "select count(*) from rfm.segments") == [(3,)]
