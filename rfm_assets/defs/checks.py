"""Asset checks: each table against its contract, and the sums that must agree. A blocking one stops what follows."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

import dagster as dg

from rfm_assets.contracts import TABLES, clean, raw, validation
from rfm_assets.contracts.offenders import REPEATED, WRONG, offenders, offenders_in_words
from rfm_assets.contracts.violations import UNCHECKED, Subset, faults, limits, violations
from rfm_assets.defs.catalogue import POOL, key
from rfm_assets.defs.check_rules import RULES, RowsWrong, remedy
from rfm_assets.defs.evaluations import is_by_itself
from rfm_assets.defs.partitions import first_and_last, named_days
from rfm_assets.defs.resources import Warehouse
from rfm_assets.engines.base import Engine, Parameter, select
from rfm_assets.ingestion.checked import DAYS, FILES, remember, stage_unchecked
from rfm_assets.publishing.catalogue.faults import row_in_words, rows_as_markdown, rows_counted, rows_in_words
from rfm_assets.settings import SECRETS, Settings

SHOWN = 10  # offending rows
CONTRACT = "contract"
SNAPSHOT = "snapshot_on"

# One step a group keeps runs fast; a group holds no table and its own descendant, or blocking would be a circle.
GROUPS = {
    "raw_checks": tuple(raw.TABLES),
    "clean_checks": tuple(clean.TABLES),
    "rfm_grid_checks": ("rfm.grid",),
    "rfm_customers_checks": ("rfm.customers", "rfm.snapshots"),
    "model_checks": ("model.candidates", "model.versions", "model.scaling", "model.centroids", "model.training"),
    "model_drift_checks": ("model.drift",),
    "features_customers_checks": ("features.customers",),
    "segments_playbook_checks": ("segments.playbook",),
    "segments_customers_checks": ("segments.customers",),
    "segments_summary_checks": (
        "segments.profiles",
        "segments.profile_products",
        "segments.profile_countries",
        "segments.customer_moves",
        "segments.moves",
    ),
    "segments_reasons_checks": ("segments.reasons",),
    "model_rule_cards_checks": ("model.rule_cards",),
    "validation_checks": tuple(validation.TABLES),
}

# Lines. Up to here everything is looked at each time, which is quick, and shows changes behind the pipeline's back too.
WHOLE_UP_TO = 1_000_000
REMEMBERED = {"raw_checks": FILES, "clean_checks": DAYS}


def blocking_checks(tables: Sequence[str]) -> list[dg.AssetCheckKey]:
    """Return the blocking checks of tables."""
    contracts = [dg.AssetCheckKey(key(table), CONTRACT) for table in tables]
    return contracts + [dg.AssetCheckKey(key(r.table), r.name) for r in RULES if r.blocking and r.table in tables]


def contract_spec(table: str) -> dg.AssetCheckSpec:
    """Return the check of a table against its contract."""
    promise = "Columns, keys, limits and allowed values are as rfm_assets/contracts says."
    return dg.AssetCheckSpec(CONTRACT, asset=key(table), blocking=True, description=promise)


def _group(name: str, tables: Sequence[str]) -> dg.AssetChecksDefinition:
    rules = [rule for rule in RULES if rule.table in tables]
    not_blocking = {rule.name for rule in rules if not rule.blocking}
    specs = [contract_spec(table) for table in tables] + [
        dg.AssetCheckSpec(rule.name, asset=key(rule.table), blocking=rule.blocking, description=rule.promise)
        for rule in rules
    ]

    # Without can_subset, an asset could not be materialised without the others of its group.
    @dg.multi_asset_check(name=name, specs=specs, pool=POOL, can_subset=True)
    def checks(
        context: dg.AssetCheckExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
    ) -> Iterator[dg.AssetCheckResult]:
        # The days are those of the run, and not the limits that settings of the same names set.
        values, days = settings.model_dump(exclude=SECRETS) | snapshots_of(context.run), named_days(context.run)
        asked = context.selected_asset_check_keys
        remembered = REMEMBERED.get(name)
        passed = True
        # While Dagster stores the result of one check, the next one is computed.
        with warehouse.engine() as engine, ThreadPoolExecutor(1) as ahead:
            # What was not looked at passed before and was not changed since. A check asked for by itself looks at all.
            only_unchecked = remembered is not None and stage_unchecked(engine, remembered)
            only_unchecked = only_unchecked and not is_by_itself(context)
            only_unchecked = only_unchecked and engine.count(TABLES["raw.transactions"]) > WHOLE_UP_TO
            looks = [
                partial(contract_result, engine, table, values, UNCHECKED.get(table) if only_unchecked else None, days)
                for table in tables
                if dg.AssetCheckKey(key(table), CONTRACT) in asked
            ] + [
                partial(_rule_result, engine, rule, values, rule.select_new if only_unchecked else None, days)
                for rule in rules
                if dg.AssetCheckKey(key(rule.table), rule.name) in asked
            ]
            for result in ahead.map(copy_context().run, looks):  # the step's context goes with them
                passed = passed and (result.passed or result.check_name in not_blocking)
                yield result
            if remembered and passed and len(asked) == len(specs):
                remember(engine, remembered)

    return checks


def snapshots_of(run: dg.DagsterRun) -> dict[str, Parameter]:
    """Return the snapshots that the run is about; all of them when it is about none."""
    first, last = first_and_last(run) or ("0001-01-01", "9999-12-31")
    return {"first_snapshot": first, "last_snapshot": last}


def contract_result(
    engine: Engine, name: str, values: dict[str, Parameter], subset: Subset | None = None, days: Sequence[str] = ()
) -> dg.AssetCheckResult:
    """Look at a table, or a subset, by its contract; of days named one by one, the first that breaks it decides."""
    table = TABLES[name]
    found = engine.row(faults(table, subset), **values)
    for day in days if table.partition and (found["broken"] or found["duplicates"]) else ():
        values = values | {"first_snapshot": day, "last_snapshot": day}
        found = engine.row(faults(table, subset), **values)
        if found["broken"] or found["duplicates"]:
            break
    repeated = found["duplicates"]
    metadata: dict[str, dg.RawMetadataValue] = {"rows looked at": found["row_count"]}
    if subset:
        metadata["rows in all"] = engine.count(table)
    passed = not found["broken"] and not repeated
    if passed:
        description = None
    else:
        counts = engine.row(violations(table, subset), **values)
        broken = {limit: count for i, limit in enumerate(limits(table)) if (count := counts[f"limit_{i}"])}
        words = {limit.meaning: count for limit, count in broken.items()} | ({REPEATED: repeated} if repeated else {})
        select_them = offenders(table, tuple(broken), is_repeated=bool(repeated), most=SHOWN)
        first = offenders_in_words(engine.read(select_them, **values), tuple(broken), is_repeated=bool(repeated))
        metadata[f"first {SHOWN}"] = dg.MetadataValue.md(rows_as_markdown(first))
        counted = "; ".join(f"{meaning} in {rows_counted(count)}" for meaning, count in words.items())
        description = (
            f"{name} breaks its contract: {counted}. The first: {row_in_words(first.drop(WRONG))}. {remedy(table)}"
        )
    return dg.AssetCheckResult(
        asset_key=key(name), check_name=CONTRACT, passed=passed, description=description, metadata=metadata
    )


def _rule_result(
    engine: Engine, rule: RowsWrong, values: dict[str, Parameter], select_new: str | None, days: Sequence[str]
) -> dg.AssetCheckResult:
    wrong = engine.read(select(f"checks.{select_new or rule.select}"), **values)
    if days and SNAPSHOT in wrong.columns:
        wrong = wrong.filter(wrong[SNAPSHOT].cast(str).is_in(days))
    metadata: dict[str, dg.RawMetadataValue] = {"offending rows": len(wrong)}
    if rule.figures:
        metadata |= engine.row(select(f"checks.{rule.figures}"))
    description = None
    if len(wrong):
        metadata[f"first {SHOWN}"] = dg.MetadataValue.md(rows_as_markdown(wrong.head(SHOWN)))
        description = f"Expected: {rule.promise} Broken by {rows_in_words(wrong)}. {rule.remedy}"
    return dg.AssetCheckResult(
        asset_key=key(rule.table),
        check_name=rule.name,
        passed=wrong.is_empty(),
        severity=rule.severity,
        description=description,
        metadata=metadata,
    )


@dg.definitions
def checks() -> dg.Definitions:
    """Return the checks of every table."""
    return dg.Definitions(asset_checks=[_group(name, tables) for name, tables in GROUPS.items()])
