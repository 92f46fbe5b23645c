"""Sending lists to places besides the published folder, each publication once."""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Protocol, runtime_checkable

from rfm_assets.publishing.lists.publication import Publication
from rfm_assets.publishing.syncing import replaced

RECEIPTS = ".delivered"
NAME_DIGITS = 12


class DeliveryError(RuntimeError):
    """A publication did not arrive: the message says where, why, and what to do."""


class Destination(Protocol):
    """A place that lists are sent to."""

    @property
    def name(self) -> str:
        """The same for the same place, and safe as a file name: what was delivered is noted under it. No secrets."""

    def deliver(self, publication: Publication, had: str | None) -> None:
        """Send a publication; sent again, it must change nothing.

        Args:
            publication: what to send. Its changes will do when it `follows(had)`, else all its customers.
            had: the publication that the place has, none for a new place.

        Raises:
            DeliveryError: it did not arrive, or not in whole.
        """


@runtime_checkable
class Showing(Protocol):
    """A place that can be asked what it shows, which may have come from somebody else since."""

    def shows(self) -> str | None:
        """Return the publication that the place shows; none when it cannot be told."""


def deliver(publication: Publication, targets: Sequence[Destination], published: Path) -> list[str]:
    """Send a publication where it has not arrived yet; return the names of the places that it was sent to now.

    Each place has a receipt with the last publication that arrived. One that shows another than that, or
    none, gets it again.

    Raises:
        DeliveryError: it did not arrive somewhere; the other places have it.
    """
    sent: list[str] = []
    failures: dict[str, Exception] = {}
    for target in targets:
        receipt = published / RECEIPTS / f"{target.name}.json"
        had = json.loads(receipt.read_bytes())["publication"] if receipt.exists() else None
        try:
            shown = target.shows() if isinstance(target, Showing) else had
            if had == publication.manifest.publication == shown:
                continue
            target.deliver(publication, had)
        except Exception as failure:  # noqa: BLE001 whatever it is, the other places get theirs, and it is raised below
            failures[target.name] = failure
            continue
        with replaced(receipt) as aside:
            aside.write_text(json.dumps({"publication": publication.manifest.publication}), encoding="utf-8")
        sent.append(target.name)
    if failures:
        unforeseen = [failure for failure in failures.values() if not isinstance(failure, DeliveryError)]
        words = (str(told) if isinstance(told, DeliveryError) else f"{at}: {told!r}" for at, told in failures.items())
        raise DeliveryError("; ".join(words)) from next(iter(unforeseen), None)
    return sent


def digest(text: str) -> str:
    """Return some letters that tell texts apart and do not give them away."""
    return sha256(text.encode()).hexdigest()[:NAME_DIGITS]
