"""Charts along a scale: histograms, measures by number of clusters, lines and bars over time, made with Altair."""

from collections.abc import Mapping

from rfm_assets.publishing.report.vega import INK, PAPER, ROWS, Rows, Spec, axis, color, legend, spec

MOST_LABELS = 6  # days along an axis
# A line is known by its dashes, too: as many ways as there are clusters at most.
PATTERNS = (
    [1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [12, 6], [2, 6], [8, 3, 2, 3, 2, 3], [14, 3, 6, 3], [1, 3, 1, 8],
)  # fmt: skip
DASHES_SHOWN = 900  # square pixels of a legend's symbol


def histogram(rows: Rows, title: str, form: str) -> Spec:
    """Return the customers by bins, which each row gives as `at_least` and `below`, and as words in `label`."""
    import altair as alt

    chart = alt.Chart(alt.NamedData(ROWS)).mark_bar(color="#4b6996", stroke=PAPER, strokeWidth=0.5).encode(
        x=alt.X("at_least", type="quantitative", title=title, bin="binned", axis=axis(form, 5)),
        x2=alt.X2("below"),
        y=alt.Y("customers", type="quantitative", title="customers", axis=axis("~s", 4)),
        tooltip=[alt.Tooltip("label", type="nominal", title=title),
                 alt.Tooltip("customers", type="quantitative", format=",")],
    )  # fmt: skip
    return spec(rows, 150, chart)


def by_clusters(rows: Rows, value: str, title: str, form: str) -> Spec:
    """Return `value` by number of clusters, the chosen one marked and named."""
    import altair as alt

    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X("k", type="ordinal", title="number of clusters, K", axis=alt.Axis(labelAngle=0)),
        y=alt.Y(value, type="quantitative", title=title, scale=alt.Scale(zero=False),
                axis=axis(form, 5)),
        tooltip=[alt.Tooltip("k", type="ordinal", title="K"),
                 alt.Tooltip(value, type="quantitative", format=form, title=title)],
    )  # fmt: skip
    line = base.mark_line(color="#0078ff", point=alt.OverlayMarkDef(color="#0078ff", size=45))
    chosen = base.transform_filter(alt.datum.is_chosen)
    ring = chosen.mark_point(color="#f05a00", size=220, strokeWidth=3, filled=False)
    name = chosen.mark_text(text="chosen", color=INK, dy=-18, fontWeight="bold")
    # The line may go behind the word.
    around = chosen.mark_text(text="chosen", stroke=PAPER, strokeWidth=4, dy=-18, fontWeight="bold")
    return spec(rows, 200, line, ring, around, name)


def lines(rows: Rows, value: str, title: str, form: str, colors: Mapping[str, str]) -> Spec:
    """Return a line of `value` by day `on` for each segment, which has a colour and dashes."""
    import altair as alt

    days = sorted({str(row["on"]) for row in rows})
    shown = days[:: -max(1, -(-len(days) // MOST_LABELS))][::-1]  # the last one among them
    dashes = [PATTERNS[place % len(PATTERNS)] for place, _ in enumerate(colors)]
    chart = alt.Chart(alt.NamedData(ROWS)).mark_line(point=alt.OverlayMarkDef(size=24), strokeWidth=2).encode(
        x=alt.X("on", type="temporal", title=None, axis=alt.Axis(values=shown, format="%-d %b %Y", labelOverlap=True)),
        y=alt.Y(value, type="quantitative", title=title, axis=axis(form, 5)),
        color=color("segment", colors, legend=legend(colors, DASHES_SHOWN, symbolType="stroke", symbolStrokeWidth=2)),
        strokeDash=alt.StrokeDash("segment", type="nominal", scale=alt.Scale(domain=list(colors), range=dashes)),
        tooltip=[alt.Tooltip("segment", type="nominal"), alt.Tooltip("on", type="temporal", title="day"),
                 alt.Tooltip(value, type="quantitative", format=form, title=title)],
    )  # fmt: skip
    return spec(rows, 300, chart)


def months(rows: Rows, title: str, colors: Mapping[str, str]) -> Spec:
    """Return bars of `amount` by month `on` and `kind`, those below zero hanging down."""
    import altair as alt

    chart = alt.Chart(alt.NamedData(ROWS)).mark_bar(stroke=INK, strokeWidth=0.5).encode(
        x=alt.X("on", type="ordinal", timeUnit="yearmonth", title=None,
                axis=alt.Axis(labelOverlap=True, labelAngle=0, format="%b %Y")),
        y=alt.Y("amount", type="quantitative", title=title, axis=axis("~s", 5)),
        color=color("kind", colors, legend=legend(colors)),
        tooltip=[alt.Tooltip("on", type="temporal", timeUnit="yearmonth", title="month"),
                 alt.Tooltip("kind", type="nominal"), alt.Tooltip("label", type="nominal", title=title)],
    )  # fmt: skip
    return spec(rows, 240, chart)
