"""The PostgreSQL that other tests use is a real one."""

import psycopg


def test_a_test_has_an_empty_database_of_its_own_on_a_running_server(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("select current_user, current_database()").fetchone() == ("rfm", "rfm_test")
        assert connection.execute("select count(*) from pg_stat_user_tables").fetchone() == (0,)


def test_what_was_committed_is_there_after_a_crash(postgres_server, postgres_url):
    with psycopg.connect(postgres_url) as connection:
        connection.execute("create table kept as select 1 as one")
    postgres_server.stop()
    postgres_server.start()
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("select one from kept").fetchone() == (1,)
