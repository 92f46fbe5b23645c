"""Texts from outside, as they may be shown: none of their characters steers a terminal, or the order of words."""

import re

# Control characters, separators of lines and paragraphs, and those that turn the direction of writing.
STEERING = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]")
KEPT = "\n\t"


def harmless(text: str, kept: str = KEPT) -> str:
    """Return a text with a mark in place of what would steer; what is to be kept stays."""
    return STEERING.sub(lambda found: found[0] if found[0] in kept else "\ufffd", text)


def escape(text: str) -> str:
    """Return a text that a console of rich shows as it is, but for what would steer the terminal."""
    from rich.markup import escape

    return escape(harmless(text))
