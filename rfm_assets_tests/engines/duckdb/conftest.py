"""What the tests of reading CSV files share."""

from collections.abc import Iterator

import pytest

from rfm_assets_tests.engines.duckdb.reader import Reader


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    reader = Reader(tmp_path_factory.mktemp("csv"))
    yield reader
    reader.connection.close()
