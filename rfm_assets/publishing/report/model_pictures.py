"""Pictures of the model: the numbers before and after scaling, and how the number of clusters was chosen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rfm_assets.contracts.model import FEATURES
from rfm_assets.publishing.markdown import WHOLE, yes_or_no
from rfm_assets.publishing.report import scales
from rfm_assets.publishing.report.figures import Figures
from rfm_assets.publishing.report.pictures import Chart, Picture
from rfm_assets.publishing.report.tables import columns, table
from rfm_assets.publishing.report.words import count, listed, share, short

STAGES = {"before": "as it is", "after": "after logarithm and scaling"}


def model_pictures(figures: Figures) -> list[Picture]:
    """Return the distributions, and inertia and silhouette by number of clusters."""
    return [_distributions(figures), _clusters(figures)]


def _distributions(figures: Figures) -> Picture:
    rows = figures.frames["distributions"].to_dicts()
    drawn, cells = [], []
    units = ("days since the last order", "orders", f"revenue, {figures.currency}")
    for stage, words in STAGES.items():
        write = short if stage == "before" else _tenths
        for feature, unit in zip(FEATURES, units, strict=True):
            bins = [row for row in rows if row["feature"] == feature and row["stage"] == stage]
            bins = [{**row, "label": _interval(row, bins, write)} for row in bins]
            fullest = max(bins, key=lambda row: row["customers"])
            part = fullest["customers"] / sum(row["customers"] for row in bins)
            title = unit if stage == "before" else "standard deviations"
            chart = scales.histogram(bins, title, "~s" if stage == "before" else ".1f")
            told = f"the fullest bin, {fullest['label']}, holds {share(part)}"
            drawn.append(Chart(chart, f"Histogram of {feature} {words}: {told}.", f"{feature.capitalize()}, {words}"))
            ends = _tenths(bins[0]["at_least"]), _tenths(bins[-1]["below"])
            cells.append([feature, words, *ends, fullest["label"], share(part)])
    return Picture(
        "distributions",
        "The numbers before and after scaling",
        "Most customers order seldom and little, and a few order a great deal. Clusters are looked for in the "
        "logarithms, scaled to centre 0 and spread 1, where those few do not drown out the others.",
        drawn,
        table("distributions-table", ["Feature", "Stage", "From", "To", "Fullest bin", "Customers in it"], cells,
              left=(0, 1)),
        note="The outermost bins also hold the most extreme 1% at each end.",
        is_wide=True,
    )  # fmt: skip


def _tenths(number: float) -> str:
    return f"{round(number, 1) + 0.0:,.1f}"  # -0.0 is 0.0


def _interval(row: Mapping[str, Any], bins: Sequence[Mapping[str, Any]], write: Callable[[float], str]) -> str:
    """Return which numbers are in a bin: the first and the last hold all that lie beyond, too."""
    if len(bins) == 1:
        return "all alike"
    at_least, below = write(row["at_least"]), write(row["below"])
    if row == bins[0]:
        return f"below {below}"
    return f"{at_least} or more" if row == bins[-1] else f"{at_least} to below {below}"


def _clusters(figures: Figures) -> Picture:
    rows = figures.frames["candidates"].to_dicts()
    chosen = [row for row in rows if row["is_chosen"]]
    version = figures.rows["version"]
    tried = listed([str(row["k"]) for row in rows])
    numbers = f"K = {tried} were tried. " if len(rows) > 1 else ""
    reason = version.get("reason", "what was tried for the version that scored this snapshot is not known")
    sentence = f"{numbers}{reason[:1].upper()}{reason[1:]}."
    told = [f"K = {row['k']} {row['silhouette']:.3f}" for row in rows]
    fell = [f"K = {row['k']} {count(row['inertia'])}" for row in rows]
    mark = f"; K = {chosen[0]['k']} is chosen" if chosen else ""
    drawn = [
        Chart(scales.by_clusters(rows, "inertia", "inertia", "~s"),
              f"Line of inertia, the elbow: {listed(fell)}{mark}.", "Inertia: look for an elbow"),
        Chart(scales.by_clusters(rows, "silhouette", "silhouette", ".3f"),
              f"Line of the silhouette: {listed(told)}{mark}.", "Silhouette: higher is better"),
    ]  # fmt: skip
    return Picture(
        "clusters",
        "How many segments there should be",
        sentence,
        drawn if len(rows) > 1 else [],  # a point is no line
        table(
            "clusters-table",
            ["K", "Inertia", "Silhouette", "Davies-Bouldin", "Calinski-Harabasz", "Smallest segment", "Stability",
             "Elbow", "Within limits", "Chosen"],
            columns(rows, ("k", str), ("inertia", WHOLE), ("silhouette", "{:.3f}".format),
                    ("davies_bouldin", "{:.3f}".format), ("calinski_harabasz", WHOLE),
                    ("smallest_share", "{:.2%}".format), ("stability", "{:.3f}".format),
                    ("is_elbow", yes_or_no), ("is_admissible", yes_or_no), ("is_chosen", yes_or_no)),
        ),
        is_wide=True,
    )  # fmt: skip
