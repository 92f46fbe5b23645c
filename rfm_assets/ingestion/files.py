"""Files in the landing folder: what lies there, each one's content hash, and its text as UTF-8."""

import codecs
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

BLOCK = 1 << 20  # bytes
UTF_8 = "utf-8"
# What Excel and older shops write; a superset of the printable Latin-1.
FALLBACK = "cp1252"


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


def landed_files(landing: Path, known: Mapping[Look, str]) -> list[LandedFile]:
    """Return the CSV files below the landing folder, by name. Hidden files and `.part` files are not there yet.

    Args:
        landing: the folder.
        known: content hashes by how the file looked: what looks the same is not read again.
    """
    return [_inspect(path, landing, known) for path in sorted(landing.rglob("*")) if _counts(path, landing)]


@contextmanager
def as_utf8(file: LandedFile) -> Iterator[Path]:
    """Give the path of the file's text in UTF-8: its own, or that of a copy that goes with the context."""
    if _is_utf8(file.path):
        yield file.path
        return
    with TemporaryDirectory(prefix="rfm_assets_") as folder:
        copy = Path(folder) / "lines.csv"
        with file.path.open("rb") as source, copy.open("w", encoding=UTF_8, newline="") as target:
            # The five bytes that cp1252 leaves open become their Latin-1 control characters: no byte is lost.
            codecs.register_error("latin1_rest", _latin1_rest)
            decoder = codecs.getincrementaldecoder(FALLBACK)(errors="latin1_rest")
            while block := source.read(BLOCK):
                target.write(decoder.decode(block))
        yield copy


def _counts(path: Path, landing: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(landing).parts)
    return path.is_file() and path.suffix.lower() == ".csv" and not hidden


def _inspect(path: Path, landing: Path, known: Mapping[Look, str]) -> LandedFile:
    facts = path.stat()
    look = Look(path.relative_to(landing).as_posix(), facts.st_size, facts.st_mtime_ns)
    if look in known:
        return LandedFile(path, look, known[look])
    with path.open("rb") as file:
        return LandedFile(path, look, hashlib.file_digest(file, "sha256").hexdigest())


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder(UTF_8)()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if not _decodes(decoder, block):
                return False
    return _decodes(decoder, b"", final=True)


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _latin1_rest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end
