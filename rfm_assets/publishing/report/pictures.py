"""One picture of the report: its heading, its sentence with the numbers, its charts, its table."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from rfm_assets.publishing.report.vega import Spec


@dataclass(frozen=True)
class Chart:
    """A drawing, and what a screen reader says of it."""

    spec: Spec
    alternative: str
    title: str = ""  # shown where a picture has several


@dataclass(frozen=True)
class Picture:
    """A figure of the page; the sentence tells what is to be seen, the table has every number."""

    name: str
    heading: str
    sentence: str
    charts: Sequence[Chart] = ()
    table: Markup | None = None
    note: str = ""
    is_wide: bool = False
    is_roomy: bool = False  # two charts beside each other at most: their labels are long
