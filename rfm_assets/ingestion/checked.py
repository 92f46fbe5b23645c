"""What the checks of raw and clean have not looked at yet, and remembering what passed."""

from dataclasses import dataclass

from rfm_assets.contracts import CHECKED
from rfm_assets.engines.base import Engine, select


@dataclass(frozen=True)
class Remembered:
    """A table of what passed, the SELECT of what did not pass yet, and of what there is in all."""

    table: str
    staged: str
    every: str
    key: str


FILES = Remembered("meta.checked_files", "unchecked_files", "loaded_files", "file_id")
DAYS = Remembered("meta.checked_days", "unchecked_days", "built_days", "invoiced_on")


def stage_unchecked(engine: Engine, remembered: Remembered) -> bool:
    """Stage the files or days that did not pass their checks since they last changed; return whether some did."""
    unchecked = engine.stage(remembered.staged, select(f"meta.{remembered.staged}"))
    return unchecked < engine.row(select(f"meta.{remembered.every}"))["in_all"]


def remember(engine: Engine, remembered: Remembered) -> None:
    """Note that the staged files or days passed."""
    engine.store_matching(
        CHECKED[remembered.table], select(remembered.table), columns=[remembered.key], staged=remembered.staged
    )
