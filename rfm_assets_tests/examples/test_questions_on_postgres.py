"""The questions in PostgreSQL's dialect, as examples/README.md says to make it, have the same answers there."""

import duckdb
import psycopg
import pytest
import sqlglot
from pydantic import SecretStr

from rfm_assets.publishing.postgres.copies import copy_to_postgres
from rfm_assets_tests.examples.test_questions import QUESTIONS, alike, asked

SCHEMA = "published"


@pytest.fixture(scope="module")
def copied(postgres_server, rare) -> str:
    """The connection string of a database that the file of rare cases was copied to."""
    url = postgres_server.create_database("rfm_questions")
    copy_to_postgres(rare, SecretStr(url), SCHEMA)
    return url


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_answer_on_postgres_is_that_of_the_file(name, copied, rare):
    (statement,) = sqlglot.transpile(QUESTIONS[name].read_text(encoding="utf-8"), read="duckdb", write="postgres")
    with psycopg.connect(copied, options=f"-c search_path={SCHEMA}") as connection:
        result = connection.execute(statement)
        names = [column.name for column in result.description]
        found = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    with duckdb.connect(str(rare), read_only=True) as connection:
        expected = asked(connection, name)
    assert found
    assert [list(row) for row in found] == [list(row) for row in expected]
    for row, wanted in zip(found, expected, strict=True):
        assert {
            column: (value, wanted[column]) for column, value in row.items() if not alike(value, wanted[column])
        } == {}
