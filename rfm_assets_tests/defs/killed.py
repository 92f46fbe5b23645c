"""A process that runs a job on a data folder and is killed in the middle of one step's writing, as by `kill -9`."""

import os
import signal
import sys
from collections.abc import Collection

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.definitions import defs
from rfm_assets.defs.resources import warehouse_of
from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.settings import Settings

# In the transaction that brings a file in, after its lines; another one before it stores the codes that are left out.
DAYS = TABLES["raw.days"]
RETENTION = "retention__expired_snapshots"
# When the step has taken out old rows, or is about to write a file; what the report writes, the engine does not.
VERBS = {"published__report": ("read",), RETENTION: ("delete",)}
WRITING = ("_insert", "export", "export_csv")
# Made when the module is loaded, once for all processes that are forked from the one that loaded it.
JOBS = {name: defs().resolve_job_def(name) for name in ("refresh", "retain", "validate")}
CONFIG = {"retain": {"ops": {RETENTION: {"config": {"dry_run": False}}}}}


def run_until_killed(
    settings: Settings, job: str, day: str | None, step: str, assets: Collection[dg.AssetKey] = ()
) -> None:
    """Run a job, or some assets of it, and die in the middle of the step's writing."""
    for verb in VERBS.get(step, WRITING):
        _die_at(verb, step)
    whole = JOBS[job]
    with dg.DagsterInstance.ephemeral() as instance:
        (whole.get_subset(asset_selection=assets) if assets else whole).execute_in_process(
            instance=instance,
            tags={"dagster/partition": day} if day else {},
            run_config={"loggers": {"progress": {}}, **CONFIG.get(job, {})},
            resources={"settings": settings, "warehouse": warehouse_of(settings)},
            raise_on_error=False,
        )
    sys.exit(f"{step} stored nothing")


def _die_at(verb: str, step: str) -> None:
    original = getattr(DuckDBEngine, verb)
    calls = 0

    def dying(self, *arguments, **named):
        nonlocal calls
        if dg.OpExecutionContext.get().op_handle.name == step and (step != "raw" or arguments[0] == DAYS):
            calls += 1
            if step != RETENTION or calls == 2:  # with the rows of a table gone
                os.kill(os.getpid(), signal.SIGKILL)
        return original(self, *arguments, **named)

    setattr(DuckDBEngine, verb, dying)
