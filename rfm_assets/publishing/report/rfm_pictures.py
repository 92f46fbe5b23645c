"""Pictures of where the segments lie in recency, frequency and monetary."""

from collections.abc import Mapping

from rfm_assets.contracts.model import FEATURES
from rfm_assets.publishing.markdown import HUNDREDTHS, WHOLE
from rfm_assets.publishing.report import charts
from rfm_assets.publishing.report.figures import SAMPLED, Figures
from rfm_assets.publishing.report.pictures import Chart, Picture
from rfm_assets.publishing.report.tables import columns, table
from rfm_assets.publishing.report.words import count, deviations, listed, money, plural

SCORES = range(1, 6)


def standardised_picture(figures: Figures) -> Picture:
    """Return the means of each segment against all customers."""
    rows = figures.frames["standardised"].to_dicts()
    order = [row["segment"] for row in figures.profiles]
    cells = [
        {"segment": row["segment"], "measure": measure, "z": z, "label": deviations(z, 1)}
        for row in rows
        for measure in FEATURES
        if (z := row[f"{measure}_z"]) is not None
    ]
    words = [
        " ".join([name, ", ".join(f"{c['measure']} {c['label']}" for c in cells if c["segment"] == name)])
        for name in order
    ]
    chart = charts.heatmap(
        cells, ("measure", FEATURES, None), ("segment", order, None), value="z", title="deviations", diverging=True
    )
    return Picture(
        "standardised",
        "What sets the segments apart",
        "Mean recency, frequency and monetary of each segment against the customers that the model was fitted on, in "
        "deviations of the logarithms; 0 is the usual value. Low recency is good: the last order was not long ago.",
        [Chart(chart, f"Grid of standardised means: {'; '.join(words)}.")],
        table(
            "standardised-table",
            ["Segment", *(f"{measure.capitalize()}, deviations" for measure in FEATURES)],
            columns(rows, ("segment", str), *((f"{measure}_z", _two_digits) for measure in FEATURES)),
        ),
    )


def scores_picture(figures: Figures) -> Picture:
    """Return the customers by recency and frequency score."""
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
        f"Customers by fifths: {plural(best, 'customer has', 'customers have')} the best score in both, {count(worst)} "
        "the worst.",
        [Chart(chart, f"Grid of recency score by frequency score: {count(best)} customers score 5 in both, "
                      f"{count(worst)} score 1 in both; the table has every cell.")],
        table(
            "scores-table",
            ["Frequency score", *(f"Recency {r}" for r in SCORES)],
            [[f, *(count(found.get((r, f), 0)) for r in SCORES)] for f in SCORES[::-1]],
        ),
    )  # fmt: skip


def scatter_picture(figures: Figures, colors: Mapping[str, str]) -> Picture:
    """Return recency against revenue, of a sample of the customers."""
    rows = figures.frames["sampled_customers"].to_dicts()
    drawn = len(rows)
    if not drawn:
        return Picture("scatter", "Recency against revenue", "No customer has revenue above zero.", is_wide=True)
    present = {row["segment"] for row in rows}
    colors = {name: colour for name, colour in colors.items() if name in present}
    medians = [
        f"{r['segment']} {plural(round(r['median_recency_days']), 'day')} and "
        f"{money(r['median_monetary'], figures.currency)}"
        for r in figures.profiles
    ]
    sampled = f"a sample of {count(drawn)} customers" if drawn == SAMPLED else f"the {count(drawn)} customers"
    return Picture(
        "scatter",
        "Recency against revenue",
        f"Each point is one of {sampled} with revenue above zero. Medians of all customers, by segment: "
        f"{listed(medians)}.",
        [Chart(charts.scatter(rows, colors, figures.currency),
               f"Points of recency against revenue by segment; medians: {listed(medians)}.")],
        table(
            "scatter-table",
            ["Segment", "Median days since the last order", "Median orders", f"Median revenue, {figures.currency}"],
            columns(figures.profiles, ("segment", str), ("median_recency_days", WHOLE),
                    ("median_frequency", "{:,.1f}".format), ("median_monetary", HUNDREDTHS)),
        ),
        is_wide=True,
    )  # fmt: skip


def _two_digits(number: float) -> str:
    return deviations(number, 2)
