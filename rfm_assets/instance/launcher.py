"""Runs as processes of the code server, as Dagster starts them by default, and watched: a lost one is seen as lost.

Dagster's own launcher cannot tell: a run that was cut off stays in progress for ever, and every later run waits behind
it for the pool `warehouse`.
"""

from dagster import DagsterEventType, DagsterRun, DefaultRunLauncher, deserialize_value
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus


class WatchedRunLauncher(DefaultRunLauncher):
    """Tells run monitoring whether the process of a run is still there, by asking its code server.

    That has to be `dagster api grpc`: the proxy of `dagster code-server start` does not know its runs. Of a run that a
    command executes itself nobody knows: it is left alone, up to the instance's limit of a run's time.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Whether run monitoring may ask."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Return whether the run's code server has its process; RUNNING while nobody can tell.

        A server that is being restarted has lost its runs, and says so as soon as it is back.
        """
        from dagster._grpc.types import GetCurrentRunsResult

        client = self._get_grpc_client_for_termination(run.run_id)
        if client is None:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "no code server was asked to start it")
        try:
            answer = deserialize_value(client.get_current_runs(), GetCurrentRunsResult)
        except DagsterUserCodeUnreachableError as failure:
            return CheckRunHealthResult(WorkerStatus.RUNNING, f"the code server does not answer: {failure}")
        if run.run_id in answer.current_runs:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(
            WorkerStatus.NOT_FOUND, "its process is gone: the code server was stopped or restarted while it ran"
        )


class LocalRunLauncher(DefaultRunLauncher):
    """Tells run monitoring whether the process of a run is still there, where all of them are on this machine."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Whether run monitoring may ask."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Return whether the process that said that the run has started is there, whoever started it."""
        for entry in self._instance.all_logs(run.run_id, of_type=DagsterEventType.RUN_START):
            pid = entry.dagster_event.pid if entry.dagster_event else None
            if pid is not None and not _is_there(pid, entry.timestamp):
                return CheckRunHealthResult(WorkerStatus.NOT_FOUND, f"its process {pid} is gone: it was killed")
        return CheckRunHealthResult(WorkerStatus.RUNNING)


def _is_there(pid: int, since: float) -> bool:
    """Return whether a process runs that did so at a moment already: after a restart its number is another one's."""
    import psutil

    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= since
    except psutil.NoSuchProcess:
        return False
