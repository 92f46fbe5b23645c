"""The words of an alert: what failed, for which days, what to do, what BI still sees, and where to look."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rfm_assets.secrecy import without

TOLD = 5  # runs that one message tells of; the others are counted
LONGEST = 2_000  # characters of one cause: what it begins with, and what to do at its end; the run's page has all of it


@dataclass(frozen=True)
class Trouble:
    """A run that failed, or that succeeded with failed checks."""

    job: str
    days: str  # one, a range, or empty
    has_failed: bool
    url: str
    causes: Sequence[tuple[str, str]] = ()  # what failed, and its words
    checks: Sequence[tuple[str, str]] = ()  # what was checked, and its words

    @property
    def title(self) -> str:
        """Return what happened in a line."""
        what = f"{self.job} of {self.days}" if self.days else self.job
        if self.has_failed:
            return f"{what} failed"
        return f"{what}: {len(self.checks)} failed checks" if len(self.checks) > 1 else f"{what}: a check failed"


@dataclass(frozen=True)
class Message:
    """What is sent: a title in one line, and a text."""

    title: str
    text: str


def compose(troubles: Sequence[Trouble], published: str, ui_url: str, secrets: Iterable[str] = ()) -> Message:
    """Return one message about all troubles, the oldest first.

    Args:
        troubles: at least one.
        published: what BI sees now, in words.
        ui_url: address of the UI.
        secrets: texts that are replaced wherever they stand.
    """
    first = troubles[0].title
    title = first if len(troubles) == 1 else f"{first}, and {len(troubles) - 1} more"
    parts = [] if len(troubles) == 1 else [title]
    parts += [_paragraph(trouble) for trouble in troubles[:TOLD]]
    if len(troubles) > TOLD:
        parts.append(f"{len(troubles) - TOLD} more runs: {ui_url}/runs")
    parts.append(f"Published: {published}")
    return Message(without(secrets, " ".join(title.split())), without(secrets, "\n\n".join(parts)))


def _paragraph(trouble: Trouble) -> str:
    lines = [trouble.title]
    lines += [f"failed: {what}: {_short(words)}" for what, words in trouble.causes]
    lines += [f"check failed: {what}: {_short(words)}" for what, words in trouble.checks]
    return "\n".join([*lines, trouble.url])


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} ... {line[-LONGEST // 2 :]}"
