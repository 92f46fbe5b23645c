"""What is said when files cannot be written, as on a full disk: what stays, and how much room there is."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rfm_assets.engines.errors import NotWrittenError
from rfm_assets.publishing.syncing import PartlyReplacedError

FULL = (errno.ENOSPC, errno.EDQUOT)


class NotPublishedError(OSError):
    """The files could not be written, or not all could take their names: the message says what stays."""


@contextmanager
def explained(folder: Path, built: str, kept: str) -> Iterator[None]:
    """Say what stays when files that are published could not be replaced, and how much room there is for them.

    Args:
        folder: where they lie.
        built: a pattern of those in it that are built anew.
        kept: what stays, in words.

    Raises:
        NotPublishedError: in place of any other OSError.
    """
    try:
        yield
    except OSError as failure:
        room = ""
        if folder.is_dir() and (isinstance(failure, NotWrittenError) or failure.errno in FULL):
            free, taken = shutil.disk_usage(folder).free, sum(path.stat().st_size for path in folder.glob(built))
            room = (
                f" New files are built beside the old ones, which take {taken / 1e6:,.1f} MB, and are taken away again "
                f"when they fail; without them {free / 1e6:,.1f} MB are free in {folder}."
            )
        if isinstance(failure, PartlyReplacedError):
            kept = "Only a part was published: correct the cause, and refresh the day again, as a whole"
        raise NotPublishedError(f"{kept}: {failure}.{room}") from failure
