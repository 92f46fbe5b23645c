"""What the commands behind `make` share: one run of a job on the user's Dagster instance, with its progress."""

import os
from collections.abc import Mapping
from pathlib import Path

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.execution.api import execute_run
from dagster._core.instance.ref import InstanceRef
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.tags import MAX_RETRIES_TAG
from rich.console import Console

from rfm_assets.commands.errors import RunError
from rfm_assets.commands.terminal import shown
from rfm_assets.one_at_a_time import alone

# The code location's name in workspace.yaml, and that of everything in it together, which is Dagster's own.
REPOSITORY = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("rfm_assets"), SINGLETON_REPOSITORY_NAME)


def instance_home() -> Path:
    """Return the folder of the Dagster instance.

    Raises:
        RunError: DAGSTER_HOME is not set, or names no folder by its whole path.
    """
    named = os.environ.get("DAGSTER_HOME", "")
    home = Path(named)
    if not home.is_absolute():
        found = f"is {str(home)!r}" if named else "is not set"
        raise RunError(
            f"DAGSTER_HOME {found}: it names the folder of your Dagster instance, by its whole path; `make` sets it"
        )
    if not home.is_dir():
        raise RunError(
            f"there is no folder {home} (DAGSTER_HOME), which your Dagster instance is in. `make` makes the one that "
            "belongs to RFM_DATA, where it may: see whether you may write there"
        )
    return home


def run_job(name: str, tags: Mapping[str, str], home: Path, console: Console) -> int:
    """Run a job in this process, as a run of the instance, and return the exit status."""
    from sqlalchemy.exc import DBAPIError

    from rfm_assets.definitions import defs

    try:
        job = defs().resolve_job_def(name)
        with (
            # DuckDB has one writer, and two commands cannot make an instance.
            alone(home / "refresh.lock", console.print, "waiting for another refresh on this Dagster instance to end"),
            _instance(home) as instance,
            shown(console, len(job.graph.node_dict)),
        ):
            # As `execute_in_process` does, which does not say where a job is from: the UI could not run it again. Nor
            # is Dagster's daemon to, by itself, when a person interrupts the command.
            run = instance.create_run_for_job(
                job,
                run_config={"loggers": {"progress": {}}},
                tags={**job.run_tags, **tags, MAX_RETRIES_TAG: "0"},
                remote_job_origin=RemoteJobOrigin(REPOSITORY, name),
            )
            result = execute_run(InMemoryJob(job), run, instance)
    except dg.DagsterInvariantViolationError as wrong:
        raise RunError(str(wrong)) from wrong
    except DBAPIError as wrong:
        raise RunError(
            f"{home} (DAGSTER_HOME) cannot store what the run does: {wrong.orig}. Correct it, such as by making room, "
            "and run it again: every table is as before or as after"
        ) from wrong
    return 0 if result.success else 1


def _instance(home: Path) -> dg.DagsterInstance:
    """Return the user's instance, but for its copies of what a run prints, which is in the terminal.

    To make them, Dagster sends standard error into a file that another process copies from, and may end that process
    before it has copied the last lines. The copies take four processes more.
    """
    uncopied = {"compute_logs": {"module": NoOpComputeLogManager.__module__, "class": NoOpComputeLogManager.__name__}}
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home), overrides=uncopied))
