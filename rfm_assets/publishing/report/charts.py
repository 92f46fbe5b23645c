"""Charts by segment, country or product: bars, rings, grids and points, made with Altair."""

from collections.abc import Mapping, Sequence
from math import log10
from typing import Any

from rfm_assets.publishing.report.vega import (
    FAINT,
    INK,
    PAPER,
    ROWS,
    Rows,
    Spec,
    amounts,
    axis,
    color,
    legend,
    spec,
)

FEW_DECADES = 3
# Pixels: the height of a row, the width of a letter, and the width that every chart has.
ROW, LETTER, NARROW = 30, 6.5, 220
WIDEST = 400  # pixels that names beside rows may take before a title is printed over them


def bars(rows: Rows, value: str, title: str, form: str, colors: Mapping[str, str]) -> Spec:
    """Return horizontal bars of `value` by `name`, in the order of the rows, each with its `label` at its end."""
    import altair as alt

    order = [row["name"] for row in rows]
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=alt.Y("name", type="nominal", sort=order, title=None),
        x=alt.X(value, type="quantitative", title=title, axis=axis(form, 4)),
        tooltip=[alt.Tooltip("name", type="nominal", title=" "), alt.Tooltip("label", type="nominal", title=title)],
    )
    drawn = base.mark_bar(stroke=INK, strokeWidth=0.75).encode(color=color("name", colors, legend=None))
    below = f"datum['{value}'] < 0"
    align, away = alt.ExprRef(f"{below} ? 'right' : 'left'"), alt.ExprRef(f"{below} ? -4 : 4")
    labels = base.mark_text(align=align, dx=away, color=INK).encode(text=alt.Text("label", type="nominal"))
    # Room for the longest label, which would otherwise be cut at the end of the longest bar, on either side of zero.
    low, high = (edge([0, *(row[value] for row in rows)]) for edge in (min, max))
    ends = [end + 0.28 * (high - low) * sign for end, sign in ((low, -1), (high, 1)) if end]
    room = [base.mark_point(opacity=0).encode(x=alt.X(datum=end, type="quantitative")) for end in ends]
    return spec(rows, ROW * len(rows), drawn, labels, *room)


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
        color=color("name", colors, order=order, legend=legend(colors))
    )
    labels = base.mark_text(radius=116, color=INK).encode(text=alt.Text("text", type="nominal"))
    return spec(shown, 250, ring, labels)


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
    # Headings that are wider than their columns are set aslant. `width` alone would change with what they take.
    needed = LETTER * max(len(str(name)) for name in x[1]) * len(x[1])
    beside = LETTER * max(len(str(name)) for name in y[1]) + 2 * ROW
    slanted = f"width && containerSize()[0] < {needed + beside}" if labels else "false"
    angle, align = alt.ExprRef(f"{slanted} ? -60 : 0"), alt.ExprRef(f"{slanted} ? 'left' : 'center'")
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X(x[0], type="ordinal", sort=list(x[1]), title=x[2],
                axis=alt.Axis(orient="top", labelOverlap=not labels, labelAngle=angle, labelAlign=align)),
        y=alt.Y(y[0], type="ordinal", sort=list(y[1]), title=y[2], axis=alt.Axis(maxExtent=WIDEST)),
        tooltip=[alt.Tooltip(y[0], type="nominal"), alt.Tooltip(x[0], type="nominal"),
                 alt.Tooltip("label", type="nominal", title=title)],
    )  # fmt: skip
    key = None if labels else amounts(title, 4)
    is_colored = alt.expr.isValid(alt.datum[value])
    cells = (
        base.transform_filter(is_colored)
        .mark_rect(stroke=FAINT)
        .encode(color=alt.Color(value, type="quantitative", scale=scale, legend=key))
    )
    if not labels:
        return spec(rows, height * len(y[1]), cells)
    # Cells have the scheme's colours in light and dark alike: labels are black or white, whichever is read better.
    filled = f"scale('color', datum['{value}'])"
    lighter = f"contrast('white', {filled}) > contrast('black', {filled})"
    ink = alt.ExprRef(f"{is_colored} ? {lighter} ? 'white' : 'black' : '{INK}'")
    longest = max(len(row["label"]) for row in rows) or 1
    size = alt.ExprRef(f"clamp(1.5 * width / {longest * len(x[1])}, 7, 12)")  # letters get smaller in narrow columns
    texts = base.mark_text(color=ink, fontSize=size).encode(text=alt.Text("label", type="nominal"))
    # A slanted heading leans over the right edge.
    room = {"left": 5, "top": 5, "bottom": 5, "right": 30 if needed > NARROW else 5}
    return {**spec(rows, height * len(y[1]), cells, texts), "padding": room}


def scatter(rows: Rows, colors: Mapping[str, str], currency: str) -> Spec:
    """Return customers by recency and, on a logarithmic axis, monetary; a segment has a colour and a shape."""
    import altair as alt

    points = alt.Chart(alt.NamedData(ROWS)).mark_point(filled=True, size=26, opacity=0.8, stroke=INK, strokeWidth=0.4)
    chart = points.encode(
        x=alt.X("recency_days", type="quantitative", title="days since the last order"),
        y=alt.Y("monetary", type="quantitative", title=f"revenue, {currency}, logarithmic",
                scale=alt.Scale(type="log"), axis=axis("~s", 5, values=_decades([row["monetary"] for row in rows]))),
        color=color("segment", colors, legend=legend(colors)),
        shape=alt.Shape("segment", type="nominal", scale=alt.Scale(domain=list(colors))),
    )  # fmt: skip
    return spec(rows, 360, chart)


def _decades(values: Sequence[float]) -> list[float]:
    """Return the numbers of a logarithmic axis: powers of ten, and 2 and 5 times them where these are few."""
    first, last = (round(log10(edge(values))) for edge in (min, max))
    steps = (1, 2, 5) if last - first < FEW_DECADES else (1,)
    return [step * 10.0**power for power in range(first - 1, last + 2) for step in steps]
