"""The command behind `make restate`, as a process beside another run."""

import os
import shutil
import subprocess
import sys

import duckdb

from rfm_assets.defs.resources import alone_on
from rfm_assets.engines.duckdb.warehouse import open_warehouse

WAIT = 60  # seconds until a process that hangs is given up


def test_while_a_run_works_on_the_warehouse_the_command_waits_says_so_and_then_looks(settings, new_warehouse, tmp_path):
    settings.warehouse.parent.mkdir()
    shutil.copy(new_warehouse, settings.warehouse)
    with alone_on(settings.warehouse, print), duckdb.connect() as run:
        open_warehouse(run, settings.warehouse)
        command = subprocess.Popen(
            [sys.executable, "-m", "rfm_assets.commands.restate", "--list"],
            env=os.environ | {"DAGSTER_HOME": str(tmp_path)},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert command.stderr
        assert command.stderr.readline() == f"waiting for another run on {settings.warehouse} to end\n"
    _, told = command.communicate(timeout=WAIT)
    assert (command.returncode, told) == (0, "no snapshot is outdated\n")
