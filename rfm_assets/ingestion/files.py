"""Files in the landing folder: what lies there, each one's content hash, and whether it is still being written."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rfm_assets.shown import STEERING

OF_SPARK = ("_SUCCESS", "_metadata", "_common_metadata")  # beside the files of a dataset: no table
OF_DATABRICKS = ("_started_", "_committed_")  # so begin names of such files there
DEVICES = ("/proc", "/sys", "/dev")  # what the kernel shows as files
LATEST = 2**63 - 1  # nanoseconds that a bigint holds, up to the year 2262: a broken clock may be beyond
# What programs add to the name of a file until it is whole.
UNFINISHED = (".part", ".partial", ".filepart", ".crdownload", ".tmp")


@dataclass(frozen=True)
class Look:
    """What a file looks like from outside; one that looks as it did when it was read was not changed since."""

    name: str
    size_bytes: int
    modified_ns: int  # since 1970


@dataclass(frozen=True)
class LandedFile:
    """A file as it lies in landing: its path, how it looked before it was read, and its content hash."""

    path: Path
    look: Look
    sha256: str

    @property
    def name(self) -> str:
        """The path below the landing folder."""
        return self.look.name


class UnfinishedFileError(ValueError):
    """A file is still being written: it waits for the next run."""


def landed_names(landing: Path) -> list[str]:
    """Return the paths of the files below the landing folder, in order; hidden ones and Excel's locks are not files.

    A folder that cannot be read is one of them, and so is a link that leads nowhere: opening it tells why.

    Raises:
        OSError: the landing folder itself cannot be read; one that is not there is an empty one.
    """
    _require_target(landing, str(landing))
    unread: list[OSError] = []
    found = [folder / one for folder, files in _folders(landing, set(), unread) for one in files]
    for error in unread:
        if error.filename != str(landing):
            found.append(Path(error.filename))
        elif not isinstance(error, FileNotFoundError):
            raise error
    return sorted(path.relative_to(landing).as_posix() for path in found)


def _folders(top: Path, seen: set[str], unread: list[OSError]) -> Iterator[tuple[Path, list[str]]]:
    """Give each folder once, with its files: under its own path, and not that of a link which leads to it."""
    links: list[Path] = []
    for name, folders, files in os.walk(top, onerror=unread.append):
        folder, real = Path(name), os.path.realpath(name)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(one for one in folders if not _is_hidden(one))
        links += [folder / one for one in folders if (folder / one).is_symlink()]
        yield folder, [one for one in files if not _is_hidden(one) and _is_file(folder / one)]
    for link in links:
        yield from _folders(link, seen, unread)


def printable(name: str) -> str:
    """Return a name as text to be shown and stored: what is no UTF-8, or a control character, as its number."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$", *OF_DATABRICKS)) or name in OF_SPARK


def _is_file(path: Path) -> bool:
    try:
        return path.is_file() or (path.is_symlink() and not path.exists())
    except OSError:
        return True


def _require_target(path: Path, name: str) -> None:
    # A file that was taken away stays loaded, in silence; behind a dead link, a disk may not be mounted.
    if path.is_symlink() and not path.exists():
        raise FileNotFoundError(f"{name} is a link to {path.readlink()}, which is not there: is its disk mounted?")


def _require_no_device(path: Path, landing: Path) -> None:
    # A link to /proc/self/environ would have the settings' secrets told as the columns found.
    real = Path(os.path.realpath(path))
    is_outside = not real.is_relative_to(os.path.realpath(landing))  # which may lie in /dev/shm
    if is_outside and any(real.is_relative_to(folder) for folder in DEVICES):
        raise OSError(f"it leads to {real}, which is no file of a shop: take it away")


def settled_looks(landing: Path, settled_before: float | None = None) -> list[Look]:
    """Return what the files in landing look like from outside, without those that `inspect` would let wait or refuse.

    Args:
        landing: the folder.
        settled_before: see `inspect`.
    """
    looks = []
    for name in landed_names(landing):
        if printable(name) != name:
            continue
        with suppress(OSError, UnfinishedFileError):  # a run tells it
            _require_no_device(landing / name, landing)
            look = _look(landing / name, name)
            if not _unfinished(look, settled_before):
                looks.append(look)
    return looks


def _unfinished(look: Look, settled_before: float | None) -> str:
    """Return why a file is still being written, nothing when it is not."""
    if Path(look.name).suffix.lower() in UNFINISHED:
        return f"{look.name} is not whole, its name says"
    if settled_before is not None and look.modified_ns > settled_before * 1e9:
        return f"{look.name} was changed just now"
    return ""


def inspect(
    landing: Path, name: str, known: Mapping[Look, str] | None = None, settled_before: float | None = None
) -> LandedFile:
    """Return a landed file with its content hash.

    Args:
        landing: the folder.
        name: path below it.
        known: content hashes by how the file looked: what looks the same is not read again.
        settled_before: a file changed after this moment (seconds since 1970) is still being written.

    Raises:
        UnfinishedFileError: its name or the moment says that it is not whole, or it changed or went while it was read.
        OSError: it cannot be read, or its name is no text.
    """
    if printable(name) != name:
        raise OSError("its name is not UTF-8, or has control characters in it: rename it")
    path = landing / name
    _require_no_device(path, landing)
    if path.is_dir():
        os.scandir(path).close()  # says why its files are not there
    look = _look(path, name)
    if known and look in known:
        return LandedFile(path, look, known[look])
    if reason := _unfinished(look, settled_before):
        raise UnfinishedFileError(reason)
    with path.open("rb") as file:
        landed = LandedFile(path, look, hashlib.file_digest(file, "sha256").hexdigest())
    require_unchanged(landed)
    return landed


def require_unchanged(file: LandedFile) -> None:
    """Do nothing when a file looks as it did when it was first looked at.

    Raises:
        UnfinishedFileError: its size or time has changed since.
    """
    if _look(file.path, file.name) != file.look:
        raise UnfinishedFileError(f"{file.name} changed while it was read")


def digest_of(looks: Iterable[Look]) -> str:
    """Return one digest of what files look like, in whatever order."""
    lines = sorted(f"{look.name} {look.size_bytes} {look.modified_ns}" for look in looks)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _look(path: Path, name: str) -> Look:
    try:
        facts = path.stat()
    except FileNotFoundError:
        _require_target(path, "it")
        raise UnfinishedFileError(f"{name} went away while it was looked at") from None
    return Look(name, facts.st_size, max(-LATEST, min(facts.st_mtime_ns, LATEST)))
