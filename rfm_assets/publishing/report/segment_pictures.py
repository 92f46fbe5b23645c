"""Pictures of the segments as they are: how large they are, and what they bring."""

from rfm_assets.publishing.markdown import HUNDREDTHS
from rfm_assets.publishing.report import charts
from rfm_assets.publishing.report.colours import Colors
from rfm_assets.publishing.report.figures import Figures
from rfm_assets.publishing.report.pictures import Chart, Picture
from rfm_assets.publishing.report.rfm_pictures import scatter_picture, scores_picture, standardised_picture
from rfm_assets.publishing.report.tables import columns, table
from rfm_assets.publishing.report.words import count, labelled, listed, money, share, short


def segment_pictures(figures: Figures, colors: Colors) -> list[Picture]:
    """Return sizes, shares, standardised means, scores and the scatter."""
    return [
        _sizes(figures, colors),
        _shares(figures, colors),
        standardised_picture(figures),
        scores_picture(figures),
        scatter_picture(figures, colors),
    ]


def _sizes(figures: Figures, colors: Colors) -> Picture:
    rows = figures.profiles
    customers = [{"name": r["segment"], "customers": r["customers"], "label": count(r["customers"])} for r in rows]
    revenue = [{"name": r["segment"], "monetary": float(r["monetary"]), "label": short(r["monetary"])} for r in rows]
    brought = [f"{r['segment']} {money(r['monetary'], figures.currency)}" for r in rows]
    unit = figures.currency
    return Picture(
        "sizes",
        "How many they are, and what they bring",
        f"Customers by segment: {labelled(customers)}. Revenue: {listed(brought)}.",
        [
            Chart(charts.bars(customers, "customers", "customers", "~s", colors),
                  f"Bars of the customers of each segment: {labelled(customers)}.", "Customers"),
            Chart(charts.bars(revenue, "monetary", f"revenue, {unit}", "~s", colors),
                  f"Bars of the revenue of each segment: {listed(brought)}.", f"Revenue, {unit}"),
        ],
        table(
            "sizes-table",
            ["Segment", "Customers", "Share", f"Revenue, {unit}", "Share", "Returns of sales"],
            columns(rows, ("segment", str), ("customers", count), ("customer_share", _exact), ("monetary", HUNDREDTHS),
                    ("monetary_share", _exact), ("returns_rate", _exact)),
        ),
        is_wide=True,
    )  # fmt: skip


def _shares(figures: Figures, colors: Colors) -> Picture:
    rows = figures.profiles
    customers = [{"name": r["segment"], "part": r["customer_share"], "label": share(r["customer_share"])} for r in rows]
    # A ring has no place for a part below zero, which a segment with more returns than sales is.
    revenue = [
        {"name": r["segment"], "part": max(r["monetary_share"] or 0, 0), "label": share(r["monetary_share"])}
        for r in rows
    ]
    rings = [
        Chart(charts.donut(customers, "part", colors), f"Ring of the customers: {labelled(customers)}.",
              "Share of customers")
    ]  # fmt: skip
    if not any(row["part"] for row in revenue):
        sentence = f"{labelled(customers)} of the customers. There is no revenue above zero that could be shared."
        return Picture("shares", "The same as shares of the whole", sentence, rings, is_wide=True)
    words = [
        f"{r['segment']} {share(r['customer_share'])} of the customers and {share(r['monetary_share'])} of the revenue"
        for r in rows
    ]
    rings.append(Chart(charts.donut(revenue, "part", colors), f"Ring of the revenue: {labelled(revenue)}.",
                       "Share of revenue"))  # fmt: skip
    return Picture("shares", "The same as shares of the whole", f"{listed(words)}.", rings, is_wide=True)


def _exact(part: float) -> str:
    return share(part, 1)
