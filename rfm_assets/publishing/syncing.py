"""Files and folders that take a name in one step: built aside, made read-only, synced, renamed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

READ_ONLY = 0o444


class PartlyReplacedError(OSError):
    """Of several files the first have their names, and the others could not take theirs: the message says which."""


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a path aside, in the same folder, to write to; then make it read-only, sync it and rename it over `path`.

    When the block raises, or the process dies, `path` stays as it was; what a dead process left is cleared here.
    """
    with replaced_together(path) as (aside,):
        yield aside


@contextmanager
def replaced_together(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Do so for several paths, renamed when all are written and synced; a link is renamed as it is."""
    asides = tuple(path.with_name(f".{path.name}.part") for path in paths)
    folders = {path.parent for path in paths}
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    _clear(asides, paths)
    try:
        yield asides
        for aside in asides:
            if not aside.is_symlink():
                aside.chmod(READ_ONLY)
                sync(aside)
        _take_names(asides, paths)
        for folder in folders:
            sync(folder)
    finally:
        _clear(asides, paths)


@contextmanager
def folder_aside(aside: Path) -> Iterator[Path]:
    """Give an empty folder to fill and to `place`; what is not placed, or a dead process left, is cleared here."""
    if aside.is_symlink():  # it died when it was about to show its folder
        aside.unlink()
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def place(aside: Path, folder: Path) -> None:
    """Make a folder's files read-only, sync it and give it its name, in place of a damaged one or a dead process's.

    Whoever may open the folder around it may open it and its subfolders, whatever umask and group this process has.
    """
    around = folder.parent.stat()
    for path in (*aside.rglob("*"), aside):
        if path.is_dir():
            with suppress(PermissionError):  # of a group that this process is not in
                os.chown(path, -1, around.st_gid)
            path.chmod(around.st_mode & 0o777)
        else:
            if path.stat().st_nlink > 1:  # a hard link to one that was placed before
                continue
            path.chmod(READ_ONLY)
        sync(path)
    shutil.rmtree(folder, ignore_errors=True)
    aside.rename(folder)


def _take_names(asides: tuple[Path, ...], paths: tuple[Path, ...]) -> None:
    taken: list[str] = []
    for aside, path in zip(asides, paths, strict=True):
        try:
            if aside.is_symlink() and path.is_dir() and not path.is_symlink():
                path.rename(path.with_name(f".{path.name}-copied"))  # a link cannot take the name of a folder
            aside.replace(path)
        except OSError as failure:
            if not taken:
                raise
            raise PartlyReplacedError(f"{', '.join(taken)} is new, {path.name} is not: {failure}") from failure
        taken.append(path.name)


def sync(path: Path) -> None:
    """Bring a file or the names in a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clear(asides: tuple[Path, ...], paths: tuple[Path, ...]) -> None:
    for aside in asides:
        aside.unlink(missing_ok=True)
    # Beside a file that has its name, the log is of somebody who wrote into it: DuckDB would play it into the next one.
    for path in (*asides, *paths):
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
