"""One process at a time: the others wait, and say so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(lock: Path, say: Callable[[str], object], waiting: str) -> Iterator[None]:
    """Hold a lock file; while another process holds it, wait, and say so in the words of `waiting`."""
    from filelock import FileLock, Timeout

    file = FileLock(lock)
    try:
        held = file.acquire(timeout=0)
    except Timeout:
        say(waiting)
        held = file.acquire()
    with held:
        yield
