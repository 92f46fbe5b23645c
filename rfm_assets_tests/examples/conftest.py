"""What the tests of the examples share: the published file of a real refresh, and one of rare cases."""

import shutil
from pathlib import Path

import duckdb
import pytest

from rfm_assets_tests.defs.conftest import job, refresh_tables, sample_csv  # noqa: F401  fixtures
from rfm_assets_tests.examples.rare import GAPS, ONE_MONTH, write_rare

# Days of two months, all scored by the model of the first.
DAYS = ("2024-12-31", "2025-01-31")


@pytest.fixture(scope="session")
def published(filled_once, settings_for, sample_csv, refresh_tables) -> Path:  # noqa: F811
    """`segments.duckdb` of the sample shop, refreshed for two days; four clusters, of which one is Champions."""

    def fill(folder) -> None:
        settings = settings_for(folder, clusters=4)
        shutil.copy(sample_csv, settings.landing / "shop.csv")
        for day in DAYS:
            assert refresh_tables(settings, day).success

    return settings_for(filled_once("examples", fill)).published / "segments.duckdb"


@pytest.fixture(scope="session")
def rare(tmp_path_factory) -> Path:
    """A file with what a shop seldom has, and months without a snapshot."""
    return _rare(tmp_path_factory.mktemp("rare"), GAPS)


@pytest.fixture(scope="session")
def begun(tmp_path_factory) -> Path:
    """The same, with a history that has begun in the month of the latest snapshot."""
    return _rare(tmp_path_factory.mktemp("begun"), ONE_MONTH)


def _rare(folder, snapshots) -> Path:
    path = folder / "segments.duckdb"
    with duckdb.connect(str(path)) as connection:
        write_rare(connection, snapshots)
    return path
