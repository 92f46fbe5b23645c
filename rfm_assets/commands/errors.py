"""What a person has to mend, as one line and an exit status; loads nothing of Dagster."""

import os
import sys
import warnings
from collections.abc import Callable

from rich.console import Console

from rfm_assets.engines.errors import WarehouseDamagedError, WarehouseInUseError, WarehouseVersionError
from rfm_assets.settings import SettingsError
from rfm_assets.shown import escape

USER_ERROR = 2
INTERRUPTED = 130  # as a shell has it


class RunError(ValueError):
    """Dagster cannot make a run of what was asked for."""


MENDABLE = (SettingsError, WarehouseDamagedError, WarehouseInUseError, WarehouseVersionError, RunError, OSError)


class _Console(Console):
    """A console whose reader may go, as that of `make refresh | head` does: the run goes on without a word."""

    def on_broken_pipe(self) -> None:
        """Say nothing from now on; rich would end the process, in the middle of a step."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def guarded(command: Callable[[Console], int]) -> int:
    """Run a command and return its exit status; what a person has to mend is one line on standard error."""
    # What is beta in Dagster is for us to know, and not for whoever runs a command.
    warnings.filterwarnings("ignore", module=r"dagster\.")
    console = _Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        return command(console)
    except MENDABLE as wrong:
        console.print(f"error: {escape(str(wrong))}")
        return USER_ERROR
    except KeyboardInterrupt:
        console.print("interrupted")
        return INTERRUPTED
