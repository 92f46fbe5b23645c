"""What the tests of what comes in share: a place where files and sources are put."""

import pytest

from rfm_assets_tests.ingestion.places import Place


@pytest.fixture
def place(warehouse, tmp_path):
    folder = tmp_path / "place"
    folder.mkdir()
    return Place(warehouse, folder)
