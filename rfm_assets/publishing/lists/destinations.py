"""Where lists are sent besides the published folder. A destination is a class with `name` and `deliver`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from rfm_assets.publishing.lists.delivery import RECEIPTS, DeliveryError, Destination, digest
from rfm_assets.publishing.lists.publication import Publication, published_lists, swap_in
from rfm_assets.publishing.syncing import folder_aside
from rfm_assets.settings import Settings


def destinations(settings: Settings) -> Iterator[Destination]:
    """Give the destinations that the settings name: one more is a class like these, its settings, two lines here."""
    if settings.lists_folder:
        yield Folder(settings.lists_folder)
    if settings.webhook_url:
        from rfm_assets.publishing.lists.webhook import Webhook

        yield Webhook(settings.webhook_url, settings.webhook_token, settings.webhook_batch_size)


class Folder:
    """Another folder, such as a share that a campaign tool reads: the same files, replaced in one step."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self.name = f"folder-{digest(str(self._folder))}"

    def deliver(self, publication: Publication, had: str | None) -> None:
        """Copy the files beside the link and let it show them; the folder has all customers each time."""
        try:
            self._look_for(had)
            with folder_aside(self._folder.with_name(f".{self._folder.name}.part")) as aside:
                shutil.copytree(publication.folder, aside, dirs_exist_ok=True)
                swap_in(aside, self._folder, publication.manifest.publication)
        except (OSError, ValueError) as failure:
            raise DeliveryError(f"the lists were not copied to {self._folder} (RFM_LISTS_FOLDER): {failure}") from None

    def shows(self) -> str | None:
        """Return the publication that the folder shows: another shop's, when both are set to send theirs here."""
        try:
            found = published_lists(self._folder.parent, self._folder.name)
        except (OSError, ValueError):
            return None
        return found.manifest.publication if found else None

    def _look_for(self, had: str | None) -> None:
        """Raise an error for a share that is not there: written on the local disk, lists would reach nobody."""
        if not self._folder.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {self._folder.parent}: mount it, or make it")
        if had and not self._folder.exists():
            raise FileNotFoundError(
                f"it had the lists {had}, and is gone: mount its share again, or remove {RECEIPTS}/{self.name}.json in "
                "the published folder to have it made anew"
            )
