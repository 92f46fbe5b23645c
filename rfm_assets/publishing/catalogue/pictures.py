"""Pictures for the catalogue: small PNGs inside Markdown, because it strips HTML and shows no files."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# What the catalogue's column can show without shrinking.
WIDTH, HEIGHT, DOTS = 6.6, 2.3, 80  # inches, inches, dots an inch
COLOURS = 64  # of the palette: a third of the bytes, and no difference to see
LINE, MARK = "#4f43dd", "#d9480f"


def elbow(candidates: pl.DataFrame) -> str:
    """Return inertia and silhouette by number of clusters, the chosen one marked, as Markdown."""
    figure, axes = _figure(2)
    for axis, name in zip(axes, ("inertia", "silhouette"), strict=True):
        axis.plot(candidates["k"], candidates[name], color=LINE, marker="o", markersize=4, linewidth=1.5)
        chosen = candidates.filter("is_chosen")
        axis.plot(chosen["k"], chosen[name], color=MARK, marker="o", markersize=8, linestyle="none")
        axis.set_title(name, fontsize=9)
        axis.set_xlabel("clusters", fontsize=8)
        axis.set_xticks(candidates["k"].to_list())
    return _markdown(figure, "Inertia and silhouette by number of clusters; the chosen number is marked")


def _figure(columns: int) -> tuple[Figure, list[Axes]]:
    # Not pyplot, which keeps figures and looks for a screen.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DOTS)
    # Fixed margins: a layout that looks for them draws everything twice.
    margins = {"left": 0.08, "right": 0.98, "bottom": 0.19, "top": 0.88, "wspace": 0.2}
    axes = list(figure.subplots(1, columns, gridspec_kw=margins))
    for axis in axes:
        axis.tick_params(labelsize=7)
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _markdown(figure: Figure, words: str) -> str:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = Image.frombytes("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
    small = BytesIO()
    drawn.convert("RGB").quantize(COLOURS).save(small, format="png", optimize=True)
    return f"![{words}](data:image/png;base64,{b64encode(small.getvalue()).decode()})"
