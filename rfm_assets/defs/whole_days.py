"""Which days a run may publish: those whose segments it makes, and whole ones; never what others left half-made."""

from datetime import date

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.defs.catalogue import key
from rfm_assets.defs.partitions import first_and_last, snapshot_days
from rfm_assets.engines.base import Engine, select

# Without all of these a run does not make its days whole. The playbook is of no day, and the snapshots come last.
MADE_OF = frozenset(
    key(name)
    for name, table in TABLES.items()
    if table.schema == "segments" and name not in ("segments.playbook", "segments.snapshots")
)


def run_days(context: dg.AssetExecutionContext) -> list[date]:
    """Return the days of a run that makes their segments, or goes on with one that did; none of any other run."""
    makes_or_made = _makes_segments(context) or _goes_on(context)
    return snapshot_days(context) if makes_or_made and first_and_last(context.run) else []


def _makes_segments(context: dg.AssetExecutionContext) -> bool:
    layer, chosen = context.job_def.asset_layer, context.run.step_keys_to_execute
    if not layer.selected_asset_keys >= MADE_OF:
        return False
    return chosen is None or {layer.get_op_output_handle(made).node_handle.name for made in MADE_OF} <= set(chosen)


def _goes_on(context: dg.AssetExecutionContext) -> bool:
    """Return whether the run is one executed again from where the segments were made, and no other made any since."""
    if context.run.parent_run_id is None:
        return False
    runs = {context.run.run_id, context.run.parent_run_id, context.run.root_run_id}
    last = [one.asset_entry.last_materialization for one in context.instance.get_asset_records(list(MADE_OF))]
    return len(last) == len(MADE_OF) and all(event is not None and event.run_id in runs for event in last)


def require_whole_days(context: dg.AssetExecutionContext, engine: Engine, of_shop: str) -> None:
    """Return when the run made the segments of its days, or they are whole: else the days would count as published.

    Args:
        context: of what a run ends with.
        engine: of the warehouse.
        of_shop: what a command says of the shop.

    Raises:
        Failure: a day has no segments, or its run did not come to its end.
    """
    if run_days(context) or not first_and_last(context.run):
        return
    whole = set(engine.read(select("segments.days"))["snapshot_on"]) - set(withheld_days(engine, []))
    for day in snapshot_days(context):
        if day not in whole:
            raise dg.Failure(
                f"There is no whole snapshot of {day}, and this run makes none: what was published before stays. "
                f"`make refresh{of_shop} DAY={day}` makes and publishes it; to publish again, name a day that there is",
                allow_retries=False,
            )


def withheld_days(engine: Engine, made: list[date]) -> list[date]:
    """Return the snapshots that others may not see: half-made, and not by the run that made these."""
    return engine.read(select("published.withheld"), run_days=made)["snapshot_on"].to_list()
