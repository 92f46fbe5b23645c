"""The warehouse file: made in one step, and opened by one process at a time."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import tenacity

from rfm_assets.engines.errors import WarehouseDamagedError, WarehouseInUseError

# In DuckDB's words; the last is of a log beside another file than its own.
DAMAGED = ("not a valid DuckDB database", "Corrupt database file", "Corrupted", "Failure while replaying WAL")
IN_MEMORY = ":memory:"  # a warehouse that goes with its connection
LOCK_RETRIES = 8
LOCK_WAIT = tenacity.wait_exponential(multiplier=0.1, max=5)  # seconds


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(WarehouseInUseError),
    stop=tenacity.stop_after_attempt(LOCK_RETRIES),
    wait=LOCK_WAIT,
    reraise=True,
)
def open_warehouse(connection: duckdb.DuckDBPyConnection, path: Path, *, read_only: bool = False) -> None:
    """Attach the warehouse file to a connection and make it the default; a file that is not there is made.

    Raises:
        WarehouseInUseError: another process held the file through all retries, some ten seconds.
        WarehouseDamagedError: it is no DuckDB file, or a damaged one.
    """
    if not path.exists() and str(path) != IN_MEMORY:
        _create_file(connection, path)
    try:
        connection.execute(f"attach $path as warehouse{' (read_only)' if read_only else ''}", {"path": str(path)})
    except duckdb.Error as failure:
        require_whole(path, failure)
        if "Could not set lock" not in str(failure):
            raise
        raise WarehouseInUseError(
            f"{path} is open in another process, and DuckDB has one writer. Close that process; to read segments, open "
            f"the published file instead. ({failure})"
        ) from None
    connection.execute("use warehouse")


def require_whole(path: Path, failure: duckdb.Error) -> None:
    """Return when a failure is not that the warehouse's file is damaged.

    Raises:
        WarehouseDamagedError: it is.
    """
    words = str(failure)
    cut_short = f'Could not read enough bytes from file "{path}"'
    if any(sign in words for sign in (*DAMAGED, cut_short)):
        raise WarehouseDamagedError(
            f"{path} is damaged: {words.splitlines()[0]} Move it away, and {path.name}.wal, if that is there, too. "
            "Then put back its last copy (deploy/README.md); without one, a refresh makes a new one of the files in "
            "landing. What is published stays as it is"
        ) from failure


def _create_file(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make an empty warehouse in one step: a process killed while DuckDB makes a file leaves one that none can open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".new_", dir=path.parent) as folder:
        aside = Path(folder) / path.name
        connection.execute("attach $path as created", {"path": str(aside)})
        connection.execute("detach created")
        with suppress(FileExistsError):  # another process was faster
            path.hardlink_to(aside)
