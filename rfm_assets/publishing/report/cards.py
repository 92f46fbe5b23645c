"""The cards of the segments: who they are, how many, what they bring, what to do, where they came from."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from rfm_assets.publishing.report.figures import Figures
from rfm_assets.publishing.report.words import ago, count, day, listed, money, share, signed, typical

TOLD = 3  # movements in each direction
NAMED = ("segment", "name_distance")


@dataclass(frozen=True)
class Card:
    """One segment, in words; `customers` and `monetary` are also given exactly, for programs that read the page."""

    segment: str
    color: str
    description: str
    doubt: str
    action: str
    customers: int
    monetary: Decimal
    customers_words: str
    customer_share: str
    revenue_words: str
    revenue_share: str
    recency: str
    frequency: str
    spent: str
    change: str
    came: str
    went: str


def cards(figures: Figures, colors: Mapping[str, str]) -> list[Card]:
    """Return a card for each segment, the largest first."""
    came: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    went: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in figures.frames["moves"].to_dicts():
        source, target = row["from_segment"], row["to_segment"]
        if target:
            came[target][source or "new customers"] += row["customers"]
        if source:
            went[source][target or "no longer there"] += row["customers"]
    unit = figures.currency
    far = {} if figures.totals["has_other_model"] else dict(figures.frames["loose_names"].select(*NAMED).iter_rows())
    return [
        Card(
            segment=row["segment"],
            color=colors[row["segment"]],
            description=row["description"] or "",
            doubt=_doubt(far.get(row["segment"])),
            action=row["recommended_action"] or "",
            customers=row["customers"],
            monetary=row["monetary"],
            customers_words=count(row["customers"]),
            customer_share=share(row["customer_share"]),
            revenue_words=money(row["monetary"], unit),
            revenue_share="" if row["monetary_share"] is None else f", {share(row['monetary_share'])} of all",
            recency=ago(row["median_recency_days"]),
            frequency=typical(row["median_frequency"], "order"),
            spent=money(row["median_monetary"], unit),
            change=_change(figures, row["customers"], row["previous_customers"]),
            came=_directions(figures, came[row["segment"]]),
            went=_directions(figures, went[row["segment"]]),
        )
        for row in figures.profiles
    ]


def _doubt(distance: float | None) -> str:
    if distance is None:
        return ""
    return (
        f"The name fits loosely: the middle of these customers is {distance:.1f} standard deviations from what it "
        "stands for. Go by the numbers."
    )


def _change(figures: Figures, now: int, before: int | None) -> str:
    if figures.previous_on is None:
        return "no earlier snapshot"
    if before is None:
        return f"the snapshot of {day(figures.previous_on)} is no longer kept"
    return f"{signed(now - before)} since {day(figures.previous_on)}"


def _directions(figures: Figures, numbers: Mapping[str, int]) -> str:
    if figures.previous_on is None:
        return "not known yet"
    most = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))
    named = TOLD if len(most) > TOLD + 1 else TOLD + 1  # one more name takes no more room than "others"
    told = [f"{name} ({count(number)})" for name, number in most[:named]]
    rest = sum(number for _, number in most[named:])
    return listed([*told, f"others ({count(rest)})"] if rest else told) or "nobody"
