"""What the tests of the copy share: a published file, and a call that copies it."""

import pytest
from pydantic import SecretStr

from rfm_assets.publishing.postgres.copies import copy_to_postgres
from rfm_assets_tests.publishing.postgres.copies import DAYS, publish


@pytest.fixture
def file(tmp_path):
    return publish(tmp_path / "segments.duckdb", DAYS[:2])


@pytest.fixture
def copy(postgres_url, file):
    return lambda schema="rfm": copy_to_postgres(file, SecretStr(postgres_url), schema)
