"""Asset of the rule cards: each model version that scores customers, as rules for people."""

import dagster as dg

from rfm_assets import beside
from rfm_assets.contracts import TABLES
from rfm_assets.defs.catalogue import catalogued, keys, report_day, taken
from rfm_assets.defs.partitions import snapshot_days
from rfm_assets.defs.resources import Warehouse
from rfm_assets.publishing.catalogue import model_entries
from rfm_assets.settings import Settings


@dg.asset(
    **catalogued("model.rule_cards", "scikitlearn", by_day=True),
    deps=keys("segments.customers", "rfm.customers", "model.versions", "model.scaling", "model.centroids"),
)
def rule_cards(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult:
    """The version that scored the snapshot as at most eight rules, and how often they agree with it."""
    from rfm_assets.segmentation.rule_cards import ensure_rule_card

    with warehouse.engine() as engine:
        for day in snapshot_days(context):
            ensure_rule_card(engine, day, settings.monetary, settings.seed)
            count = engine.count(TABLES["model.rule_cards"])
            report_day(context, "model.rule_cards", day, count, model_entries.rule_card(engine, day))
        beside.stop()  # nothing after this asset computes there, and it holds 200 MB
        return taken(warehouse)
