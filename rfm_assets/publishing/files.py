"""The published DuckDB file and its Parquet companions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from rfm_assets.contracts import PUBLISHED
from rfm_assets.contracts.published import CONTRACT_VERSION
from rfm_assets.engines.base import Engine, select
from rfm_assets.publishing.history import HISTORY, write_history
from rfm_assets.publishing.promises import check_built, keep_contract, rows
from rfm_assets.publishing.room import explained
from rfm_assets.publishing.syncing import replaced_together
from rfm_assets.settings import Settings

DUCKDB_FILE = "segments.duckdb"
PARQUET_FILE = "segments.parquet"
KEPT = "Nothing was published, what was published before stays"


class NothingToPublishError(ValueError):
    """There are no segments: what was published before stays."""


@dataclass(frozen=True)
class Published:
    """What was published: the files, the rows of each table, and the contract version of the file before."""

    duckdb: Path
    parquet: Path
    history: Path
    row_counts: dict[str, int]
    version_before: int | None


def publish(engine: Engine, settings: Settings, built_at: datetime, run_days: Collection[date] = ()) -> Published:
    """Replace the published files by the latest snapshot and the history, each in one step when all are written.

    Args:
        engine: the warehouse.
        settings: where, and what the numbers count.
        built_at: the moment that the file tells, UTC without its timezone.
        run_days: the snapshots of the run that publishes. Others whose run did not come to its end, such as one that
            failed a check, are left out of the history, the profiles and the moves.

    Raises:
        NothingToPublishError: there are no segments.
        ContractNotKeptError: the contract would change without a new version.
        DamagedFileError: the file built is not what it should be.
        NotPublishedError: such as on a full disk. What was published before stays, or the message says what does not.
    """
    folder = settings.published
    duckdb, parquet, history = (folder / name for name in (DUCKDB_FILE, PARQUET_FILE, HISTORY))
    tables = {table.short_name: (table, select(name)) for name, table in PUBLISHED.items()}
    values = {
        "contract_version": CONTRACT_VERSION,
        "monetary": settings.monetary,
        "currency": settings.currency,
        "built_at": built_at,
    }
    engine.stage("withheld", select("published.withheld"), run_days=list(run_days))
    if engine.read(select("published.about"), **values).is_empty():
        raise NothingToPublishError("segments.customers is empty: materialise segments for a day first")
    version_before = keep_contract(engine, duckdb)
    with (
        explained(folder, "segments.*", KEPT),
        replaced_together(duckdb, parquet, history) as (file, table_file, pointer),
    ):
        contents = engine.export(file, tables, base=duckdb if duckdb.exists() else None, **values)
        check_built(engine, file, contents)
        engine.copy_parquet(file, "segments", PUBLISHED["published.segments"], {None: table_file})
        write_history(engine, file, contents[HISTORY], pointer)
    row_counts = {name: rows(found) for name, found in contents.items()}
    return Published(duckdb, parquet, history, row_counts, version_before)
