"""A small job whose tables and check fail as a test needs it."""

import dagster as dg

DAY = "2011-12-09"
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


def job(
    fails: bool = False,
    severity: dg.AssetCheckSeverity | None = None,
    blocking: bool = False,
    words: str = "no file lies in landing: put files there",
    last_fails: bool = False,
) -> dg.JobDefinition:
    """Return a job of two tables: each may fail, or the check of the first, which may keep the second out."""

    @dg.asset(key_prefix="clean")
    def ledger() -> None:
        if fails:
            raise ValueError(words)

    @dg.asset_check(asset=ledger, blocking=blocking)
    def days_balanced() -> dg.AssetCheckResult:
        told = severity or ERROR
        return dg.AssetCheckResult(passed=severity is None, severity=told, description="3 days are off. Look there.")

    @dg.asset(deps=[ledger])
    def segments() -> None:
        if last_fails:
            raise OSError("disk full")

    definitions = dg.Definitions(
        assets=[ledger, segments],
        asset_checks=[days_balanced],
        jobs=[dg.define_asset_job("refresh", selection=dg.AssetSelection.all())],
        executor=dg.in_process_executor,
    )
    return definitions.resolve_job_def("refresh")
