"""The page: a Jinja template filled with words, tables and charts; everything that comes from data is escaped."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from rfm_assets.publishing.report.cards import cards
from rfm_assets.publishing.report.colours import segment_color
from rfm_assets.publishing.report.figures import Figures
from rfm_assets.publishing.report.model_pictures import model_pictures
from rfm_assets.publishing.report.pictures import Picture
from rfm_assets.publishing.report.provenance import provenance
from rfm_assets.publishing.report.sales_pictures import sales_pictures
from rfm_assets.publishing.report.segment_pictures import segment_pictures
from rfm_assets.publishing.report.sentences import COUNTS, headlines
from rfm_assets.publishing.report.time_pictures import time_pictures
from rfm_assets.publishing.report.vega import unchecked
from rfm_assets.publishing.report.words import ago, count, day, isolated, money, share


@dataclass(frozen=True)
class Group:
    """A section of pictures."""

    name: str
    heading: str
    pictures: Sequence[Picture]


@dataclass(frozen=True)
class Tile:
    """A figure on top; `value` is what programs read, in the table's own digits."""

    name: str
    words: str
    figure: str
    value: int | Decimal
    more: str = ""


def render(figures: Figures, bundle: str, given: Mapping[str, str | None]) -> str:
    """Return the whole page, the same text for the same figures.

    Args:
        figures: what is told.
        bundle: the script that draws charts.
        given: colours of segments by name; a segment without one gets its own, made of the name.
    """
    from jinja2 import Environment, StrictUndefined

    # Those of the snapshot first; then those that only earlier ones had.
    names = [row["segment"] for row in figures.profiles]
    names += sorted(set(figures.frames["history"]["segment"]) - set(names))
    colors = {name: segment_color(name, given.get(name)) for name in names}
    with unchecked():
        groups = [
            Group("pictures", "The segments in pictures", segment_pictures(figures, colors)),
            Group("moving", "What moves", time_pictures(figures, colors)),
            Group("sales", "Sales", sales_pictures(figures, colors)),
            Group("found", "How the segments were found", model_pictures(figures)),
        ]
    script, css = _text("page.js"), _text("page.css")
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters["isolated"] = isolated
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":"), "allow_nan": False}
    return environment.from_string(_text("page.html.jinja")).render(
        day=day(figures.snapshot_on),
        snapshot_on=figures.snapshot_on.isoformat(),
        under=_under(figures),
        tiles=_tiles(figures),
        headlines=headlines(figures),
        typically=ago(figures.totals["median_recency_days"]),
        cards=cards(figures, colors),
        groups=groups,
        parts=provenance(figures),
        # Nothing but these two scripts can run on the page, whatever a name in the data holds.
        scripts=Markup(f"{_digest(bundle)} {_digest(script)}"),  # noqa: S704 - two digests
        css=Markup(css),  # noqa: S704 - our file
        bundle=Markup(bundle),  # noqa: S704 - out of vl-convert
        script=Markup(script),  # noqa: S704 - our file
        specs=_specs(groups),
    )


def _specs(groups: Sequence[Group]) -> dict[str, Any]:
    return {
        f"{picture.name}-chart-{place}": chart.spec
        for group in groups
        for picture in group.pictures
        for place, chart in enumerate(picture.charts, start=1)
    }


def _under(figures: Figures) -> str:
    before = f"Compared with {day(figures.previous_on)}. " if figures.previous_on else ""
    return (
        f"{before}Revenue is {COUNTS[figures.totals['monetary_counts']]}, in {figures.currency}, of customers who "
        "bought at least once."
    )


def _tiles(figures: Figures) -> list[Tile]:
    totals, unit = figures.totals, figures.currency
    tiles = [
        Tile("Customers", count(totals["customers"]), "customers", totals["customers"]),
        Tile("Revenue", money(totals["monetary"], unit), "monetary", totals["monetary"]),
        Tile("Orders", count(totals["orders"]), "orders", totals["orders"]),
    ]
    if figures.previous_on:
        since = f"since {day(figures.previous_on)}"
        moves = figures.frames["moves"].to_dicts()
        new = sum(row["customers"] for row in moves if row["cause"] == "arrived")
        moved = sum(row["customers"] for row in moves if row["from_segment"] and row["to_segment"])
        tiles += [
            Tile("New customers", count(new), "arrived", new, since),
            Tile("Changed segment", count(moved), "moved", moved,
                 f"{share(moved / totals['customers'], 1)} of the customers, {since}"),
        ]  # fmt: skip
    return tiles


@cache
def _text(name: str) -> str:
    return files("rfm_assets.publishing.report").joinpath(name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
