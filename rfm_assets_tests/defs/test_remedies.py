"""What a failed check says to do, done literally, mends what it found."""

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
        ("raw.transactions", "delete from raw.transactions where line_no between 100 and 105"),
        ("clean.guests", "delete from clean.guests where invoiced_on = (select max(invoiced_on) from clean.guests)"),
        (
            "model.centroids",
            "update model.centroids set customers = 0 where cluster = 1 and model_version = '2024-10-01'",
        ),
        ("clean.orders", "update clean.orders set line_count = 0 where ordered_on = '2024-03-01'"),
    ],
)
def test_the_command_that_a_failed_check_names_mends_it(refreshed, refresh, table, breaks):
    day = DAYS[-1]
    before = tables(refreshed)[table].drop("file_id", strict=False)  # a file that is read again has a new one
    execute(refreshed, breaks)
    result = refresh(refreshed, day)
    failed = next(one for one in result.get_asset_check_evaluations() if not one.passed and one.blocking)
    assert not result.success
    (statement,) = re.findall(r"`python (-c .*?)`", failed.description)
    version = re.search(r"model_version.*?(\d{4}-\d\d-\d\d)", failed.description)
    if version:
        statement = statement.replace("2011-12-01", version[1])
    folder = refreshed.warehouse.parent
    subprocess.run([sys.executable, *shlex.split(statement)], cwd=folder, check=True)
    assert refresh(refreshed, day).success
    assert tables(refreshed)[table].drop("file_id", strict=False).equals(before)
