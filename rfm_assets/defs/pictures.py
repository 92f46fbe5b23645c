"""Pictures in the catalogue: drawn when there is something new to see, otherwise those of the run before."""

from datetime import date
from typing import Any

import dagster as dg

from rfm_assets.beside import call
from rfm_assets.defs.catalogue import key
from rfm_assets.engines.base import Engine, select
from rfm_assets.publishing.catalogue.entries import Entry
from rfm_assets.settings import Settings

CANDIDATES = "model.candidates"
ELBOW = "elbow and silhouette"


class Pictures:
    """The pictures of one run. To draw one takes half a second, to look for the last one some milliseconds."""

    def __init__(self, instance: dg.DagsterInstance, settings: Settings) -> None:
        self._instance = instance
        self._wanted = settings.pictures
        self._known: dict[str, str] = {}  # by the table of numbers that was drawn

    def elbow(self, engine: Engine, day: date, entry: Entry) -> dict[str, Any]:
        """Return the picture of the candidates as metadata; the same numbers give the same picture."""
        numbers = entry.markdown.get("candidates")
        if not self._wanted or numbers is None:
            return {}
        if numbers not in self._known:
            self._known[numbers] = self._last(numbers) or self._draw(engine, day)
        return {ELBOW: dg.MetadataValue.md(self._known[numbers])}

    def _last(self, numbers: str) -> str | None:
        event = self._instance.get_latest_materialization_event(key(CANDIDATES))
        metadata = event.asset_materialization.metadata if event and event.asset_materialization else {}
        drawn = metadata.get(ELBOW)
        known = metadata.get("candidates")
        return str(drawn.value) if drawn and known and known.value == numbers else None

    def _draw(self, engine: Engine, day: date) -> str:
        from rfm_assets.publishing.catalogue.pictures import elbow

        return call(elbow, engine.read(select("catalogue.candidates"), snapshot_on=day))
