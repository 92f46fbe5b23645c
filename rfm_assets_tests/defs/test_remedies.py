"""What a broken contract says to do, done literally, mends it."""

import re
import shlex
import subprocess
import sys

import pytest

from rfm_assets_tests.defs.conftest import DAYS
from rfm_assets_tests.defs.tables import execute, tables


@pytest.mark.parametrize(
    ("table", "breaks"),
    [
        (
            "model.centroids",
            "update model.centroids set customers = 0 where cluster = 1 and model_version = '2024-10-01'",
        ),
        ("clean.orders", "update clean.orders set line_count = 0 where ordered_on = '2024-03-01'"),
    ],
)
def test_the_command_that_a_broken_contract_names_mends_it(refreshed, refresh, table, breaks):
    day = DAYS[-1]
    before = tables(refreshed)[table]
    execute(refreshed, breaks)
    result = refresh(refreshed, day)
    (failed,) = [one for one in result.get_asset_check_evaluations() if not one.passed and one.blocking]
    assert not result.success
    assert failed.description.startswith(f"{table} breaks its contract")
    (statement,) = re.findall(r"`python (-c .*?)`", failed.description)
    version = re.search(r"model_version.*?(\d{4}-\d\d-\d\d)", failed.description)
    if version:
        statement = statement.replace("2011-12-01", version[1])
    folder = refreshed.warehouse.parent
    subprocess.run([sys.executable, *shlex.split(statement)], cwd=folder, check=True)
    assert refresh(refreshed, day).success
    assert tables(refreshed)[table].equals(before)
