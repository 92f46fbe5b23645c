"""Writes the report, once its figures were read back from it and are those of the tables."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

from rfm_assets.engines.base import Engine, select
from rfm_assets.publishing.report.figures import read_figures
from rfm_assets.publishing.room import explained
from rfm_assets.publishing.syncing import replaced
from rfm_assets.settings import Settings

REPORT_FILE = "report.html"
MAX_BYTES = 3_000_000
KEPT = "The report was not replaced, the one before stays"


class ReportError(ValueError):
    """The page says other figures than the tables: the report before stays."""


@dataclass(frozen=True)
class Report:
    """What was written: the file, its size, and how many figures were read back and compared."""

    path: Path
    size: int  # bytes
    compared: int


def write_report(
    engine: Engine, settings: Settings, colors: Mapping[str, str | None], run_days: Collection[date] = ()
) -> Report:
    """Replace the report by one of the latest snapshot, in one step.

    Args:
        engine: holds the tables.
        settings: where the report lies, and what is told of them.
        colors: of segments by name, where one is given.
        run_days: the snapshots of the run that writes it: see `publish`.

    Raises:
        NothingToReportError: there are no segments, or no lines.
        ReportError: a figure on the page is not the table's.
        NotPublishedError: such as on a full disk; the report before stays.
    """
    from rfm_assets.publishing.report.bundle import vega_bundle
    from rfm_assets.publishing.report.page import render

    figures = read_figures(engine, settings, run_days)
    html = render(figures, vega_bundle(), colors)
    told = figures_told(html)
    expected = Counter(
        (segment, figure, str(number))
        for segment, customers, monetary in engine.read(
            select("report.expected"), snapshot_on=figures.snapshot_on
        ).iter_rows()
        for figure, number in (("customers", customers), ("monetary", monetary))
    )
    if missing := expected - told:
        wrong = ", ".join(f"{figure} of {segment or 'all'} {number}" for segment, figure, number in sorted(missing))
        raise ReportError(f"the report was not replaced, it does not say what the tables do: {wrong}")
    path = settings.published / REPORT_FILE
    with explained(settings.published, REPORT_FILE, KEPT), replaced(path) as aside:
        aside.write_text(html, encoding="utf-8")
    return Report(path, len(html.encode()), expected.total())


def figures_told(html: str) -> Counter[tuple[str, str, str]]:
    """Return each figure that a page tells: of which segment (empty for all), which figure, its exact value."""
    reader = _Reader()
    reader.feed(html)
    return reader.told


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.told: Counter[tuple[str, str, str]] = Counter()
        self._segment = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "article":
            self._segment = found.get("data-segment") or ""
        elif tag == "data" and found.get("data-figure"):
            self.told[self._segment, str(found["data-figure"]), str(found["value"])] += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "article":
            self._segment = ""
