"""Bringing the files of the landing folder into raw: each content once, each file in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import polars as pl

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, Refused, select
from rfm_assets.engines.errors import LineEndsError
from rfm_assets.ingestion.files import (
    LandedFile,
    Look,
    UnfinishedFileError,
    inspect,
    landed_names,
    printable,
    require_unchanged,
)
from rfm_assets.ingestion.formats import clear_copies
from rfm_assets.ingestion.intake import Intake, read_otherwise, require_same_settings, say_currency
from rfm_assets.ingestion.mappings import NoSourceError
from rfm_assets.ingestion.matching import Target
from rfm_assets.ingestion.non_products import exclude_codes
from rfm_assets.ingestion.reading import read_lines

FILES, TRANSACTIONS, UNREADABLE, DAYS, LANDED = (
    TABLES[f"raw.{name}"] for name in ("files", "transactions", "unreadable", "days", "landed_files")
)
Status = Literal["loaded", "failed", "waiting", "left"]


class NoInputError(ValueError):
    """There is nothing to work on: no file lies in landing and none was ever loaded."""


@dataclass(frozen=True)
class Outcome:
    """What became of one new or changed file; a waiting one is still being written.

    One that is left is not in landing: it stays as another form of its mapping read it.
    """

    name: str
    status: Status
    line_count: int = 0
    unreadable_count: int = 0
    days: int = 0
    error: str | None = None
    sheets_left_out: tuple[str, ...] = ()
    above_headers: int = 0  # lines passed over


def load_landing(
    engine: Engine,
    landing: Path,
    max_unreadable_share: float,
    progress: Callable[[str], None] = lambda _: None,
    intake: Intake | None = None,
) -> list[Outcome]:
    """Load the files that are new or changed, and return what became of each, in order of name.

    A file whose content was loaded before, under whatever name, is skipped, unless its mapping has changed since. A
    file that fails leaves what was there before, is recorded in `raw.files` with its error, and does not stop the
    others. One that is still being written waits for the next run.

    Raises:
        NoInputError: no file lies in landing and none was ever loaded.
        OtherSettingError: files were loaded in another currency, or on another clock, than the intake's.
    """
    intake = intake or Intake()
    if intake.scratch:
        clear_copies(intake.scratch)
    known = engine.read(select("raw.known_files"))
    loaded = known.filter(pl.col("status") == "loaded")
    require_same_settings(loaded, intake)
    say_currency(engine, loaded, intake.currency)
    # A failure is judged anew each time: the file may have been mended or taken away, or a setting changed.
    engine.delete(FILES, column="status", values=["failed"])
    exclude_codes(engine, intake.excluded_codes)
    seen = {Look(*look): sha256 for *look, sha256 in engine.read(select("raw.landed_files")).rows()}
    names = landed_names(landing)
    if not names and loaded.is_empty():
        raise NoInputError(
            f"no file lies in {landing}: put the shop's transactions there (formats in README), "
            "or run `make demo` for the sample shop"
        )
    file_id = engine.row(select("raw.last_version"))["version"]
    files, outcomes = [], []
    for name in names:
        try:
            files.append(inspect(landing, name, seen, intake.settled_before))
        except UnfinishedFileError as unfinished:
            outcomes.append(Outcome(name, "waiting", error=str(unfinished)))
        except OSError as failure:
            file_id += 1
            outcomes.append(_record_failure(engine, name, "", file_id, failure))
    loaded = _renamed(engine, loaded, files, names)
    # Of a file that changed, the old content is about to go: under another name it has to come in anew.
    landed = {file.name: file.sha256 for file in files}
    changed = {name for name, sha256 in loaded.select("name", "sha256").rows() if landed.get(name, sha256) != sha256}
    otherwise, orphaned = read_otherwise(loaded, intake)
    orphaned -= changed
    changed |= (otherwise | orphaned) & landed.keys()
    outcomes += [Outcome(name, "left") for name in otherwise.difference(names)]
    contents = set(loaded.filter(~pl.col("name").is_in(list(changed)))["sha256"])
    for file in files:
        if file.sha256 in contents and file.name not in changed:
            continue
        file_id += 1
        progress(f"reading {file.name}")
        replaced = loaded.filter(pl.col("name") == file.name)
        stays = file.name in orphaned
        load = partial(_load, engine, file, file_id, replaced, max_unreadable_share, intake, stays=stays)
        outcome = _load_or_record(engine, file, file_id, load, stays=stays)
        if outcome:
            outcomes.append(outcome)
        if not outcome or outcome.status == "loaded":
            contents.add(file.sha256)
    # A file that waits has another look by now: it is read in the next run.
    waiting = {outcome.name for outcome in outcomes if outcome.status == "waiting"}
    looks = {file.look: file.sha256 for file in files if file.name not in waiting}
    if looks != seen:
        engine.write(LANDED, _landed_rows(looks))
    return sorted(outcomes, key=lambda outcome: outcome.name)


def _renamed(engine: Engine, loaded: pl.DataFrame, files: Sequence[LandedFile], names: Sequence[str]) -> pl.DataFrame:
    """Return the loaded files, those that were given another name under that one: their old name is free for others."""
    taken = set(loaded["name"])
    free = {file.sha256: file.name for file in files if file.name not in taken}
    new_names = {
        name: free.pop(sha256)
        for name, sha256 in loaded.select("name", "sha256").rows()
        if sha256 in free and name not in names
    }
    if not new_names:
        return loaded
    known = engine.read(select("raw.known_files"))
    versions = known.filter(pl.col("name").is_in(list(new_names))).with_columns(pl.col("name").replace(new_names))
    engine.write(FILES, versions, column="file_id", values=versions["file_id"].to_list())
    return loaded.with_columns(pl.col("name").replace(new_names))


def _load_or_record(
    engine: Engine, file: LandedFile, file_id: int, load: Callable[..., Outcome], *, stays: bool
) -> Outcome | None:
    """Load a file; return what became of it, or None where no mapping fits it all and what it had before `stays`."""
    try:
        try:
            with engine.transaction():
                return load(mend=False)
        except LineEndsError:
            with engine.transaction():
                return load(mend=True)
    except UnfinishedFileError as unfinished:
        return Outcome(file.name, "waiting", error=str(unfinished))
    except NoSourceError as failure:
        return None if stays else _record_failure(engine, file.name, file.sha256, file_id, failure)
    except (ValueError, OSError) as failure:
        return _record_failure(engine, file.name, file.sha256, file_id, failure)


def _record_failure(engine: Engine, name: str, sha256: str, file_id: int, failure: Exception) -> Outcome:
    name = printable(name)
    error = f"{name}: {failure}"
    _write_file(engine, name, sha256, file_id, status="failed", error=error)
    return Outcome(name, "failed", error=error)


def _load(
    engine: Engine,
    file: LandedFile,
    file_id: int,
    replaced: pl.DataFrame,
    max_unreadable_share: float,
    intake: Intake,
    *,
    mend: bool,
    stays: bool,
) -> Outcome:
    target = Target(intake.sources, file.name, intake.currency, intake.timezone)
    read = read_lines(engine, file.path, file_id, target, mend=mend, scratch=intake.scratch)
    if stays and read.sheets_left_out:  # which may be those that the mapping which is gone was for
        raise NoSourceError("not every sheet of it has a mapping")
    refused = read.refused
    require_unchanged(file)
    facts = engine.row(select("raw.file_facts"), file_id=file_id)
    line_count = facts["readable_count"] + len(refused)
    lost = sum(line.lost for line in refused)
    if lost and lost / (facts["readable_count"] + lost) > max_unreadable_share:
        raise ValueError(
            f"{lost:,} of {facts['readable_count'] + lost:,} lines cannot be read, more than the share of "
            f"{max_unreadable_share:g} that RFM_MAX_UNREADABLE_SHARE allows. "
            f"The first is line {refused[0].line_no}: {refused[0].error}"
        )
    replaced_ids = replaced["file_id"].to_list()
    engine.stage("file_days", select("raw.file_days"), file_id=file_id, replaced_id=max(replaced_ids, default=0))
    if replaced_ids:
        engine.delete(TRANSACTIONS, column="file_id", values=replaced_ids)
        engine.delete(UNREADABLE, column="file_id", values=replaced_ids)
        engine.write(FILES, replaced.with_columns(status=pl.lit("replaced")), column="file_id", values=replaced_ids)
    if refused:
        engine.write(UNREADABLE, _unreadable_rows(file_id, refused), column="file_id", values=[file_id])
    days = engine.store_matching(DAYS, select("raw.days"), columns=["invoiced_on"], staged="file_days")
    _write_file(
        engine, file.name, file.sha256, file_id, line_count=line_count, unreadable_count=len(refused),
        first_on=facts["first_on"], last_on=facts["last_on"], source=read.source,
        source_digest=read.source_digest, currency=intake.currency,
        timezone=intake.timezone if read.is_in_utc else None,
    )  # fmt: skip
    return Outcome(
        file.name, "loaded", line_count, len(refused), days, sheets_left_out=tuple(read.sheets_left_out),
        above_headers=read.above_headers,
    )  # fmt: skip


def _write_file(engine: Engine, name: str, sha256: str, file_id: int, **facts: object) -> None:
    row = dict.fromkeys(FILES.column_names) | {"status": "loaded", "line_count": 0, "unreadable_count": 0}
    row |= {"file_id": file_id, "name": name, "sha256": sha256, **facts}
    engine.write(FILES, pl.DataFrame([row]), column="file_id", values=[file_id])


def _landed_rows(looks: Mapping[Look, str]) -> pl.DataFrame:
    rows = [(*astuple(look), sha256) for look, sha256 in looks.items()]
    return pl.DataFrame(rows, schema=LANDED.column_names, orient="row")


def _unreadable_rows(file_id: int, refused: Sequence[Refused]) -> pl.DataFrame:
    rows = [(file_id, line.line_no, line.text, line.error) for line in refused]
    return pl.DataFrame(rows, schema=UNREADABLE.column_names, orient="row")
