"""Runs that publish, on an instance that remembers them; what they say, and which days are published."""

from datetime import datetime, timedelta

import dagster as dg
import duckdb

from rfm_assets.defs import checks, published
from rfm_assets.defs.resources import warehouse_of
from rfm_assets_tests.defs.conftest import DAYS


def day_after(day):
    return (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()


def messages(result):
    """Return what the steps that failed say, each with its cause."""
    found = []
    for event in result.all_node_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error.cause:
                error = error.cause
            found.append(error.message)
    return found


def fail_contract(monkeypatch, table):
    """Let the check of a table against its contract fail."""
    honest = checks.contract_result

    def wrong(engine, name, *rest):
        result = honest(engine, name, *rest)
        return result._replace(passed=False) if name == table else result

    monkeypatch.setattr(checks, "contract_result", wrong)


def resources(settings):
    return {"settings": settings, "warehouse": warehouse_of(settings)}


def refresh_on(job, instance, settings, day=DAYS[-1]):
    """Run the job on an instance that remembers."""
    return job.execute_in_process(
        instance=instance,
        partition_key=day,
        run_config={"loggers": {"progress": {}}},
        resources=resources(settings),
        raise_on_error=False,
    )


def materialise_on(instance, settings, asset=published.segments, day=DAYS[-1]):
    """Materialise one asset, as a person does in the UI."""
    return dg.materialize(
        [asset],
        instance=instance,
        partition_key=day,
        resources=resources(settings),
        raise_on_error=False,
    )


def published_days(settings):
    """Return the days of the tables that have several, the history's as they are in its Parquet files, too."""
    with duckdb.connect(str(settings.published / "segments.duckdb"), read_only=True) as connection:
        found = {
            name: {str(day) for (day,) in connection.execute(f"select snapshot_on from segment_{name}").fetchall()}
            for name in ("history", "profiles", "moves")
        }
        path = str(settings.published / "segment_history" / "*" / "*.parquet")
        of_parquet = connection.execute("select distinct snapshot_on from read_parquet($path)", {"path": path})
        assert {str(day) for (day,) in of_parquet.fetchall()} == found["history"]
    return found
