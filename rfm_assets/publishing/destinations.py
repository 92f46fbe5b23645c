"""Where lists are sent besides the published folder. A destination is a class with `name` and `deliver`."""

import json
import shutil
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from rfm_assets.publishing.lists import Publication, swap_in
from rfm_assets.settings import Settings

RECEIPTS = ".delivered"
NAME_DIGITS = 12


class DeliveryError(RuntimeError):
    """A publication did not arrive: the message says where, why, and what to do."""


class Destination(Protocol):
    """A place that lists are sent to."""

    @property
    def name(self) -> str:
        """The same for the same place, and safe as a file name: what was delivered is noted under it. No secrets."""

    def deliver(self, publication: Publication, *, whole: bool) -> None:
        """Send a publication; sent again, it must change nothing.

        Args:
            publication: what to send.
            whole: all customers, because the place does not have the publication before; else changes will do.

        Raises:
            DeliveryError: it did not arrive, or not in whole.
        """


def destinations(settings: Settings) -> Iterator[Destination]:
    """Give the destinations that the settings name: one more is a class like these, its settings, two lines here."""
    if settings.lists_folder:
        yield Folder(settings.lists_folder)
    if settings.webhook_url:
        from rfm_assets.publishing.webhook import Webhook

        yield Webhook(settings.webhook_url, settings.webhook_token, settings.webhook_batch_size)


class Folder:
    """Another folder, such as a share that a campaign tool reads: the same files, replaced in one step."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = f"folder-{digest(str(folder.absolute()))}"

    def deliver(self, publication: Publication, *, whole: bool) -> None:
        """Copy the files beside the link and let it show them; the folder has all customers each time."""
        aside = self._folder.with_name(f".{self._folder.name}.part")
        try:
            shutil.rmtree(aside, ignore_errors=True)
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(publication.folder, aside)
            swap_in(aside, self._folder, publication.manifest.publication)
        except OSError as failure:
            shutil.rmtree(aside, ignore_errors=True)
            raise DeliveryError(f"the lists were not copied to {self._folder} (RFM_LISTS_FOLDER): {failure}") from None


def deliver(publication: Publication, targets: Sequence[Destination], published: Path) -> list[str]:
    """Send a publication where it has not arrived yet; return the names of the places that it was sent to now.

    Each place has a receipt with the last publication that arrived. When that is not the one that the changes are
    counted from, because a delivery failed or the place is new, it gets all customers.

    Raises:
        DeliveryError: it did not arrive somewhere; the other places have it.
    """
    sent, failures = [], []
    for target in targets:
        receipt = published / RECEIPTS / f"{target.name}.json"
        had = json.loads(receipt.read_bytes())["publication"] if receipt.exists() else None
        if had == publication.manifest.publication:
            continue
        try:
            target.deliver(publication, whole=had is None or had != publication.manifest.since)
        except DeliveryError as failure:
            failures.append(str(failure))
            continue
        _note(receipt, publication.manifest.publication)
        sent.append(target.name)
    if failures:
        raise DeliveryError("; ".join(failures))
    return sent


def digest(text: str) -> str:
    """Return some letters that tell texts apart and do not give them away."""
    return sha256(text.encode()).hexdigest()[:NAME_DIGITS]


def _note(receipt: Path, publication: str) -> None:
    receipt.parent.mkdir(exist_ok=True)
    aside = receipt.with_suffix(".part")
    aside.write_text(json.dumps({"publication": publication}), encoding="utf-8")
    aside.replace(receipt)
