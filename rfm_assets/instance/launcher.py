"""Runs as processes of the code server, as Dagster starts them by default, and watched: a lost one is seen as lost."""

from dagster import DagsterRun, DefaultRunLauncher
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus


class WatchedRunLauncher(DefaultRunLauncher):
    """Tells run monitoring whether the process of a run is still there.

    Dagster's own launcher cannot tell: a run that was cut off with its code server stays in progress for ever, and
    every later run waits behind it for the pool `warehouse`. The code server has to be `dagster api grpc`: the proxy
    of `dagster code-server start` does not know its runs.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Whether run monitoring may ask."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Return whether the run's code server has its process; RUNNING while the server does not answer.

        A server that is being restarted has lost its runs, and says so as soon as it is back.
        """
        from dagster._grpc.types import GetCurrentRunsResult
        from dagster._serdes import deserialize_value

        client = self._get_grpc_client_for_termination(run.run_id)
        if client is None:  # ended by now, or never launched
            return CheckRunHealthResult(WorkerStatus.UNKNOWN, "no code server was asked to start it")
        try:
            answer = deserialize_value(client.get_current_runs(), GetCurrentRunsResult)
        except DagsterUserCodeUnreachableError as failure:
            return CheckRunHealthResult(WorkerStatus.RUNNING, f"the code server does not answer: {failure}")
        if run.run_id in answer.current_runs:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(
            WorkerStatus.NOT_FOUND, "its process is gone: the code server was stopped or restarted while it ran"
        )
