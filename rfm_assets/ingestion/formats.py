"""The format of a file, told from its content: what it is once unpacked, and its text as UTF-8."""

import codecs
import gzip
import re
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from rfm_assets.engines.errors import UnreadableFileError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BLOCK = 1 << 20  # bytes
DECODED = 1 << 16  # bytes at once: a quarter of the time that a megabyte takes, for a processor keeps them at hand
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# The last is of Excel 97 to 2003, and of a newer workbook that has a password.
MAGIC: dict[bytes, "Format"] = {b"PAR1": "parquet", b"PK\x03\x04": "workbook", b"\xd0\xcf\x11\xe0": "workbook"}
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What Excel and older shops write; a superset of the printable Latin-1.
FALLBACK = "cp1252"

# An object, or a list of objects or lists: a header may begin with a bracket, too. Other blanks than these are none.
JSON = re.compile(r"[ \t\r\n]*(\{|\[[ \t\r\n]*[\[{\]])")

COPIES = ".rfm_assets_"  # beginning of the folders of copies

Format = Literal["text", "json", "parquet", "workbook"]


@dataclass(frozen=True)
class Unpacked:
    """A file, or a copy of it, that a reader can open: text is UTF-8."""

    path: Path
    format: Format


@contextmanager
def unpacked(path: Path, *, mend: bool = False, scratch: Path | None = None) -> Iterator[Unpacked]:
    """Give a file as it can be read: itself, or an unpacked or transcoded copy that goes with the context.

    Args:
        path: of the file.
        mend: whether text is a copy in which every line ends in a newline alone.
        scratch: the folder that copies are made in; by default the system's, which may be small, or memory.

    Raises:
        UnreadableFileError: it is empty, its archive is damaged, or its text is not in the encoding that it says.
    """
    with TemporaryDirectory(prefix=COPIES, dir=scratch) as folder:
        plain = _unpack(path, Path(folder))
        with plain.open("rb") as file:
            start = file.read(BLOCK)
        for magic, kind in MAGIC.items():
            if start.startswith(magic):
                yield Unpacked(plain, kind)
                return
        text = _as_utf8(plain, Path(folder), start, mend=mend)
        with text.open(encoding="utf-8-sig", newline="") as file:  # as much as a header is looked for in
            first, goes_on = file.read(BLOCK), bool(file.read(1))
        if not first.strip():
            wrong = "begins with a megabyte of blank lines" if goes_on else "is empty"
            raise UnreadableFileError(f"the file {wrong}. Export it again, or take it out of the landing folder")
        yield Unpacked(text, "json" if JSON.match(first) else "text")


def clear_copies(scratch: Path) -> None:
    """Remove the copies that dead processes left in a folder where nobody else is at work."""
    for left in scratch.glob(f"{COPIES}*"):
        shutil.rmtree(left, ignore_errors=True)  # somebody else's


def _unpack(path: Path, folder: Path) -> Path:
    with path.open("rb") as file:
        magic = file.read(4)
    library = gzip if magic.startswith(GZIP) else zstd if magic == ZSTD else None
    if library is None:
        return path
    target = folder / "unpacked"
    try:
        with library.open(path, "rb") as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, BLOCK)
    except (EOFError, gzip.BadGzipFile, zlib.error, zstd.ZstdError) as failure:
        raise UnreadableFileError(f"its archive is damaged: {failure}. Copy or export it again") from failure
    return target


def _as_utf8(path: Path, folder: Path, start: bytes, *, mend: bool) -> Path:
    # The five bytes that cp1252 leaves open become their Latin-1 control characters: no byte is lost.
    codecs.register_error("latin1_rest", _decoded_by("latin-1"))
    codecs.register_error("as_cp1252", _decoded_by(FALLBACK, "latin1_rest"))
    if start.startswith(UTF_16):
        encoding, errors = "utf-16", "strict"
    elif _is_utf8(path):
        if not mend:
            return path
        encoding, errors = "utf-8", "strict"
    elif start.startswith(codecs.BOM_UTF8) or _is_mostly_utf8(path):
        encoding, errors = "utf-8", "as_cp1252"
    else:
        encoding, errors = FALLBACK, "latin1_rest"
    copy = folder / "text"
    try:
        with path.open(encoding=encoding, errors=errors, newline=None if mend else "") as source, \
                copy.open("w", encoding="utf-8", newline="") as target:  # fmt: skip
            shutil.copyfileobj(source, target, BLOCK)
    except UnicodeError as failure:
        raise UnreadableFileError(f"its text is not {encoding}, as its first bytes say: {failure}") from failure
    return copy


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(DECODED):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(path: Path) -> bool:
    """Return whether a text that is not all UTF-8 has more characters of it than bytes that are none.

    A text cut in the middle of a character is UTF-8 still, and so is one to which another program added a line. In
    cp1252, two bytes that happen to be a character of UTF-8 are rare.
    """
    characters, others = 0, 0
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        while text := file.read(BLOCK):
            beyond = len(text) - len(text.encode("ascii", "ignore"))
            lost = len(text) - len(text.encode("utf-8", "ignore").decode("utf-8"))
            characters, others = characters + beyond - lost, others + lost
    return characters > others


def _decoded_by(encoding: str, errors: str = "strict") -> Callable[[UnicodeError], tuple[str, int]]:
    def decoded(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        return error.object[error.start : error.end].decode(encoding, errors), error.end

    return decoded
