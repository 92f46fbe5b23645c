"""What the tests of the sample share: a shop of scale one, its rows, and the lines that can be read."""

import pytest

from rfm_assets.sample import write_sample
from rfm_assets_tests.sample.lines import readable, rows_of


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    path = tmp_path_factory.mktemp("sample") / "shop.csv"
    return path, write_sample(path)


@pytest.fixture(scope="session")
def rows(shop):
    return rows_of(shop[0])


@pytest.fixture(scope="session")
def lines(rows):
    return [line for line in map(readable, rows[1:]) if line]
