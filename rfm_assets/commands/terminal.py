"""What a run looks like in a terminal: a bar while it lasts, a line for each step, check and failure."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from rfm_assets.defs.progress import RUN_LOG, cause_of
from rfm_assets.shown import escape


@contextmanager
def shown(console: Console, steps: int) -> Iterator[None]:
    """Show a bar in a terminal, and a line for each step and failure in any case."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
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
        meta = getattr(record, "dagster_meta", {})
        event = meta.get("dagster_event")
        if event is None:
            if record.levelno >= logging.INFO and (message := meta.get("orig_message")):
                self._bar.update(self._task, description=escape(message))
                if record.levelno == logging.WARNING:
                    self._console.print(escape(message))
            return
        if event.is_step_start:
            self._bar.update(self._task, description=event.step_key)
        elif event.is_step_success:
            self._bar.advance(self._task)
            self._console.print(f"{_name(event):<28} {event.step_success_data.duration_ms / 1000:>6.2f} s")
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._show_check(event.asset_check_evaluation_data)
        elif event.is_step_up_for_retry:
            retry = event.step_retry_data
            cause = escape(cause_of(retry.error)) if retry.error else ""
            self._console.print(f"{_name(event):<28} again in {retry.seconds_to_wait or 0:.0f} s: {cause}")
        elif event.is_step_failure:
            self._console.print(f"{_name(event):<28} failed: {escape(cause_of(event.step_failure_data.error))}")
        elif event.is_run_failure:
            failure = event.job_failure_data
            if failure.error and not failure.first_step_failure_event:  # a step's own was told on its line
                self._console.print(f"failed: {escape(cause_of(failure.error))}")

    def _show_check(self, evaluation: dg.AssetCheckEvaluation) -> None:
        if not evaluation.passed:
            key = ".".join(evaluation.asset_key.path)
            kind = "warning" if evaluation.severity == dg.AssetCheckSeverity.WARN else "check failed"
            self._console.print(f"{kind}: {key} {evaluation.check_name}: {escape(evaluation.description or '')}")


def _name(event: dg.DagsterEvent) -> str:
    return (event.step_key or "").replace("__", ".")
