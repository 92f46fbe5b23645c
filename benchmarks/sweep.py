"""Choosing K on the real customers: our sweep with all its metrics against a notebook's elbow and silhouette loops."""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from online_retail import real_tables
from recipes import SQL
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

from rfm_assets.segmentation.candidates import try_clusters
from rfm_assets.segmentation.kmeans import Points
from rfm_assets.settings import Settings

LIMIT = 0.25  # ours / the notebook's loops
SEED = 42


def loops(points: np.ndarray) -> None:
    """Do what the notebook does: an elbow over K 1 to 10, then silhouettes over K 2 to 10."""
    for k in range(1, 11):
        KMeans(k, n_init=10, random_state=SEED).fit(points)
    for k in range(2, 11):
        silhouette_score(points, KMeans(k, n_init=10, random_state=SEED).fit_predict(points))


def sweep(points: np.ndarray) -> None:
    """Do what a version's fit does: all metrics over the K of the default settings, stability under resampling too."""
    settings = Settings.model_construct()
    try_clusters(Points(points), range(settings.min_clusters, settings.max_clusters + 1), SEED)


def seconds(work: Callable[[np.ndarray], None], points: np.ndarray) -> float:
    """Return how long the work takes."""
    start = time.perf_counter()
    work(points)
    return time.perf_counter() - start


def main() -> None:
    """Measure both in turn and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path, help="the CSV; default: from the folder that RFM_ONLINE_RETAIL names")
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each, after one warm-up (default 5)")
    args = parser.parse_args()
    try:
        with real_tables(args.csv) as engine:
            sales = engine.read((SQL / "sales.sql").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        sys.exit(str(error))
    values = sales.select("recency", "frequency", "monetary").cast(pl.Float64).to_numpy()
    points = StandardScaler().fit_transform(np.log1p(values))
    pairs = [(seconds(sweep, points), seconds(loops, points)) for _ in range(args.runs + 1)][1:]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(mine / other for mine, other in pairs)
    verdict = "met" if ratio <= LIMIT else "not met"
    print(f"{len(points):,} customers: sweep {ours:.2f} s, the notebook's loops {theirs:.2f} s")
    print(f"target: sweep / loops <= {LIMIT}: {ratio:.2f}, {verdict}")


if __name__ == "__main__":
    main()
