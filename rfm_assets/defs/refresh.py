"""The command behind `make refresh`: runs the job on the user's Dagster instance, with progress and plain errors."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from threading import Thread

import dagster as dg
from dagster_shared.error import SerializableErrorInfo
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from rfm_assets.settings import SettingsError

RUN_LOG = "rfm_assets.run"
USER_ERROR = 2


@dg.logger({}, description="Hands the events of a run to the command that started it.")
def progress(context: dg.InitLoggerContext) -> logging.Logger:
    """Return the logger that the command listens to."""
    log = logging.getLogger(RUN_LOG)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    return log


@dg.definitions
def loggers() -> dg.Definitions:
    """Return the logger of the command."""
    return dg.Definitions(loggers={"progress": progress})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job for a day or a range of days; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m rfm_assets.defs.refresh", description=main.__doc__)
    parser.add_argument("first", metavar="DAY", help="snapshot day, such as 2011-12-09")
    parser.add_argument("last", metavar="LAST", nargs="?", help="last day of a range, all in one run")
    options = parser.parse_args(arguments)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        return _run(options.first, options.last or options.first, console)
    except (SettingsError, dg.DagsterInvariantViolationError) as wrong:
        console.print(f"error: {escape(str(wrong))}")
        return USER_ERROR


def _run(first: str, last: str, console: Console) -> int:
    from rfm_assets.definitions import defs
    from rfm_assets.defs.partitions import SNAPSHOTS

    for day in (first, last):
        if not SNAPSHOTS.has_partition_key(day):
            console.print(
                f"error: {escape(day)} is not a day that can be refreshed: days are written 2011-12-09 and go from "
                f"{SNAPSHOTS.get_first_partition_key()} to {SNAPSHOTS.get_last_partition_key()}. "
                "RFM_FIRST_SNAPSHOT and RFM_LAST_SNAPSHOT set these limits"
            )
            return USER_ERROR
    if last < first:
        console.print(f"error: the range ends on {last}, before it begins on {first}: exchange them")
        return USER_ERROR
    if not os.environ.get("DAGSTER_HOME"):
        console.print("error: DAGSTER_HOME is not set: it names the folder of your Dagster instance; `make` sets it")
        return USER_ERROR
    # Measured: scikit-learn takes 0.8 s to import; meanwhile DuckDB reads and cleans the files, without Python's lock.
    Thread(target=import_module, args=["sklearn.cluster"], daemon=True).start()
    job = defs().resolve_job_def("refresh")
    tags = {"dagster/partition": first} if first == last else {
        "dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last
    }  # fmt: skip
    with dg.DagsterInstance.get() as instance, _shown(console, len(job.graph.node_dict)):
        result = job.execute_in_process(
            instance=instance, tags=tags, run_config={"loggers": {"progress": {}}}, raise_on_error=False
        )
    return 0 if result.success else 1


@contextmanager
def _shown(console: Console, steps: int) -> Iterator[None]:
    """Show a bar in a terminal, and a line for each step and failure in any case."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        handler = _RunEvents(console, bar, steps)
        log = logging.getLogger(RUN_LOG)
        log.addHandler(handler)
        try:
            yield
        finally:
            log.removeHandler(handler)


class _RunEvents(logging.Handler):
    def __init__(self, console: Console, bar: Progress, steps: int) -> None:
        super().__init__()
        self._console = console
        self._bar = bar
        self._task = bar.add_task("starting", total=steps)

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is None:
            if record.levelno >= logging.INFO and (message := getattr(record, "dagster_meta", {}).get("orig_message")):
                self._bar.update(self._task, description=message)
            return
        if event.is_step_start:
            self._bar.update(self._task, description=event.step_key)
        elif event.is_step_success:
            self._bar.advance(self._task)
            self._console.print(f"{_name(event):<28} {event.step_success_data.duration_ms / 1000:>6.2f} s")
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._show_check(event.asset_check_evaluation_data)
        elif event.is_step_failure:
            self._console.print(f"{_name(event):<28} failed: {escape(_cause(event.step_failure_data.error))}")

    def _show_check(self, evaluation: dg.AssetCheckEvaluation) -> None:
        if not evaluation.passed:
            key = ".".join(evaluation.asset_key.path)
            kind = "warning" if evaluation.severity == dg.AssetCheckSeverity.WARN else "check failed"
            self._console.print(f"{kind}: {key} {evaluation.check_name}: {escape(evaluation.description or '')}")


def _name(event: dg.DagsterEvent) -> str:
    return (event.step_key or "").replace("__", ".")


def _cause(error: SerializableErrorInfo) -> str:
    while error.cause:
        error = error.cause
    kind, _, message = error.message.strip().partition(": ")
    return message or kind


if __name__ == "__main__":
    sys.exit(main())
