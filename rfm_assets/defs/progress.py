"""What a run tells whoever started it: its events, handed to a logger; and the words behind an error."""

import logging

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

RUN_LOG = "rfm_assets.run"
WRAPPERS = ("Dagster", "RetryRequested")
UNREACHABLE = "DagsterUserCodeUnreachableError"  # its cause is gRPC's, in gRPC's words
WITHIN = "\n\nStack Trace:"  # in a message that quotes another error: whatever is behind it is its page's
INTERRUPTED = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")


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
    """Return the words of the error inside Dagster's own, not of that error's cause, which may not say what to do."""
    while error.cause and (error.cls_name or "").startswith(WRAPPERS) and error.cls_name != UNREACHABLE:
        error = error.cause
    if error.cls_name in INTERRUPTED:
        return "it was interrupted"
    kind, _, message = error.message.partition(WITHIN)[0].strip().partition(": ")
    return message or kind
