"""Whole processes measured: wall time, CPU time and peak memory, alternately and each in a fresh folder.

Our own code because nothing at hand does all three: ``pyperf command`` repeats one command with nothing before each
run (no fresh folder, no alternation), and hyperfine is not on PyPI.
"""

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes per unit of ru_maxrss
TAIL_LINES = 40
LOOK_SECONDS = 0.01  # between two looks at the memory of a running command


@dataclass(frozen=True)
class Command:
    """What to run, where, and the files that must be there afterwards."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    writes: Sequence[Path] = ()


@dataclass(frozen=True)
class Measurement:
    """One run of one command, the children that it waited for included."""

    wall_seconds: float
    written_seconds: float  # until the last of the files that it writes lay in its place, all of it if there is none
    cpu_seconds: float  # user and system, all its processes
    peak_mb: float  # resident memory of its largest single process, 10^6 bytes


@dataclass(frozen=True)
class Spread:
    """Median and extremes of one quantity over the runs."""

    median: float
    lowest: float
    highest: float

    def show(self, digits: int) -> str:
        """Return ``median (lowest-highest)``."""
        return f"{self.median:.{digits}f} ({self.lowest:.{digits}f}-{self.highest:.{digits}f})"


class CommandError(Exception):
    """A measured command failed; the message ends with the end of its output."""


def measure(command: Command) -> Measurement:
    """Return what one run of the command cost.

    Raises:
        CommandError: the exit code is not 0, a promised file is missing, or the peak cannot be told apart from ours.
    """
    with tempfile.TemporaryFile() as output:  # a pipe would need reading while we wait
        start, started_at = time.perf_counter(), time.time()
        process = subprocess.Popen(
            command.argv,
            cwd=command.cwd,
            env=command.env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall_seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # already waited for: Popen must not wait again
        missing = [str(path) for path in command.writes if not path.exists()]
        if process.returncode != 0 or missing:
            fault = f"exit code {process.returncode}" if process.returncode else f"not written: {', '.join(missing)}"
            output.seek(0)
            tail = output.read().decode(errors="replace").splitlines()[-TAIL_LINES:]
            raise CommandError("\n".join([f"{' '.join(command.argv)}: {fault}. The end of its output:", *tail]))
    # A rename changes this time of a file, and nothing does after it.
    written = [path.stat().st_ctime - started_at for path in command.writes]
    # The kernel starts a child's peak at its parent's, so a small child of a large parent would show the parent's.
    own_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if usage.ru_maxrss <= own_peak:
        raise CommandError(
            f"{' '.join(command.argv)}: its peak of {to_mb(usage.ru_maxrss):.0f} MB is not above the measuring "
            f"process's own {to_mb(own_peak):.0f} MB, so it may be ours: prepare data in a process of its own."
        )
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Measurement(wall_seconds, max(written, default=wall_seconds), cpu_seconds, to_mb(usage.ru_maxrss))


def peak_together(command: Command) -> float:
    """Return the peak of what all processes of a command hold together, in 10^6 bytes; what they share counts once.

    Looked at every few milliseconds, which costs time: not for a run whose time counts.

    Raises:
        CommandError: the exit code is not 0, or this machine does not tell who holds what.
    """
    me = Path("/proc/self")
    if not (me / "smaps_rollup").exists() or not (me / "task" / str(os.getpid()) / "children").exists():
        raise CommandError("What processes hold together is looked up in /proc, and this machine's does not tell it.")
    peak = 0.0
    with subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        env=command.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            peak = max(peak, sum(map(_proportional_mb, _family(process.pid))))
            time.sleep(LOOK_SECONDS)
    if process.returncode:
        raise CommandError(f"{' '.join(command.argv)}: exit code {process.returncode}")
    return peak


def _family(process: int) -> list[int]:
    """Return the number of a process, and of all that it started and that they started."""
    found = [process]
    with suppress(OSError):  # ended meanwhile
        for thread in Path(f"/proc/{process}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += _family(int(child))
    return found


def _proportional_mb(process: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def to_mb(max_rss: int) -> float:
    """Return ``ru_maxrss`` in units of 10^6 bytes."""
    return max_rss * RSS_UNIT / 1e6


def alternate(
    contenders: Mapping[str, Callable[[Path], Command]], runs: int
) -> Iterator[tuple[str, int, Measurement | None]]:
    """Yield name, run number and measurement: A, B, A, B and so on, so that a slow minute hits both.

    Run 0 is the warm-up; its measurement is None. Making the folder and the command is not measured.

    Args:
        contenders: by name, the function that turns a fresh empty folder into the command to measure.
        runs: how many times each, at least 1.
    """
    for run in range(runs + 1):
        for name, prepare in contenders.items():
            with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
                measurement = measure(prepare(Path(folder)))
            yield name, run, measurement if run else None


def spread(values: Sequence[float]) -> Spread:
    """Return median, lowest and highest."""
    return Spread(statistics.median(values), min(values), max(values))


def paired_ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Return the spread of ours / theirs, each run against the run of the other beside it."""
    return spread([a / b for a, b in zip(ours, theirs, strict=True)])


def met(is_so: bool) -> str:
    """Return whether a target was met, in rich's markup."""
    return "[green]met[/]" if is_so else "[red]not met[/]"


def describe_machine(packages: Sequence[str]) -> dict[str, object]:
    """Return the platform, its CPUs, and the versions of Python and of the packages (None: not installed)."""
    versions: dict[str, str | None] = {"python": platform.python_version()}
    for package in packages:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = None
    return {"platform": platform.platform(), "cpus": os.cpu_count(), "versions": versions}
