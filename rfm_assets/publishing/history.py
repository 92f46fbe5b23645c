"""The history as Parquet: one file a snapshot, in folders by month, changed as a whole by renaming one pointer.

`segment_history` is a symbolic link to `.segment_history-<digest>`, a folder that is never changed once it is there. A
publication builds the next folder beside it, in which a snapshot that stayed the same is a hard link to the file that
is there already, and then renames a new link over the old one. Why both, a pointer and names that carry snapshot and
content: the pointer changes all months in one step, and because a name stands for one content only, a reader who listed
the files just before finds each as it was or gets an error, and never two publications mixed. Who resolves the link
first (`os.path.realpath`) gets no error either: the folder before stays until the next publication.
"""

import os
import shutil
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path

from rfm_assets.contracts import PUBLISHED
from rfm_assets.engines.base import Contents, Engine, Fingerprint
from rfm_assets.publishing.syncing import folder_aside, place

HISTORY = "segment_history"
TABLE = PUBLISHED[f"published.{HISTORY}"]
LAYOUT = 1  # of the Parquet files; another number writes all of them anew
DIGITS = 16
PARQUET_END = b"PAR1"


def write_history(engine: Engine, file: Path, contents: Contents, pointer: Path) -> None:
    """Make the folder of a history and `pointer` a link to it. Nothing that is read is touched.

    Args:
        engine: reads `file`.
        file: a DuckDB file that holds the history.
        contents: its snapshots.
        pointer: what is to be renamed to `segment_history` in the same folder.

    Raises:
        FileExistsError: `segment_history` is there, and neither a link nor a copy of what we link to.
    """
    published = pointer.with_name(HISTORY)
    is_ours = published.is_symlink() or not published.exists() or _is_copy(published)
    if not is_ours:
        raise FileExistsError(f"{published} is none of ours: move it away, the history is published there")
    current = published.parent / published.readlink() if published.is_symlink() else None
    _clear(published, current)
    names = {day: _name(day, fingerprint) for day, fingerprint in contents.items() if day}
    folder = published.with_name(f".{HISTORY}-{_digest(*sorted(names.values()))}")
    is_there = folder == current and folder.is_dir() and all(_is_whole(folder / name) for name in names.values())
    if not is_there:
        with folder_aside(folder.with_name(f"{folder.name}.part")) as aside:
            _fill(aside, names, current, engine, file)
            place(aside, folder)
    pointer.symlink_to(folder.name)


def _fill(folder: Path, names: Mapping[date, str], current: Path | None, engine: Engine, file: Path) -> None:
    """Link the files that `current` has whole, write the others."""
    new: dict[date | None, Path] = {}
    for day, name in names.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if current and _is_whole(current / name):
            path.hardlink_to(current / name)
        else:
            new[day] = path
    if new:
        engine.copy_parquet(file, HISTORY, TABLE, new)


def _is_whole(path: Path) -> bool:
    """Whether a Parquet file is there, and was not cut off."""
    try:
        with path.open("rb") as file:
            file.seek(-len(PARQUET_END), os.SEEK_END)
            return file.read() == PARQUET_END
    except OSError:
        return False


def _is_copy(published: Path) -> bool:
    """Whether it is what a copy of the published folder that follows links makes of it."""
    return published.is_dir() and all(path.name.startswith("snapshot_month=") for path in published.iterdir())


def _clear(published: Path, current: Path | None) -> None:
    """Remove the folders of dead processes and of the publication before the current one."""
    for folder in published.parent.glob(f".{HISTORY}-*"):
        if folder != current:
            shutil.rmtree(folder)


def _name(day: date, fingerprint: Fingerprint) -> str:
    columns = (f"{column.name} {column.type}" for column in TABLE.columns)
    digest = _digest(LAYOUT, *columns, fingerprint.rows, fingerprint.digest)
    return f"snapshot_month={day:%Y-%m}{os.sep}{day}-{digest}.parquet"


def _digest(*parts: object) -> str:
    return sha256("\n".join(map(str, parts)).encode()).hexdigest()[:DIGITS]
