"""What a run tells whoever started it: its events, handed to a logger; and the words behind an error."""

import logging

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

RUN_LOG = "rfm_assets.run"


@dg.logger({}, description="Hands the events of a run to the command that started it.")
def progress(context: dg.InitLoggerContext) -> logging.Logger:
    """Return the logger that the command listens to."""
    log = logging.getLogger(RUN_LOG)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    return log


@dg.definitions
def loggers() -> dg.Definitions:
    """Return the logger of the command."""
    return dg.Definitions(loggers={"progress": progress})


def cause_of(error: SerializableErrorInfo) -> str:
    """Return the words of the error behind an error."""
    while error.cause:
        error = error.cause
    kind, _, message = error.message.strip().partition(": ")
    return message or kind
