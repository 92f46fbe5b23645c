"""What files are read by, beside themselves, and whether it is still what the loaded ones were read by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine
from rfm_assets.ingestion.mappings import Source, load_sources
from rfm_assets.ingestion.matching import Target
from rfm_assets.ingestion.reading import digest_now

FILES = TABLES["raw.files"]


class OtherSettingError(ValueError):
    """Files were loaded by another currency or clock than the settings name now; nothing was changed."""


@dataclass(frozen=True)
class Intake:
    """What files are read by, beside themselves."""

    sources: Sequence[Source] = field(default_factory=load_sources)
    currency: str = "GBP"  # of the warehouse
    timezone: str = "UTC"  # of the shop
    excluded_codes: Mapping[str, str] = field(default_factory=dict)  # in upper case, and what each is
    # A file changed after this moment, in seconds since 1970, is still being written.
    settled_before: float | None = None
    # Where files are unpacked: a folder that no other run works in; by default the system's for temporary files.
    scratch: Path | None = None


def require_same_settings(loaded: pl.DataFrame, intake: Intake) -> None:
    """Return when the loaded files are in the currency, and on the clock, of the intake, as far as they say theirs.

    Raises:
        OtherSettingError: one is in another.
    """
    for column, value, what in (
        ("currency", intake.currency, "amounts would be told as"),
        ("timezone", intake.timezone, "sales would be told on the days of"),
    ):
        others = loaded.filter(pl.col(column) != value)
        if len(others):
            name, found = others.select("name", column).row(0)
            raise OtherSettingError(
                f"RFM_{column.upper()} is {value}, but {name} was loaded with {found}: its {what} {value}. "
                f"Set it to {found} again, or use a data folder of its own for {value} (RFM_DATA)"
            )


def read_otherwise(loaded: pl.DataFrame, intake: Intake) -> tuple[set[str], set[str]]:
    """Return the names of the files that may be read otherwise by now, and of those whose mapping is gone.

    The first are those whose mapping says something else, or whose name another mapping asks for.
    """
    otherwise, orphaned = set(), set()
    known = loaded.filter(pl.col("source_digest").is_not_null()).select("name", "source", "source_digest")
    for name, named, digest in known.rows():
        asked = Target(intake.sources, name, intake.currency).asked
        if digest_now(named, intake.sources) is None:
            orphaned.add(name)
        elif digest_now(named, asked) != digest:
            otherwise.add(name)
    return otherwise, orphaned


def say_currency(engine: Engine, loaded: pl.DataFrame, currency: str) -> None:
    """Let files that were loaded before they said their currency say it."""
    silent = loaded.filter(pl.col("currency").is_null())
    if len(silent):
        rows = silent.with_columns(currency=pl.lit(currency))
        engine.write(FILES, rows, column="file_id", values=rows["file_id"].to_list())
