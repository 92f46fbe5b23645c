"""A process beside a run: it loads heavy libraries while the run does something else, and computes what it is asked.

Our own protocol of twenty lines, because a worker of `concurrent.futures` lives on when its parent is killed, and
`multiprocessing` would load the parent's main module, Dagster with it, a second time. Both ends are this program.
"""

import importlib
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")

# Numerical libraries start their threads when they are loaded: a tenth of a second for threads that nobody uses.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

_at_work: tuple[subprocess.Popen, Connection] | None = None


class ComputingError(RuntimeError):
    """The process beside the run ended before it answered: the message says how, and what to do."""


def start(*modules: str) -> None:
    """Start the process, if there is none, and let it load modules in this order; return at once."""
    global _at_work
    if _at_work:
        return
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", __name__, str(theirs.fileno()), *modules]
    with theirs:
        process = subprocess.Popen(  # noqa: S603 our words
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=os.environ | ONE_THREAD
        )
    _at_work = process, Connection(ours.detach())


def call(function: Callable[Parameters, Answer], *arguments: Parameters.args, **named: Parameters.kwargs) -> Answer:
    """Return what a function of a module returns, or raise what it raises: computed beside, or here if none is started.

    Raises:
        ComputingError: the process ended meanwhile. The next call computes here.
    """
    global _at_work
    if not _at_work:
        return function(*arguments, **named)
    process, link = _at_work
    try:
        link.send((function, arguments, named))
        has_answer, answer = link.recv()
    except (EOFError, OSError) as lost:
        _at_work = None
        link.close()
        raise ComputingError(
            f"the process that computes {function.__name__} ended with status {process.wait()} and gave no answer: "
            "what it said is above; without a word, it was killed, most likely for want of memory. Run it again"
        ) from lost
    except BaseException:  # interrupted while it computes: its answer must not be taken for that of the next call
        stop()
        raise
    if has_answer:
        return answer
    raise answer


def stop() -> None:
    """End the process, if there is one, whatever it does."""
    global _at_work
    if _at_work:
        process, link = _at_work
        _at_work = None
        link.close()
        process.terminate()
        process.wait()


def _serve(link: Connection, modules: list[str]) -> None:
    for module in modules:
        importlib.import_module(module)
    with suppress(EOFError, ConnectionError):  # the run is over, or was killed
        while True:
            link.send(_answer(*link.recv()))


def _answer(function: Callable, arguments: tuple, named: dict) -> tuple[bool, object]:
    try:
        return True, function(*arguments, **named)
    except Exception as failure:  # noqa: BLE001 whatever it is, it is raised where it was asked for
        if not type(failure).__module__.startswith("rfm_assets."):  # ours say what a person has to know
            failure.add_note(traceback.format_exc())
        return False, failure


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the run's to tell of
    _serve(Connection(int(sys.argv[1])), sys.argv[2:])
