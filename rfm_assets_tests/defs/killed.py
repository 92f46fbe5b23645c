"""A process that runs the job on a data folder and is killed in the middle of one step's writing, as by `kill -9`."""

import os
import signal
import sys

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.definitions import defs
from rfm_assets.defs.resources import warehouse_of
from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.settings import Settings

# In the transaction that brings a file in, after its lines; another one before it stores the codes that are left out.
DAYS = TABLES["raw.days"]
REPORT = "published__report"  # what it writes is not written by the engine
# Made when the module is loaded, once for all processes that are forked from the one that loaded it.
JOB = defs().resolve_job_def("refresh")


def run_until_killed(settings: Settings, day: str, step: str, assets: set[dg.AssetKey]) -> None:
    """Run the job for some assets, and die when the step has taken out old rows, or is about to write a file."""
    for verb in ("read",) if step == REPORT else ("_insert", "export", "export_csv"):
        _die_at(verb, step)
    with dg.DagsterInstance.ephemeral() as instance:
        JOB.get_subset(asset_selection=assets).execute_in_process(
            instance=instance,
            tags={"dagster/partition": day},
            run_config={"loggers": {"progress": {}}},
            resources={"settings": settings, "warehouse": warehouse_of(settings)},
            raise_on_error=False,
        )
    sys.exit(f"{step} stored nothing")


def _die_at(verb: str, step: str) -> None:
    original = getattr(DuckDBEngine, verb)

    def dying(self, *arguments, **named):
        is_first = step != "raw" or arguments[0] == DAYS
        if dg.OpExecutionContext.get().op_handle.name == step and is_first:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(self, *arguments, **named)

    setattr(DuckDBEngine, verb, dying)
