"""What DuckDB says while it reads or writes a file: of the file, which a person has to mend, or of itself."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from rfm_assets.engines.duckdb.fields import OTHER_CURRENCY
from rfm_assets.engines.errors import LineEndsError, NotWrittenError, UnreadableFileError

NOT_UTF_8 = "is not valid UTF8"  # DuckDB's words
OTHER_LINE_END = "state machine reached an invalid state"  # DuckDB's words, for this and other troubles
WITHIN = re.compile(r'"exception_message":("(?:[^"\\]|\\.)*")')  # of what is written in the background, as JSON
ITS_OWN = (duckdb.InterruptException, duckdb.FatalException, duckdb.TransactionException)


@contextmanager
def told_of(path: Path | None = None, advice: str = "Export it again", *, is_alone: bool = False) -> Iterator[None]:
    """Turn what DuckDB says of a file into a plain error; what it says of its own files goes through.

    Args:
        path: of the file; none for records that come from elsewhere.
        advice: what to do.
        is_alone: whether the connection has no file but this one, so that all it says is of this one.

    Raises:
        UnreadableFileError: the file cannot be read; a LineEndsError, if a copy with one kind of line end may be.
    """
    try:
        yield
    except duckdb.Error as failure:
        names_it = is_alone or (path is not None and str(path) in str(failure))
        is_elsewhere = isinstance(failure, duckdb.IOException) and not names_it
        if is_elsewhere or isinstance(failure, ITS_OWN):
            raise
        message = str(failure).splitlines()[0].rstrip()
        _, _, own = message.partition(OTHER_CURRENCY)
        if own:
            raise UnreadableFileError(OTHER_CURRENCY + own) from failure
        if isinstance(failure, duckdb.OutOfMemoryException):
            advice = "Raise RFM_MEMORY_LIMIT, or take the file out"
        if NOT_UTF_8 in message:
            advice = "Export it again, with its texts in UTF-8"
        error = LineEndsError if OTHER_LINE_END in message else UnreadableFileError
        raise error(f"DuckDB cannot read it: {message} {advice}") from failure


@contextmanager
def written(path: Path) -> Iterator[None]:
    """Turn what DuckDB says of a file that it writes into a plain error.

    Raises:
        NotWrittenError: the file cannot be written.
    """
    try:
        yield
    except (duckdb.IOException, duckdb.FatalException, duckdb.TransactionException) as failure:
        message = str(failure).splitlines()[0]
        if within := WITHIN.search(message):
            message = json.loads(within[1])
        raise NotWrittenError(f"{path} could not be written: {message}") from failure
