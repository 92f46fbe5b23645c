"""Pictures of the segments as they are: how large, what they bring, where they lie in recency, frequency, monetary."""

from collections.abc import Mapping

from rfm_assets.publishing.report import charts
from rfm_assets.publishing.report.figures import SAMPLED, Figures
from rfm_assets.publishing.report.pictures import Chart, Picture
from rfm_assets.publishing.report.tables import columns, table
from rfm_assets.publishing.report.words import count, listed, money, plural, share, short

Colors = Mapping[str, str]
SCORES = range(1, 6)
MEASURES = ("recency", "frequency", "monetary")


def segment_pictures(figures: Figures, colors: Colors) -> list[Picture]:
    """Return sizes, shares, standardised means, scores and the scatter."""
    return [
        _sizes(figures, colors),
        _shares(figures, colors),
        _standardised(figures),
        _scores(figures),
        _scatter(figures, colors),
    ]


def _sizes(figures: Figures, colors: Colors) -> Picture:
    rows = figures.profiles
    customers = [{"name": r["segment"], "customers": r["customers"], "label": count(r["customers"])} for r in rows]
    revenue = [{"name": r["segment"], "monetary": float(r["monetary"]), "label": short(r["monetary"])} for r in rows]
    parts = [f"{r['segment']} {count(r['customers'])}" for r in rows]
    brought = [f"{r['segment']} {money(r['monetary'], figures.currency)}" for r in rows]
    unit = figures.currency
    return Picture(
        "sizes",
        "How many they are, and what they bring",
        f"Customers by segment: {listed(parts)}. Revenue: {listed(brought)}.",
        [
            Chart(charts.bars(customers, "customers", "customers", "~s", colors),
                  f"Bars of the customers of each segment: {listed(parts)}.", "Customers"),
            Chart(charts.bars(revenue, "monetary", f"revenue, {unit}", "~s", colors),
                  f"Bars of the revenue of each segment: {listed(brought)}.", f"Revenue, {unit}"),
        ],
        table(
            "sizes-table",
            ["Segment", "Customers", "Share", f"Revenue, {unit}", "Share", "Returns of sales"],
            columns(rows, ("segment", str), ("customers", count), ("customer_share", _exact), ("monetary", _amount),
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
    words = [
        f"{r['segment']} {share(r['customer_share'])} of the customers and {share(r['monetary_share'])} of the revenue"
        for r in rows
    ]
    return Picture(
        "shares",
        "The same as shares of the whole",
        f"{listed(words)}.",
        [
            Chart(charts.donut(customers, "part", colors), f"Ring of the customers: {_parts(customers)}.",
                  "Share of customers"),
            Chart(charts.donut(revenue, "part", colors), f"Ring of the revenue: {_parts(revenue)}.",
                  "Share of revenue"),
        ],
        is_wide=True,
    )  # fmt: skip


def _standardised(figures: Figures) -> Picture:
    rows = figures.frames["standardised"].to_dicts()
    order = [row["segment"] for row in figures.profiles]
    cells = [
        {"segment": row["segment"], "measure": measure, "z": z, "label": f"{z:+.1f}"}
        for row in rows
        for measure in MEASURES
        if (z := row[f"{measure}_z"]) is not None
    ]
    words = [
        " ".join([name, ", ".join(f"{c['measure']} {c['label']}" for c in cells if c["segment"] == name)])
        for name in order
    ]
    chart = charts.heatmap(
        cells, ("measure", MEASURES, None), ("segment", order, None), value="z", title="deviations", diverging=True
    )
    return Picture(
        "standardised",
        "What sets the segments apart",
        "Mean recency, frequency and monetary of each segment against all customers, in standard deviations of the "
        "logarithms: 0 is as usual. Low recency is good: the last order was not long ago.",
        [Chart(chart, f"Grid of standardised means: {'; '.join(words)}.")],
        table(
            "standardised-table",
            ["Segment", *(f"{measure.capitalize()}, deviations" for measure in MEASURES)],
            columns(rows, ("segment", str), *((f"{measure}_z", "{:+.2f}".format) for measure in MEASURES)),
        ),
    )


def _scores(figures: Figures) -> Picture:
    found = {(row["r_score"], row["f_score"]): row["customers"] for row in figures.frames["scores"].to_dicts()}
    cells = [
        {"recency": r, "frequency": f, "customers": found.get((r, f), 0), "label": count(found.get((r, f), 0))}
        for r in SCORES
        for f in SCORES
    ]
    best, worst = found.get((5, 5), 0), found.get((1, 1), 0)
    chart = charts.heatmap(
        cells, ("recency", SCORES, "recency score, 5 is most recent"),
        ("frequency", SCORES[::-1], "frequency score"), value="customers", title="customers",
    )  # fmt: skip
    return Picture(
        "scores",
        "Scores of recency and frequency",
        f"Customers by fifths: {plural(best, 'customer')} have the best score in both, {count(worst)} the worst.",
        [Chart(chart, f"Grid of recency score by frequency score: {count(best)} customers score 5 in both, "
                      f"{count(worst)} score 1 in both; the table has every cell.")],
        table(
            "scores-table",
            ["Frequency score", *(f"Recency {r}" for r in SCORES)],
            [[f, *(count(found.get((r, f), 0)) for r in SCORES)] for f in SCORES[::-1]],
        ),
    )  # fmt: skip


def _scatter(figures: Figures, colors: Colors) -> Picture:
    rows = figures.frames["sampled_customers"].to_dicts()
    drawn = len(rows)
    medians = [
        f"{r['segment']} {plural(round(r['median_recency_days']), 'day')} and "
        f"{money(r['median_monetary'], figures.currency)}"
        for r in figures.profiles
    ]
    sampled = f"a sample of {count(drawn)} customers" if drawn == SAMPLED else f"the {count(drawn)} customers"
    return Picture(
        "scatter",
        "Recency against revenue",
        f"Each point is one of {sampled} with revenue above zero. In the middle of each segment: {listed(medians)}.",
        [Chart(charts.scatter(rows, colors, figures.currency),
               f"Points of recency against revenue by segment; medians: {listed(medians)}.")],
        table(
            "scatter-table",
            ["Segment", "Median days since the last order", "Median orders", f"Median revenue, {figures.currency}"],
            columns(figures.profiles, ("segment", str), ("median_recency_days", "{:,.0f}".format),
                    ("median_frequency", "{:,.1f}".format), ("median_monetary", _amount)),
        ),
        is_wide=True,
    )  # fmt: skip


def _parts(rows: list[dict]) -> str:
    return listed([f"{row['name']} {row['label']}" for row in rows])


def _exact(part: float) -> str:
    return share(part, 1)


def _amount(amount: float) -> str:
    return f"{amount:,.2f}"
