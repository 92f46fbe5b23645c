"""How still the names of segments stay from day to day: ours, and those of a model fitted anew each day."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from rfm_assets.segmentation.archetypes import Archetype
from rfm_assets.segmentation.kmeans import one_thread
from rfm_assets.segmentation.naming import name_clusters
from rfm_assets.segmentation.scaling import fit_scaling, log_features
from rfm_assets.segmentation.scoring import FrozenModel

NAIVE_STARTS = 10  # as notebooks have it
REFITS = 2  # at a time: a refit has one thread, and the digits of one thread


@dataclass(frozen=True)
class Day:
    """A day of the replay: its customers, and the model in force with the day that it was fitted as of."""

    day_on: date
    customers: pl.DataFrame
    model_version: date
    model: FrozenModel


@dataclass(frozen=True)
class Comparison:
    """Two labellings of the same customers, compared."""

    customers: int
    agreement: float
    matched_agreement: float
    is_permuted: bool


def compare(before: pl.DataFrame, after: pl.DataFrame) -> Comparison:
    """Return how far the labels of two days agree on the customers that both have.

    The labels are permuted when some one-to-one matching of the labels of the day before to those of the day after
    agrees on more customers than each label matched to itself. A label that only one of the days has can be matched
    too, so that a segment that goes on under another name counts as permuted.

    Args:
        before: columns `customer_id` and `label`.
        after: the same of the day after.

    Raises:
        ValueError: no customer is in both.

    Source: H. W. Kuhn, "The Hungarian method for the assignment problem", 1955; scipy.optimize.linear_sum_assignment.
    """
    from scipy.optimize import linear_sum_assignment

    pairs = before.join(after, on="customer_id", suffix="_after").group_by("label", "label_after").len()
    if pairs.is_empty():
        raise ValueError("the two days have no customer in common: nothing can be compared")
    labels = sorted({*pairs["label"], *pairs["label_after"]})
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for label, label_after, customers in pairs.iter_rows():
        counts[labels.index(label), labels.index(label_after)] = customers
    as_they_are, matched = np.trace(counts), counts[linear_sum_assignment(counts, maximize=True)].sum()
    total = counts.sum()
    return Comparison(int(total), float(as_they_are / total), float(matched / total), bool(matched > as_they_are))


def replay(days: Iterable[Day], k: int, seed: int, archetypes: Sequence[Archetype]) -> pl.DataFrame:
    """Return how far each day's labels agree with those of the day before, three labellings side by side.

    Args:
        days: in order, each the day after the one before it.
        k: number of clusters of the daily refits.
        seed: of the daily refits, the same every day.
        archetypes: names for the clusters of the daily refits.

    Returns:
        the columns of `validation.stability` from `labelling` on; no row for the first day.
    """
    rows = []
    before: dict[str, pl.DataFrame] = {}
    version_before = None
    with one_thread():
        for day, refit in _refitted(days, k, seed, archetypes):
            labels = {"frozen": day.model.segment(day.customers), **refit.result()}
            after = {name: _labelled(day.customers, values) for name, values in labels.items()}
            for name in before:
                is_frozen = name == "frozen"
                compared = compare(before[name], after[name])
                rows.append({
                    "labelling": name,
                    "day_on": day.day_on,
                    "k": day.model.k if is_frozen else k,
                    "is_refitted": day.model_version != version_before if is_frozen else True,
                    **vars(compared),
                })  # fmt: skip
            before, version_before = after, day.model_version
    return pl.DataFrame(rows)


def summary(stability: pl.DataFrame) -> pl.DataFrame:
    """Return one row per labelling: how still its labels stayed over the replay, ours first.

    Args:
        stability: rows of `validation.stability` of one snapshot.

    Returns:
        columns `labelling`, `days`, `mean_agreement`, `least_agreement`, `least_on` and `permutations`.
    """
    least = pl.col("day_on").sort_by("agreement", "day_on").first()
    return stability.group_by("labelling").agg(
        pl.len().alias("days"),
        pl.col("agreement").mean().alias("mean_agreement"),
        pl.col("agreement").min().alias("least_agreement"),
        least.alias("least_on"),
        pl.col("is_permuted").sum().alias("permutations"),
    ).sort("labelling")  # fmt: skip


def _refitted(
    days: Iterable[Day], k: int, seed: int, archetypes: Sequence[Archetype]
) -> Iterator[tuple[Day, Future[dict[str, np.ndarray]]]]:
    """Yield the days in order, each with its refit, while those after it are under way."""
    with ThreadPoolExecutor(REFITS) as beside:
        waiting: deque[tuple[Day, Future[dict[str, np.ndarray]]]] = deque()
        try:
            for day in days:
                waiting.append((day, beside.submit(_refit, day.customers, k, seed, archetypes)))
                if len(waiting) > REFITS:
                    yield waiting.popleft()
            yield from waiting
        finally:  # after an interrupt nobody takes what has not begun
            beside.shutdown(wait=False, cancel_futures=True)


def _refit(customers: pl.DataFrame, k: int, seed: int, archetypes: Sequence[Archetype]) -> dict[str, np.ndarray]:
    from sklearn.cluster import KMeans

    logs = log_features(customers)
    with one_thread():  # a limit holds for the thread that sets it
        fitted = KMeans(k, n_init=NAIVE_STARTS, random_state=seed).fit(fit_scaling(logs).standardise(logs))
    names = np.array(name_clusters(fitted.cluster_centers_, archetypes))
    return {
        "refit_daily": np.array([f"cluster {i}" for i in range(k)])[fitted.labels_],
        "refit_daily_named": names[fitted.labels_],
    }


def _labelled(customers: pl.DataFrame, labels: np.ndarray) -> pl.DataFrame:
    return customers.select("customer_id", pl.Series("label", labels.tolist()))
