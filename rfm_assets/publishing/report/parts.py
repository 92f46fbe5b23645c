"""One part of what the report tells of its numbers."""

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Part:
    """A heading, sentences, and a table."""

    name: str
    heading: str
    sentences: list[str]
    table: Markup | None = None
