"""The published DuckDB file and its Parquet companion."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rfm_assets.contracts import PUBLISHED
from rfm_assets.contracts.published import CONTRACT_VERSION
from rfm_assets.engines.base import Engine, select
from rfm_assets.settings import Settings

DUCKDB_FILE = "segments.duckdb"
PARQUET_FILE = "segments.parquet"
READ_ONLY = 0o444


class NothingToPublishError(ValueError):
    """There are no segments: what was published before stays."""


@dataclass(frozen=True)
class Published:
    """What was published: the files, and the rows of each table."""

    duckdb: Path
    parquet: Path
    row_counts: dict[str, int]


def publish(engine: Engine, settings: Settings) -> Published:
    """Replace the published files by the latest snapshot and the history, each file in one step.

    Raises:
        NothingToPublishError: there are no segments.
    """
    target = settings.published
    tables = {name.removeprefix("published."): (table, select(name)) for name, table in PUBLISHED.items()}
    values = {
        "contract_version": CONTRACT_VERSION,
        "monetary": settings.monetary,
        "currency": settings.currency,
    }
    if engine.read(select("published.about"), **values).is_empty():
        raise NothingToPublishError("segments.customers is empty: materialise segments for a day first")
    with replaced(target / DUCKDB_FILE) as aside:
        row_counts = engine.export(aside, tables, **values)
    with replaced(target / PARQUET_FILE) as aside:
        engine.export_parquet(aside, select("published.segments"))
    return Published(target / DUCKDB_FILE, target / PARQUET_FILE, row_counts)


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a path aside, in the same folder, to write to; then make it read-only, sync it and rename it over `path`.

    When the block raises, or the process dies, `path` stays as it was; what a dead process left is cleared here.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    _clear(aside)
    try:
        yield aside
        aside.chmod(READ_ONLY)
        _sync(aside)
        aside.replace(path)
        _sync(path.parent)
    finally:
        _clear(aside)


def _clear(aside: Path) -> None:
    for leftover in (aside, aside.with_name(f"{aside.name}.wal")):
        leftover.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
