"""One model version: fitted, named, judged, and turned into the rows of the model tables."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl

from rfm_assets.contracts.model import FEATURES
from rfm_assets.segmentation.candidates import Candidate, best_inertia, choose, is_admissible, try_clusters
from rfm_assets.segmentation.gates import Promoted, agreement, judge
from rfm_assets.segmentation.kmeans import Points
from rfm_assets.segmentation.naming import name_clusters, name_distances
from rfm_assets.segmentation.population import Population, of_customers
from rfm_assets.segmentation.rules import Rules
from rfm_assets.segmentation.scaling import fences, fit_scaling
from rfm_assets.segmentation.scoring import FrozenModel
from rfm_assets.segmentation.training import far_distance, training_rows


class ModelError(ValueError):
    """No model can be fitted on these customers: the message says why and what to do."""


def fit_version(
    customers: pl.DataFrame | Population,
    model_version: date,
    rules: Rules,
    *,
    before: Promoted | None = None,
    before_has_drifted: bool = False,
    replaces: bool = False,
) -> Mapping[str, pl.DataFrame]:
    """Return the rows of the model tables for a version fitted on these customers.

    Outliers (`rules.outlier_fence`) are left out of everything but the agreement with the version before. A version
    that fails a gate is kept with its reason but not promoted, unless it is the first: then there is nothing better to
    score with.

    Args:
        customers: columns `recency_days`, `frequency` and `monetary`, as of `model_version`; or a population.
        model_version: the day that the customers' numbers are of.
        rules: how to fit, name and judge.
        before: the newest version promoted before; with settings that ask for the same segments it is agreed with.
        before_has_drifted: whether the customers have drifted from that version: then they may be renamed.
        replaces: whether it would take the place of a version of the same day that scores.

    Returns:
        frames by table name: `model.candidates`, `model.versions`, `model.scaling`, `model.centroids`,
        `model.training`.

    Raises:
        ModelError: too few customers, or too few that differ.
    """
    everybody = customers if isinstance(customers, Population) else of_customers(customers)
    _demand(everybody.customers, model_version, rules)
    lower, upper = fences(everybody.logs, everybody.weights, rules.outlier_fence)
    is_inside = (everybody.logs >= lower) & (everybody.logs <= upper)
    fitted = everybody.only(np.all(is_inside, axis=1))
    moments = fit_scaling(fitted.logs, weights=fitted.weights, variances=fitted.variances)
    scaling = fit_scaling(fitted.logs, rules.scaling, weights=fitted.weights, variances=fitted.variances)
    standardised = scaling.standardise(fitted.logs)
    distinct = len(np.unique(standardised, axis=0))
    numbers = [k for k in rules.numbers if k < distinct]
    if not numbers:
        raise ModelError(
            f"the {fitted.customers:,} customers of {model_version} have only {distinct} different values of "
            f"recency, frequency and monetary: too few for {min(rules.numbers)} clusters. Refresh a later day, or "
            "bring older files"
        )
    within = float(fitted.weights @ (fitted.variances / scaling.scale**2).sum(axis=1))
    points = Points(standardised, fitted.weights if fitted.are_cells else None, within)
    candidates = try_clusters(points, numbers, rules.seed)
    choice = choose(candidates, rules.min_share, rules.min_stability)
    chosen = choice.candidate
    model = FrozenModel(scaling, chosen.centroids, np.array(name_clusters(chosen.centroids, rules.archetypes)))
    comparable = before if before and before.settings.startswith(rules.kind) else None
    agreed = agreement(everybody, comparable.model, model) if comparable else None
    verdict = judge(
        choice,
        is_first=before is None and not replaces,
        best_inertia=best_inertia(points, chosen.k, rules.seed),
        agreed=agreed,
        min_agreement=rules.min_agreement,
        before=comparable.model_version if comparable else None,
        before_has_drifted=before_has_drifted,
    )
    version = {
        "k": chosen.k,
        "seed": rules.seed,
        "customers": fitted.customers,
        "outliers": everybody.customers - fitted.customers,
        "inertia": chosen.inertia,
        "silhouette": chosen.silhouette,
        "far_distance": far_distance(standardised, fitted.weights, chosen.centroids),
        "agreement": agreed,
        "settings": rules.fingerprint,
        "promoted": verdict.promoted,
        "reason": verdict.reason,
    }
    scales = {
        "mean": scaling.mean,
        "scale": scaling.scale,
        "lower_fence": lower,
        "upper_fence": upper,
        "log_mean": moments.mean,
        "log_deviation": moments.scale,
    }
    tables = {
        "model.candidates": _candidate_rows(candidates, chosen, rules),
        "model.versions": pl.DataFrame([version], schema_overrides={"agreement": pl.Float64}),
        "model.scaling": pl.DataFrame({"feature": FEATURES, **scales}),
        "model.centroids": _centroid_rows(model, chosen, fitted.weights, rules),
        "model.training": training_rows(fitted),
    }
    named = pl.lit(model_version).alias("model_version")
    return {name: frame.select(named, pl.all()) for name, frame in tables.items()}


def _demand(customers: int, model_version: date, rules: Rules) -> None:
    if customers < rules.min_customers:
        raise ModelError(
            f"{customers:,} customer{'' if customers == 1 else 's'} bought on or before {model_version}, and a model "
            f"needs {rules.min_customers:,} (RFM_MIN_CUSTOMERS): refresh a later day, or bring older files"
        )


def _candidate_rows(candidates: Sequence[Candidate], chosen: Candidate, rules: Rules) -> pl.DataFrame:
    measures = (
        "k", "inertia", "silhouette", "davies_bouldin", "calinski_harabasz", "smallest_share", "stability", "is_elbow",
    )  # fmt: skip
    return pl.DataFrame([
        {
            **{name: getattr(candidate, name) for name in measures},
            "is_admissible": is_admissible(candidate, rules.min_share, rules.min_stability),
            "is_chosen": candidate is chosen,
        }
        for candidate in candidates
    ])  # fmt: skip


def _centroid_rows(model: FrozenModel, chosen: Candidate, weights: np.ndarray, rules: Rules) -> pl.DataFrame:
    standardised = {f"{name}_z": chosen.centroids[:, i] for i, name in enumerate(FEATURES)}
    restored = model.scaling.restore(chosen.centroids)
    return pl.DataFrame({
        "cluster": np.arange(chosen.k),
        "segment": model.segments,
        "customers": np.bincount(chosen.labels, weights, chosen.k).astype(np.int64),
        **standardised,
        "recency_days": restored[:, 0],
        "frequency": restored[:, 1],
        "monetary": restored[:, 2],
        "name_distance": name_distances(chosen.centroids, model.segments, rules.archetypes),
    })  # fmt: skip
