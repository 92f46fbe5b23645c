"""Bringing the files of the landing folder into raw: each content once, each file in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, Refused, select
from rfm_assets.ingestion.files import LandedFile, as_utf8, landed_files
from rfm_assets.ingestion.sources import layout_of

FILES, TRANSACTIONS, UNREADABLE, DAYS = (
    TABLES[f"raw.{name}"] for name in ("files", "transactions", "unreadable", "days")
)
Status = Literal["loaded", "failed"]


class NoInputError(ValueError):
    """There is nothing to work on: no file lies in landing and none was ever loaded."""


@dataclass(frozen=True)
class Outcome:
    """What became of one new or changed file."""

    name: str
    status: Status
    line_count: int = 0
    unreadable_count: int = 0
    days: int = 0
    error: str | None = None


def load_landing(
    engine: Engine, landing: Path, max_unreadable_share: float, progress: Callable[[str], None] = lambda _: None
) -> list[Outcome]:
    """Load the files that are new or changed, and return what became of each, in order of name.

    A file whose content was loaded before, under whatever name, is skipped. A file that fails leaves what was there
    before, is recorded in `raw.files` with its error, and does not stop the others.

    Raises:
        NoInputError: no file lies in landing and none was ever loaded.
    """
    # A failure is judged anew each time: the file may have been mended or taken away, or a setting changed.
    engine.delete(FILES, column="status", values=["failed"])
    known = engine.read(select("raw.known_files"))
    loaded = known.filter(pl.col("status") == "loaded")
    files = landed_files(landing)
    if not files and loaded.is_empty():
        raise NoInputError(
            f"no CSV file lies in {landing}: put the shop's transactions there (columns in README), "
            "or run `make demo` for the sample shop"
        )
    # Of a file that changed, the old content is about to go: under another name it has to come in anew.
    landed = {file.name: file.sha256 for file in files}
    changed = {name for name, sha256 in loaded.select("name", "sha256").rows() if landed.get(name, sha256) != sha256}
    contents = set(loaded.filter(~pl.col("name").is_in(list(changed)))["sha256"])
    file_id = max(known["file_id"], default=0)
    outcomes = []
    for file in files:
        if file.sha256 in contents and file.name not in changed:
            continue
        file_id += 1
        progress(f"reading {file.name}")
        replaced = loaded.filter(pl.col("name") == file.name)
        outcomes.append(_load_or_record(engine, file, file_id, replaced, max_unreadable_share))
        contents.add(file.sha256)
    return outcomes


def _load_or_record(
    engine: Engine, file: LandedFile, file_id: int, replaced: pl.DataFrame, max_unreadable_share: float
) -> Outcome:
    try:
        with engine.transaction():
            return _load(engine, file, file_id, replaced, max_unreadable_share)
    except (ValueError, OSError) as failure:
        error = f"{file.name}: {failure}"
    _write_file(engine, file, file_id, status="failed", error=error)
    return Outcome(file.name, "failed", error=error)


def _load(
    engine: Engine, file: LandedFile, file_id: int, replaced: pl.DataFrame, max_unreadable_share: float
) -> Outcome:
    with as_utf8(file) as path:
        with path.open(encoding="utf-8-sig", newline="") as text:
            first_line = text.readline()
        if not first_line.strip():
            raise ValueError("the file is empty. Export it again, or take it out of the landing folder")
        refused = engine.load_csv(path, layout_of(first_line), file_id)
    readable, first_on, last_on = engine.read(select("raw.file_facts"), file_id=file_id).row(0)
    line_count = readable + len(refused)
    if len(refused) > max_unreadable_share * line_count:
        raise ValueError(
            f"{len(refused):,} of {line_count:,} lines cannot be read, more than the share of {max_unreadable_share:g} "
            f"that RFM_MAX_UNREADABLE_SHARE allows. The first is line {refused[0].line_no}: {refused[0].error}"
        )
    replaced_ids = replaced["file_id"].to_list()
    engine.stage("file_days", select("raw.file_days"), file_id=file_id, replaced_id=max(replaced_ids, default=0))
    if replaced_ids:
        engine.delete(TRANSACTIONS, column="file_id", values=replaced_ids)
        engine.delete(UNREADABLE, column="file_id", values=replaced_ids)
        engine.write(FILES, replaced.with_columns(status=pl.lit("replaced")), column="file_id", values=replaced_ids)
    engine.write(UNREADABLE, _unreadable_rows(file_id, refused), column="file_id", values=[file_id])
    days = engine.store_matching(DAYS, select("raw.days"), column="invoiced_on", staged="file_days")
    _write_file(
        engine, file, file_id, line_count=line_count, unreadable_count=len(refused), first_on=first_on, last_on=last_on
    )
    return Outcome(file.name, "loaded", line_count, len(refused), days)


def _write_file(engine: Engine, file: LandedFile, file_id: int, **facts: object) -> None:
    row = {"status": "loaded", "line_count": 0, "unreadable_count": 0, "first_on": None, "last_on": None, "error": None}
    row |= {"file_id": file_id, "name": file.name, "sha256": file.sha256, **facts}
    engine.write(FILES, pl.DataFrame([row]), column="file_id", values=[file_id])


def _unreadable_rows(file_id: int, refused: Sequence[Refused]) -> pl.DataFrame:
    rows = [(file_id, line.line_no, line.text, line.error) for line in refused]
    types = {"file_id": pl.Int64, "line_no": pl.Int64, "text": pl.String, "error": pl.String}
    return pl.DataFrame(rows, schema=types, orient="row")
