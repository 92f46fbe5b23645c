"""Charts as Vega-Lite specifications, made with Altair and not validated again: the tests draw every one of them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

Spec = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]
# Resolved by the browser, so that one drawing serves light, dark and print.
INK, PAPER, FAINT = "var(--ink)", "var(--paper)", "var(--line)"
ROWS = "rows"  # name of a chart's data
ROW = 30  # pixels
PATTERNS = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [12, 3])  # a line is known by its dashes, too


def bars(rows: Rows, value: str, title: str, form: str, colors: Mapping[str, str]) -> Spec:
    """Return horizontal bars of `value` by `name`, in the order of the rows, each with its `label` at its end."""
    import altair as alt

    order = [row["name"] for row in rows]
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=alt.Y("name", type="nominal", sort=order, title=None),
        x=alt.X(value, type="quantitative", title=title, axis=_axis(form, 4)),
        tooltip=[alt.Tooltip("name", type="nominal", title=" "), alt.Tooltip("label", type="nominal", title=title)],
    )
    drawn = base.mark_bar(stroke=INK, strokeWidth=0.75).encode(color=_color("name", colors, legend=None))
    labels = base.mark_text(align="left", dx=4, color=INK).encode(text=alt.Text("label", type="nominal"))
    # Room for the longest label, which would otherwise be cut at the end of the longest bar.
    widest = max((abs(row[value]) for row in rows), default=0)
    room = base.mark_point(opacity=0).encode(x=alt.X(datum=widest * 1.28, type="quantitative"))
    return _spec(drawn + labels + room, rows, ROW * len(rows))


def donut(rows: Rows, value: str, colors: Mapping[str, str]) -> Spec:
    """Return a ring of `value` by `name`, with the share as `label` on each part that is large enough to hold it."""
    import altair as alt

    order = [row["name"] for row in rows]
    total = sum(row[value] for row in rows) or 1
    shown = [
        {**row, "place": place, "text": row["label"] if row[value] / total >= 0.04 else ""}
        for place, row in enumerate(rows)
    ]
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        theta=alt.Theta(value, type="quantitative", stack=True),
        order=alt.Order("place", type="quantitative"),
        tooltip=[alt.Tooltip("name", type="nominal", title=" "), alt.Tooltip("label", type="nominal", title="share")],
    )
    ring = base.mark_arc(innerRadius=55, outerRadius=95, stroke=PAPER, strokeWidth=2).encode(
        color=_color("name", colors, order=order, legend=_legend())
    )
    labels = base.mark_text(radius=116, color=INK).encode(text=alt.Text("text", type="nominal"))
    return _spec(ring + labels, shown, 250)


def heatmap(
    rows: Rows, x: tuple[str, Sequence[Any], str | None], y: tuple[str, Sequence[Any], str | None], *,
    value: str, title: str, diverging: bool = False, height: int = ROW, labels: bool = True,
) -> Spec:  # fmt: skip
    """Return coloured cells of `value`, each with its `label`; x and y are a column, its order and its title.

    A cell without a value has no colour, and keeps its label.
    """
    import altair as alt

    peak = max((abs(row[value]) for row in rows if row[value] is not None), default=0) or 1
    scale = (
        alt.Scale(scheme="blueorange", domain=[-peak, peak], domainMid=0)
        if diverging
        else alt.Scale(scheme="blues", domain=[0, peak])
    )
    angle = -60 if max(len(str(name)) for name in x[1]) > 9 else 0
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X(x[0], type="ordinal", sort=list(x[1]), title=x[2],
                axis=alt.Axis(orient="top", labelOverlap=not labels, labelAngle=angle)),
        y=alt.Y(y[0], type="ordinal", sort=list(y[1]), title=y[2]),
        tooltip=[alt.Tooltip(y[0], type="nominal"), alt.Tooltip(x[0], type="nominal"),
                 alt.Tooltip("label", type="nominal", title=title)],
    )  # fmt: skip
    # Cells are drawn in the scheme's colours in light and dark alike: their labels keep to black and white.
    legend = None if labels else alt.Legend(title=title, orient="bottom")
    is_colored = alt.expr.isValid(alt.datum[value])
    cells = (
        base.transform_filter(is_colored)
        .mark_rect(stroke=FAINT)
        .encode(color=alt.Color(value, type="quantitative", scale=scale, legend=legend))
    )
    if not labels:
        return _spec(cells, rows, height * len(y[1]))
    size = alt.expr.abs(alt.datum[value])
    ink = (
        alt.when(~is_colored)
        .then(alt.value(INK))
        .when(size > 0.55 * peak)
        .then(alt.value("#ffffff"))
        .otherwise(alt.value("#111111"))
    )
    texts = base.mark_text().encode(text=alt.Text("label", type="nominal"), color=ink)
    # A slanted heading leans over the right edge.
    room = {"left": 5, "top": 5, "bottom": 5, "right": 30 if angle else 5}
    return {**_spec(cells + texts, rows, height * len(y[1])), "padding": room}


def scatter(rows: Rows, colors: Mapping[str, str], currency: str) -> Spec:
    """Return customers by recency and, on a logarithmic axis, monetary; a segment has a colour and a shape."""
    import altair as alt

    chart = alt.Chart(alt.NamedData(ROWS)).mark_point(filled=True, size=26, opacity=0.75).encode(
        x=alt.X("recency_days", type="quantitative", title="days since the last order"),
        y=alt.Y("monetary", type="quantitative", title=f"revenue, {currency}, logarithmic",
                scale=alt.Scale(type="log"), axis=_axis("~s", 5)),
        color=_color("segment", colors, legend=_legend()),
        shape=alt.Shape("segment", type="nominal", scale=alt.Scale(domain=list(colors))),
    )  # fmt: skip
    return _spec(chart, rows, 360)


def histogram(rows: Rows, title: str, form: str) -> Spec:
    """Return the customers by bins, which each row gives as `above` and `up_to`."""
    import altair as alt

    chart = alt.Chart(alt.NamedData(ROWS)).mark_bar(color="#4b6996", stroke=PAPER, strokeWidth=0.5).encode(
        x=alt.X("above", type="quantitative", title=title, bin="binned", axis=_axis(form, 5)),
        x2="up_to",
        y=alt.Y("customers", type="quantitative", title="customers", axis=_axis("~s", 4)),
        tooltip=[alt.Tooltip("above", type="quantitative", format=form),
                 alt.Tooltip("up_to", type="quantitative", format=form, title="up to"),
                 alt.Tooltip("customers", type="quantitative", format=",")],
    )  # fmt: skip
    return _spec(chart, rows, 150)


def by_clusters(rows: Rows, value: str, title: str, form: str) -> Spec:
    """Return `value` by number of clusters, the chosen one marked and named."""
    import altair as alt

    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X("k", type="ordinal", title="number of clusters, K", axis=alt.Axis(labelAngle=0)),
        y=alt.Y(value, type="quantitative", title=title, scale=alt.Scale(zero=False),
                axis=_axis(form, 5)),
        tooltip=[alt.Tooltip("k", type="ordinal", title="K"),
                 alt.Tooltip(value, type="quantitative", format=form, title=title)],
    )  # fmt: skip
    line = base.mark_line(color="#0078ff", point=alt.OverlayMarkDef(color="#0078ff", size=45))
    chosen = base.transform_filter(alt.datum.is_chosen)
    ring = chosen.mark_point(color="#f05a00", size=220, strokeWidth=3, filled=False)
    name = chosen.mark_text(color=INK, dy=-18, fontWeight="bold").encode(text=alt.value("chosen"))
    return _spec(line + ring + name, rows, 200)


def lines(rows: Rows, value: str, title: str, form: str, colors: Mapping[str, str]) -> Spec:
    """Return a line of `value` by day `on` for each segment, which has a colour and dashes."""
    import altair as alt

    dashes = [PATTERNS[place % len(PATTERNS)] for place, _ in enumerate(colors)]
    chart = alt.Chart(alt.NamedData(ROWS)).mark_line(point=alt.OverlayMarkDef(size=24), strokeWidth=2).encode(
        x=alt.X("on", type="temporal", title=None, axis=alt.Axis(tickCount=6, labelOverlap=True)),
        y=alt.Y(value, type="quantitative", title=title, axis=_axis(form, 5)),
        color=_color("segment", colors, legend=_legend(symbolType="stroke", symbolStrokeWidth=3)),
        strokeDash=alt.StrokeDash("segment", type="nominal", scale=alt.Scale(domain=list(colors), range=dashes)),
        tooltip=[alt.Tooltip("segment", type="nominal"), alt.Tooltip("on", type="temporal", title="day"),
                 alt.Tooltip(value, type="quantitative", format=form, title=title)],
    )  # fmt: skip
    return _spec(chart, rows, 300)


def months(rows: Rows, title: str, colors: Mapping[str, str]) -> Spec:
    """Return bars of `amount` by month `on` and `kind`, those below zero hanging down."""
    import altair as alt

    chart = alt.Chart(alt.NamedData(ROWS)).mark_bar(stroke=INK, strokeWidth=0.5).encode(
        x=alt.X("on", type="temporal", timeUnit="yearmonth", title=None, axis=alt.Axis(labelOverlap=True)),
        y=alt.Y("amount", type="quantitative", title=title, axis=_axis("~s", 5)),
        color=_color("kind", colors, legend=_legend()),
        tooltip=[alt.Tooltip("on", type="temporal", timeUnit="yearmonth", title="month"),
                 alt.Tooltip("kind", type="nominal"), alt.Tooltip("label", type="nominal", title=title)],
    )  # fmt: skip
    return _spec(chart, rows, 240)


def _color(field: str, colors: Mapping[str, str], *, legend: Any, order: Sequence[str] | None = None) -> "alt.Color":
    import altair as alt

    names = list(order or colors)
    scale = alt.Scale(domain=names, range=[colors[name] for name in names])
    return alt.Color(field, type="nominal", scale=scale, legend=legend, sort=names)


def _axis(form: str, ticks: int) -> "alt.Axis":
    import altair as alt

    # Nothing is 0, not 0k or 0M.
    words = f"datum.value === 0 ? '0' : format(datum.value, '{form}')"
    return alt.Axis(format=form, tickCount=ticks, labelExpr=words)


def _legend(**more: Any) -> "alt.Legend":
    import altair as alt

    return alt.Legend(title=None, orient="bottom", columns=2, labelLimit=150, symbolSize=120, **more)


def _spec(chart: Any, rows: Rows, height: int) -> Spec:
    spec = chart.properties(width="container", height=height).to_dict(validate=False)
    # Put in afterwards: Altair would walk through every row several times.
    return {**spec, "datasets": {ROWS: [dict(row) for row in rows]}}
