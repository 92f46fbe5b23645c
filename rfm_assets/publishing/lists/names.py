"""The file names of lists: a segment may be called anything, a file may not."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

CHANGES_FILE = "changes.csv"
MAX_BYTES = 200  # most file systems take 255, and a copy may want an ending of its own
# Not in a name on some system; and what a shell or a person would take for something else at the beginning of one.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*%]')
_NOT_FIRST = re.compile(r"^[.\-~ ]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|changes|manifest)(\..*)?", re.IGNORECASE)


def file_names(segments: Iterable[str]) -> dict[str, str]:
    """Return the file name of each segment: the segment's own name where it can be, never the same for two of them.

    What cannot be in a name is written as in a URL (`A/B` is `A%2FB.csv`). Names that are too long, or that some file
    system takes for one, such as `Loyal` and `loyal`, end in a digest.
    """
    plain = {segment: _plain(segment) for segment in segments}
    alike = Counter(_folded(name) for name in plain.values())
    return {
        segment: f"{_shortened(name, segment) if alike[_folded(name)] > 1 or _is_long(name) else name}.csv"
        for segment, name in plain.items()
    }


def _plain(segment: str) -> str:
    name = "".join(_escaped(c) if _FORBIDDEN.match(c) or not c.isprintable() else c for c in segment)
    if _NOT_FIRST.match(name) or _RESERVED.fullmatch(name):
        return _escaped(name[0]) + name[1:]
    return name


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8"))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _is_long(name: str) -> bool:
    return len(name.encode()) > MAX_BYTES


def _shortened(name: str, segment: str) -> str:
    short = name.encode()[:MAX_BYTES].decode(errors="ignore")
    return f"{short}-{sha256(segment.encode()).hexdigest()[:8]}"
