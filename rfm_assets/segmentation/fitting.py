"""Which model version scores a snapshot, and fitting it when it is due and not there."""

from datetime import date

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, select
from rfm_assets.segmentation.archetypes import load_archetypes
from rfm_assets.segmentation.version import Rules, due_on, fit_version
from rfm_assets.settings import Settings


def ensure_version(engine: Engine, snapshot_on: date, settings: Settings) -> date | None:
    """Fit the version that is due for a snapshot unless it is there; return the version fitted, or None.

    The version due is that of the first day of the cadence's period, whichever day is run first, so that days run again
    or out of order score the same. Where that day has too few customers (the first weeks of a shop) the snapshot's own
    day is used, once a period.

    A version fitted with other settings is not the one due: a changed setting counts from the next refresh on.

    Raises:
        ModelError: a version is due and there are too few customers to fit it.
    """
    due = due_on(snapshot_on, settings.model_cadence)
    rules = rules_of(settings)
    versions = engine.read(
        select("model.in_period"), first_on=due, last_on=snapshot_on, fingerprint=rules.fingerprint
    ).row(0, named=True)
    if versions["in_period"]:
        return None
    for model_version in (due, snapshot_on):
        customers = engine.read(select("rfm.customers"), snapshot_on=model_version, monetary=settings.monetary)
        if len(customers) >= rules.min_customers:
            break
    tables = fit_version(customers, model_version, rules, is_first=not versions["promoted_before"])
    with engine.transaction():
        for name, frame in tables.items():
            engine.write(TABLES[name], frame, column="model_version", values=[model_version])
    return model_version


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
    )
