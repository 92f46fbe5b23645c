"""Which model version scores a snapshot, and fitting it when it is due and not there."""

from datetime import date

import polars as pl

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, select
from rfm_assets.segmentation.archetypes import load_archetypes
from rfm_assets.segmentation.gates import scorer
from rfm_assets.segmentation.population import CELL_WIDTH, Population, of_cells, of_customers
from rfm_assets.segmentation.version import Rules, due_on, fit_version
from rfm_assets.settings import Settings

MOST_CUSTOMERS = 50_000  # fitted one by one; more are counted in cells, within 0.1 % of the inertia


def ensure_version(engine: Engine, snapshot_on: date, settings: Settings) -> date | None:
    """Fit the version that is due for a snapshot unless it is there; return the version fitted, or None.

    The version due is that of the first day of the cadence's period, whichever day is run first, so that days run again
    or out of order score the same. Where that day has too few customers (the first weeks of a shop) the snapshot's own
    day is used, once a period.

    With `settings.refit_on_drift`, a version as of the snapshot itself is due too, when the snapshot's customers have
    drifted from the version in force. That depends on the snapshot and the versions up to it, so a day run again finds
    its version and gives the same rows; a day that is first run after later ones can bring a version in before these,
    which they then show when they are run again. Without it (the default) a day's version never depends on which other
    days were run.

    A version fitted with other settings is not the one due: a changed setting counts from the next refresh on.

    Raises:
        ModelError: a version is due and there are too few customers to fit it.
    """
    due = due_on(snapshot_on, settings.model_cadence)
    rules = rules_of(settings)
    versions = engine.read(
        select("model.in_period"), first_on=due, last_on=snapshot_on, fingerprint=rules.fingerprint
    ).row(0, named=True)
    days = (due, snapshot_on)
    if versions["in_period"]:
        if versions["on_snapshot"] or not (settings.refit_on_drift and has_drifted(engine, snapshot_on, settings)):
            return None
        days = (snapshot_on, snapshot_on)
    for model_version in days:
        customers = engine.stage(
            "customers_to_fit", select("rfm.customers"), snapshot_on=model_version, monetary=settings.monetary
        )
        if customers >= rules.min_customers:
            break
    before = scorer(engine.read(select("model.promoted_before"), model_version=model_version))
    tables = fit_version(_population(engine, customers), model_version, rules, is_first=before is None, before=before)
    with engine.transaction():
        for name, frame in tables.items():
            engine.write(TABLES[name], frame, column="model_version", values=[model_version])
    return model_version


def has_drifted(engine: Engine, snapshot_on: date, settings: Settings) -> bool:
    """Return whether the customers of a snapshot have drifted from the version in force; False where there is none."""
    drift = engine.read(select("model.drift"), snapshot_on=snapshot_on)
    indices = pl.max_horizontal("recency_psi", "frequency_psi", "monetary_psi")
    beyond = (pl.col("far_share") > settings.max_far_share) | (indices > settings.max_psi)
    return not drift.filter(beyond).is_empty()


def _population(engine: Engine, customers: int) -> Population:
    if customers <= MOST_CUSTOMERS:
        return of_customers(engine.read(select("model.customers_to_fit")))
    return of_cells(engine.read(select("model.cells"), cell_width=CELL_WIDTH))


def rules_of(settings: Settings) -> Rules:
    """Return how the settings want versions fitted, named and judged."""
    fixed = settings.clusters
    return Rules(
        monetary=settings.monetary,
        numbers=(fixed,) if fixed else tuple(range(settings.min_clusters, settings.max_clusters + 1)),
        min_share=settings.min_segment_share,
        min_stability=settings.min_stability,
        min_customers=settings.min_customers,
        seed=settings.seed,
        archetypes=load_archetypes(settings.archetypes),
        scaling=settings.scaling,
        outlier_fence=settings.outlier_fence,
        min_agreement=settings.min_agreement,
    )
