"""What the catalogue shows of the features and the model: numbers before and after, candidates, the promotion."""

from __future__ import annotations

from datetime import date
from math import ceil
from typing import TYPE_CHECKING

from rfm_assets.engines.base import Engine, select
from rfm_assets.publishing.catalogue.entries import Entry
from rfm_assets.publishing.markdown import COUNT, HUNDREDTHS, SHARE, WHOLE, Columns, as_markdown, yes_or_no

if TYPE_CHECKING:
    import polars as pl

_THREE = "{:.3f}".format

SCALING: Columns = {
    "feature": ("", str),
    "mean": ("mean", HUNDREDTHS),
    "deviation": ("deviation", HUNDREDTHS),
    "skewness": ("skewness", HUNDREDTHS),
    "shape": ("shape, the last 1 % at each end in the outermost bars", str),
}
BARS = " ▁▂▃▄▅▆▇█"
BINS = 24  # of sql/report/distributions.sql
VERSIONS: Columns = {
    "model_version": ("version", str),
    "k": ("clusters", str),
    "customers": ("customers", COUNT),
    "inertia": ("inertia", WHOLE),
    "silhouette": ("silhouette", _THREE),
    "agreement": ("agreement", SHARE),
    "promoted": ("promoted", yes_or_no),
}
CANDIDATES: Columns = {
    "k": ("clusters", str),
    "inertia": ("inertia", WHOLE),
    "silhouette": ("silhouette", _THREE),
    "stability": ("stability", _THREE),
    "smallest_share": ("smallest", SHARE),
    "is_elbow": ("elbow", yes_or_no),
    "is_admissible": ("within limits", yes_or_no),
    "is_chosen": ("chosen", yes_or_no),
}
CENTROIDS: Columns = {
    "segment": ("segment", str),
    "customers": ("customers fitted", COUNT),
    "recency_days": ("recency, d", WHOLE),
    "frequency": ("orders", "{:,.1f}".format),
    "monetary": ("money", HUNDREDTHS),
}
RULES: Columns = {
    "rule": ("rule", str),
    "segment": ("segment", str),
    "rule_fidelity": ("as the model", SHARE),
}


def scaling(engine: Engine, snapshot_on: date) -> Entry:
    """Return what the logarithm and the scaling do to each feature: its moments and its shape, before and after."""
    import polars as pl

    found = engine.read(select("catalogue.scaling"), snapshot_on=snapshot_on)
    shapes = _shapes(engine.read(select("report.distributions"), snapshot_on=snapshot_on))
    lines = [
        {
            "feature": f"{row['feature']} {stage}",
            **{name: row[f"{name}_{stage}"] for name in ("mean", "deviation", "skewness")},
            "shape": shapes[row["feature"], stage],
        }
        for row in found.iter_rows(named=True)
        for stage in ("before", "after")
    ]
    skewness = {f"skewness {row['feature']}": row["skewness_after"] for row in found.iter_rows(named=True)}
    return Entry({"before and after scaling": as_markdown(pl.DataFrame(lines), SCALING)}, skewness)


def _shapes(distributions: pl.DataFrame) -> dict[tuple[str, str], str]:
    """Return the histogram of each feature and stage as a line of bars; a bin that has anybody shows."""
    shapes = {}
    for (feature, stage), bins in distributions.group_by("feature", "stage"):
        counts = dict(bins.select("bin", "customers").rows())
        steps = max(counts.values()) / (len(BARS) - 1)
        shapes[str(feature), str(stage)] = "".join(BARS[ceil(counts.get(i, 0) / steps)] for i in range(BINS))
    return shapes


def versions(engine: Engine, snapshot_on: date) -> Entry:
    """Return the last versions, why the newest was promoted or not, and the figures of the one in force."""
    found = engine.read(select("catalogue.versions"), snapshot_on=snapshot_on)
    rows = list(found.iter_rows(named=True))
    if not rows:
        return Entry()
    newest = rows[0]
    in_force = next((row for row in rows if row["promoted"]), None)
    figures = {name: in_force[name] for name in ("k", "inertia", "silhouette")} if in_force else {}
    return Entry(
        {"versions": as_markdown(found, VERSIONS)},
        {"promotion": f"{newest['model_version']}: {newest['reason']}", **figures},
    )


def candidates(engine: Engine, snapshot_on: date) -> Entry:
    """Return the numbers of clusters that the newest version tried."""
    found = engine.read(select("catalogue.candidates"), snapshot_on=snapshot_on)
    if found.is_empty():
        return Entry()
    return Entry(
        {"candidates": as_markdown(found, CANDIDATES)}, {"model_version": found["model_version"][0].isoformat()}
    )


def centroids(engine: Engine, snapshot_on: date) -> Entry:
    """Return where the segments of the version in force lie."""
    return Entry({
        "centroids": as_markdown(engine.read(select("catalogue.centroids"), snapshot_on=snapshot_on), CENTROIDS)
    })  # fmt: skip


def rule_card(engine: Engine, snapshot_on: date) -> Entry:
    """Return the rules of the version that scored the snapshot, and how well they stand in for it."""
    found = engine.read(select("catalogue.rule_card"), snapshot_on=snapshot_on)
    if found.is_empty():
        return Entry()
    return Entry({"rule card": as_markdown(found, RULES)}, {"fidelity": found["fidelity"][0]})
