"""One model version: fitted, named, judged, and turned into the rows of the model tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Literal

import numpy as np
import polars as pl

from rfm_assets.segmentation.archetypes import Archetype
from rfm_assets.segmentation.candidates import Candidate, Choice, choose, try_clusters
from rfm_assets.segmentation.naming import name_clusters
from rfm_assets.segmentation.scaling import FEATURES, Scaling, fit_scaling, log_features

Cadence = Literal["daily", "weekly", "monthly", "quarterly"]


class ModelError(ValueError):
    """No model can be fitted on these customers: the message says why and what to do."""


@dataclass(frozen=True)
class Rules:
    """How a version is fitted, named and judged; see the settings of the same names."""

    monetary: str
    numbers: tuple[int, ...]
    min_share: float
    min_stability: float
    min_customers: int
    seed: int
    archetypes: tuple[Archetype, ...]

    @property
    def fingerprint(self) -> str:
        """The rules as one line: two versions with the same line and the same customers are the same version."""
        names = [(archetype.name, archetype.prototype) for archetype in self.archetypes]
        return (
            f"monetary={self.monetary} numbers={','.join(map(str, self.numbers))} min_share={self.min_share} "
            f"min_stability={self.min_stability} min_customers={self.min_customers} seed={self.seed} "
            f"names={sha256(repr(names).encode()).hexdigest()[:12]}"
        )


def due_on(snapshot_on: date, cadence: Cadence) -> date:
    """Return the first day of the period that the snapshot lies in: the day as of which its version is fitted."""
    if cadence == "daily":
        return snapshot_on
    if cadence == "weekly":
        return snapshot_on - timedelta(days=snapshot_on.weekday())
    month = snapshot_on.month if cadence == "monthly" else 1 + 3 * ((snapshot_on.month - 1) // 3)
    return snapshot_on.replace(month=month, day=1)


def fit_version(
    customers: pl.DataFrame,
    model_version: date,
    rules: Rules,
    *,
    is_first: bool,
) -> Mapping[str, pl.DataFrame]:
    """Return the rows of the model tables for a version fitted on these customers.

    A version whose chosen candidate is not admissible is kept with its reason but not promoted, unless it is the first:
    then there is nothing better to score with.

    Args:
        customers: columns `recency_days`, `frequency` and `monetary`, as of `model_version`.
        model_version: the day that the customers' numbers are of.
        rules: how to fit, name and judge.
        is_first: whether no version was promoted before.

    Returns:
        frames by table name: `model.candidates`, `model.versions`, `model.scaling`, `model.centroids`.

    Raises:
        ModelError: too few customers, or too few that differ.
    """
    if len(customers) < rules.min_customers:
        raise ModelError(
            f"{len(customers):,} customers bought on or before {model_version}, and a model needs "
            f"{rules.min_customers:,} (RFM_MIN_CUSTOMERS): refresh a later day, or bring older files"
        )
    logs = log_features(customers)
    scaling = fit_scaling(logs)
    points = scaling.standardise(logs)
    distinct = len(np.unique(points, axis=0))
    numbers = [k for k in rules.numbers if k < distinct]
    if not numbers:
        raise ModelError(
            f"the {len(customers):,} customers of {model_version} have only {distinct} different values of "
            f"recency, frequency and monetary: too few for {min(rules.numbers)} clusters"
        )
    candidates = try_clusters(points, numbers, rules.seed)
    choice = choose(candidates, rules.min_share, rules.min_stability)
    tables = {
        "model.candidates": _candidate_rows(candidates),
        "model.versions": _version_row(choice, rules, len(customers), is_first),
        "model.scaling": pl.DataFrame({"feature": FEATURES, "mean": scaling.mean, "scale": scaling.scale}),
        "model.centroids": _centroid_rows(choice.candidate, scaling, rules.archetypes),
    }
    version = pl.lit(model_version).alias("model_version")
    return {name: frame.select(version, pl.all()) for name, frame in tables.items()}


def _candidate_rows(candidates: Sequence[Candidate]) -> pl.DataFrame:
    measures = ("k", "inertia", "silhouette", "davies_bouldin", "smallest_share", "stability")
    return pl.DataFrame([{name: getattr(candidate, name) for name in measures} for candidate in candidates])


def _version_row(choice: Choice, rules: Rules, customers: int, is_first: bool) -> pl.DataFrame:
    promoted = choice.admissible or is_first
    verdict = {
        (True, True): "promoted",
        (True, False): "promoted",
        (False, True): "promoted all the same, for there is no earlier version",
        (False, False): "not promoted: the version before goes on",
    }[choice.admissible, is_first]
    chosen = choice.candidate
    return pl.DataFrame([{
        "k": chosen.k,
        "seed": rules.seed,
        "customers": customers,
        "inertia": chosen.inertia,
        "silhouette": chosen.silhouette,
        "settings": rules.fingerprint,
        "promoted": promoted,
        "reason": f"{choice.reason}; {verdict}",
    }])  # fmt: skip


def _centroid_rows(candidate: Candidate, scaling: Scaling, archetypes: Sequence[Archetype]) -> pl.DataFrame:
    standardised = {f"{name}_z": candidate.centroids[:, i] for i, name in enumerate(FEATURES)}
    restored = scaling.restore(candidate.centroids)
    return pl.DataFrame({
        "cluster": np.arange(candidate.k),
        "segment": name_clusters(candidate.centroids, archetypes),
        "customers": np.bincount(candidate.labels, minlength=candidate.k),
        **standardised,
        "recency_days": restored[:, 0],
        "frequency": restored[:, 1],
        "monetary": restored[:, 2],
    })  # fmt: skip
