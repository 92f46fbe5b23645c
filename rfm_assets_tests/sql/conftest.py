"""What the tests of the SQL share: a warehouse that knows the names of the scores."""

import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select


@pytest.fixture
def warehouse(warehouse):
    warehouse.store(TABLES["rfm.grid"], select("rfm.grid"))
    return warehouse
