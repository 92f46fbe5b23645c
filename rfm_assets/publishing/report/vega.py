"""What the charts of the report share: colours, axes, legends, and how a chart becomes a Vega-Lite specification."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

Spec = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]
# Resolved by the browser, so that one drawing serves light, dark and print.
INK, PAPER, FAINT = "var(--ink)", "var(--paper)", "var(--line)"
ONE_COLUMN = 390  # pixels of a chart's place, with its axis
LONG = 20  # letters of a name that has no room in half of such a width
WIDE = 280  # pixels of a name in a legend: a phone has no more
ROWS = "rows"  # name of a chart's data


@contextmanager
def unchecked() -> Iterator[None]:
    """Make charts without comparing each part with Vega-Lite's schema, which takes longer than making it."""
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):
        yield


def color(field: str, colors: Mapping[str, str], *, legend: Any, order: Sequence[str] | None = None) -> "alt.Color":
    """Return the encoding of a field by colours given by name; the legend has them in `order`, else in theirs."""
    import altair as alt

    names = list(order or colors)
    scale = alt.Scale(domain=names, range=[colors[name] for name in names])
    return alt.Color(field, type="nominal", scale=scale, legend=legend, sort=names)


def axis(form: str, ticks: int, **more: Any) -> "alt.Axis":
    """Return an axis of about so many numbers, written by a D3 format."""
    import altair as alt

    return alt.Axis(format=form, tickCount=ticks, labelExpr=_written(form), **more)


def amounts(title: str, ticks: int) -> "alt.Legend":
    """Return a legend of colours that stand for amounts, written as an axis has them."""
    import altair as alt

    return alt.Legend(title=title, orient="bottom", format="~s", tickCount=ticks, labelExpr=_written("~s"))


def _written(form: str) -> str:
    words = f"format(datum.value, '{form}')"
    if form == "~s":  # a billion is B, as in words; 0.4 is no 400m
        words = f"abs(datum.value) < 1 ? format(datum.value, '~r') : replace({words}, 'G', 'B')"
    # Nothing is 0, not 0k or 0M.
    return f"datum.value === 0 ? '0' : {words}"


def legend(names: Iterable[str], size: int = 120, **more: Any) -> "alt.Legend":
    """Return a legend of names below the chart: in one column where two have no room, and where the names are long."""
    import altair as alt

    is_long = max(map(len, names), default=0) > LONG
    # `width` alone would change with what the axes take.
    columns = 1 if is_long else alt.ExprRef(f"width && containerSize()[0] < {ONE_COLUMN} ? 1 : 2")
    return alt.Legend(title=None, orient="bottom", columns=columns, labelLimit=WIDE, symbolSize=size, **more)


def spec(rows: Rows, height: int, *layers: "alt.Chart") -> Spec:
    """Return the specification of charts of `rows` upon one another, as wide as their place, so many pixels high."""
    # Put together here: Altair would copy all layers several times, and walk through every row.
    made = [layer.to_dict(validate=False) for layer in layers]
    shared = {key: made[0][key] for key in ("$schema", "config", "data")}
    parts = [{key: content for key, content in part.items() if key not in shared} for part in made]
    drawn = parts[0] if len(parts) == 1 else {"layer": parts}
    return {**shared, **drawn, "width": "container", "height": height, "datasets": {ROWS: [dict(row) for row in rows]}}
