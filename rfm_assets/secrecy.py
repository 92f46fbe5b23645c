"""Keeping secrets out of words: what a server answers, a library complains of, or a run failed with may repeat them."""

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

HIDDEN = "***"
SHORTEST = 4  # characters: what is shorter is a part of many words


def without(secrets: Iterable[str | None], text: str) -> str:
    """Return a text with each secret hidden, the longest first."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text


def secrets_in(address: str) -> tuple[str | None, ...]:
    """Return an address and what may be secret in it: all but scheme, host and port."""
    parts = urlsplit(address)
    values = (value for _, value in parse_qsl(parts.query))
    return address, parts.path, parts.query, *values, parts.username, parts.password
