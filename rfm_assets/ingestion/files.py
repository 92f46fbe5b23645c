"""Files in the landing folder: what lies there, each one's content hash, and whether it is still being written."""

import hashlib
from dataclasses import dataclass
from os import stat_result
from pathlib import Path

# What programs add to the name of a file until it is whole.
UNFINISHED = (".part", ".partial", ".filepart", ".crdownload", ".tmp")


@dataclass(frozen=True)
class LandedFile:
    """A file as it lies in landing: its path below the folder, its content hash, and how it looked at first."""

    path: Path
    name: str
    sha256: str
    look: stat_result


class UnfinishedFileError(ValueError):
    """A file is still being written: it waits for the next run."""


def landed_names(landing: Path) -> list[str]:
    """Return the paths of the files below the landing folder, in order; hidden ones and Excel's locks are not files."""
    found = (path.relative_to(landing) for path in landing.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if not any(part.startswith((".", "~$")) for part in path.parts))


def inspect(landing: Path, name: str, settled_before: float | None = None) -> LandedFile:
    """Return a landed file with its content hash.

    Args:
        landing: the folder.
        name: path below it.
        settled_before: a file changed after this moment (seconds since 1970) is still being written.

    Raises:
        UnfinishedFileError: its name or the moment says that it is not whole, or it changed while it was read.
        OSError: it cannot be read.
    """
    path = landing / name
    if path.suffix.lower() in UNFINISHED:
        raise UnfinishedFileError(f"{name} is not whole, its name says")
    look = path.stat()
    if settled_before is not None and look.st_mtime > settled_before:
        raise UnfinishedFileError(f"{name} was changed just now")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    landed = LandedFile(path, name, digest, look)
    require_unchanged(landed)
    return landed


def require_unchanged(file: LandedFile) -> None:
    """Do nothing when a file looks as it did when it was first looked at.

    Raises:
        UnfinishedFileError: its size or time has changed since.
    """
    look = file.path.stat()
    if (look.st_size, look.st_mtime_ns) != (file.look.st_size, file.look.st_mtime_ns):
        raise UnfinishedFileError(f"{file.name} changed while it was read")
