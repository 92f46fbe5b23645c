"""Asset of the copy on a PostgreSQL server: there only when RFM_POSTGRES_URL names one."""

from time import perf_counter

import dagster as dg

from rfm_assets.contracts import PUBLISHED
from rfm_assets.defs.catalogue import columns, keys, published_as, tags
from rfm_assets.publishing.files import DUCKDB_FILE
from rfm_assets.settings import Settings, load_settings

# A server that restarts at night is no reason to wake somebody; the files are published by then.
RETRIES, WAIT = 2, 20.0  # seconds


@dg.asset(
    **published_as("postgres"),
    tags=tags(PUBLISHED["published.segments"]),
    metadata=columns(PUBLISHED["published.segments"]),
    deps=keys("published.segments"),
)
def postgres(settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """The published tables on the PostgreSQL server, replaced in one transaction that no reader waits for."""
    from rfm_assets.publishing.postgres.copies import CopyError, copy_to_postgres

    assert settings.postgres_url  # noqa: S101  the asset is there only with it
    started = perf_counter()
    try:
        copied = copy_to_postgres(settings.published / DUCKDB_FILE, settings.postgres_url, settings.postgres_schema)
    except CopyError as failure:
        if failure.is_passing:
            raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=WAIT) from failure
        raise
    counts = {f"rows copied to {name}": count for name, count in copied.rows.items()}
    return dg.MaterializeResult(
        metadata={
            "schema": settings.postgres_schema,
            "parts that were as before": copied.unchanged,
            **counts,
            "duration_seconds": round(perf_counter() - started, 3),
        }
    )


@dg.definitions
def server() -> dg.Definitions:
    """Return the asset when there is a server: one that does nothing would look stale for ever."""
    return dg.Definitions(assets=[postgres] if load_settings().postgres_url else [])
