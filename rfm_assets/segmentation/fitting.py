"""Which model version scores a snapshot, and fitting it when it is due and not there."""

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from rfm_assets.beside import call
from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, select
from rfm_assets.segmentation.cadence import due_on
from rfm_assets.segmentation.gates import Promoted
from rfm_assets.segmentation.population import CELL_WIDTH, Population, of_cells, of_customers
from rfm_assets.segmentation.rules import Rules, rules_of
from rfm_assets.segmentation.scoring import FrozenModel
from rfm_assets.segmentation.version import ModelError, fit_version
from rfm_assets.settings import Settings

POPULATION = "population"  # staged: the customers that the SELECTs of the model look at
MOST_CUSTOMERS = 50_000  # fitted one by one; more are counted in cells, within 0.1 % of the inertia


def ensure_version(
    engine: Engine, snapshot_on: date, settings: Settings, tell: Callable[[str], None] = lambda _: None
) -> date | None:
    """Fit the version that is due for a snapshot unless it is there; return the version fitted, or None.

    The version due is that of the first day of the cadence's period, whichever day is run first, so that days run again
    or out of order score the same; a new shop has more of them (`due_on`). Where that day has too few customers, or too
    few that differ, the snapshot's own day is used, once a period.

    With `settings.refit_on_drift`, a version as of the snapshot itself is due too, when its customers have drifted from
    the version in force.

    A version fitted with other settings is not the one due: a changed setting counts from the next refresh on. Where
    what it makes fails its gates, the version in force goes on; `tell` gets the reason where no table can hold it.

    Which day's customers a version is fitted on does not depend on the days run before; with `refit_on_drift` it does,
    for that brings in a version on whichever day is run. Whether a version is promoted depends on the one promoted
    before it, so history is best run oldest first. A version that is there stays, so a day run again gives the same
    rows, unless a day before it was first run in the meantime and brought in a version of its own.

    Raises:
        ModelError: a version is due and there are too few customers to fit it, or too few that differ.
        ArchetypeError: there are fewer names than clusters.
    """
    fitted = _fit_due(engine, snapshot_on, settings, tell)
    if fitted and fitted < snapshot_on and settings.refit_on_drift:
        # The snapshot's customers may have drifted from the new version, too: a second run of the day would find it.
        return _fit_due(engine, snapshot_on, settings, tell) or fitted
    return fitted


def _fit_due(engine: Engine, snapshot_on: date, settings: Settings, tell: Callable[[str], None]) -> date | None:
    due = due_on(snapshot_on, settings.model_cadence, engine.row(select("rfm.first_sale"))["first_on"])
    rules = rules_of(settings)
    versions = engine.row(select("model.in_period"), first_on=due, last_on=snapshot_on, fingerprint=rules.fingerprint)
    if versions["on_snapshot"] or (versions["in_period"] and not settings.refit_on_drift):
        return None
    days = (snapshot_on,) if versions["in_period"] or versions["in_the_way"] else (due, snapshot_on)
    for model_version in dict.fromkeys(days):
        in_force = engine.row(select("model.in_force"), snapshot_on=model_version)["model_version"]
        try:
            tables = _fit(
                engine,
                model_version,
                rules,
                settings,
                only_if_drifted=bool(versions["in_period"]),
                replaces=in_force == model_version,
            )
        except ModelError:
            if model_version == snapshot_on:
                raise
            continue
        if tables is None:
            return None
        # A version that fails its gates never replaces one that scores: then the snapshot's own day is tried.
        if tables["model.versions"]["promoted"].item() or in_force != model_version:
            with engine.transaction():
                for name, frame in tables.items():
                    engine.write(TABLES[name], frame, column="model_version", values=[model_version])
            return model_version
        if model_version == snapshot_on:
            missed, _, _ = tables["model.versions"]["reason"].item().rpartition("; ")  # what comes of it is said here
            tell(
                f"the model of {snapshot_on} stays as it was fitted, for with the settings as they are now it would "
                f"miss its gates: {missed}"
            )
    return None


def _fit(
    engine: Engine, model_version: date, rules: Rules, settings: Settings, *, only_if_drifted: bool, replaces: bool
) -> Mapping[str, pl.DataFrame] | None:
    """Return the tables of a version as of a day; None when only drift would call for it, and there is none."""
    customers = engine.stage(POPULATION, select("rfm.buyers"), snapshot_on=model_version, monetary=settings.monetary)
    before = promoted_before(engine, model_version)
    drifted = before is not None and has_drifted(engine, model_version, before.model_version, settings)
    if only_if_drifted and not drifted:
        return None
    return call(
        fit_version,
        _population(engine, customers),
        model_version,
        rules,
        before=before,
        before_has_drifted=drifted,
        replaces=replaces,
    )


def promoted_before(engine: Engine, model_version: date) -> Promoted | None:
    """Return the newest version promoted before a day; None where there is none."""
    newest = engine.read(select("model.promoted_before"), model_version=model_version)
    if newest.is_empty():
        return None
    found, settings = newest.row(0)
    return Promoted(found, settings, FrozenModel.read(engine, found))


def store_drift(engine: Engine, snapshot_on: date) -> int:
    """Replace a snapshot of `model.drift`; return the number of rows: 1, or 0 where no version is in force."""
    model_version = engine.row(select("model.in_force"), snapshot_on=snapshot_on)["model_version"]
    engine.stage(POPULATION, select("model.snapshot"), snapshot_on=snapshot_on)
    return engine.store(
        TABLES["model.drift"], select("model.drift"), snapshot_on=snapshot_on, model_version=model_version
    )


def has_drifted(engine: Engine, snapshot_on: date, model_version: date, settings: Settings) -> bool:
    """Return whether the staged population, as of a snapshot, has drifted from a version."""
    drift = engine.read(select("model.drift"), snapshot_on=snapshot_on, model_version=model_version)
    indices = pl.max_horizontal("recency_psi", "frequency_psi", "monetary_psi")
    beyond = (pl.col("far_share") > settings.max_far_share) | (indices > settings.max_psi)
    return not drift.filter(beyond).is_empty()


def _population(engine: Engine, customers: int) -> Population:
    if customers <= MOST_CUSTOMERS:
        return of_customers(engine.read(select("model.population")))
    return of_cells(engine.read(select("model.cells"), cell_width=CELL_WIDTH))
