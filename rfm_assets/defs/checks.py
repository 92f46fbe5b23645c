"""Asset checks: each table against its contract, and the sums that must agree. A blocking one stops what follows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg

from rfm_assets.contracts import TABLES
from rfm_assets.contracts.violations import UNCHECKED, Part, limits, violations
from rfm_assets.defs.catalogue import POOL, key
from rfm_assets.defs.resources import Warehouse
from rfm_assets.engines.base import Engine, Parameter, select
from rfm_assets.ingestion.checked import DAYS, FILES, remember, stage_unchecked
from rfm_assets.settings import Settings

if TYPE_CHECKING:
    import polars as pl

SHOWN = 10  # offending rows
CONTRACT = "contract"


@dataclass(frozen=True)
class RowsWrong:
    """A check that passes when its SELECT, `sql/checks/<select>.sql`, gives no row; `figures` gives one row to show."""

    table: str
    name: str
    select: str
    promise: str
    remedy: str
    blocking: bool = True
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR
    figures: str | None = None
    # In place of `select` while only files or days that are new since they last passed are looked at.
    select_new: str | None = None


RULES = (
    RowsWrong(
        "raw.files", "every_line_stored", "unread_lines",
        "Each line read from a file is stored or listed as unreadable.",
        "The rows name the files. Take the file out of landing, put it back changed by an empty line, and refresh.",
        select_new="unread_new_lines",
    ),
    RowsWrong(
        "raw.files", "files_readable", "failed_files",
        "Each file in landing could be read.",
        "Mend or remove the files named; the others were loaded, and an earlier version of the same name still counts.",
        blocking=False,
    ),
    RowsWrong(
        "raw.files", "files_not_shortened", "shortened_files",
        "No new version of a file has far fewer lines than the one that it replaced, or lost its first or last day.",
        "Was the file cut off on its way? Then bring it whole, under the same name. If not, nothing is to be done: the "
        "next run is silent.",
        blocking=False, severity=dg.AssetCheckSeverity.WARN,
    ),
    RowsWrong(
        "clean.transactions", "files_reconciled", "unreconciled_files",
        "Lines read are lines accepted, rejected, counted in another file, or unreadable: file by file and in all, in "
        "lines and in money.",
        "The rows name the files. Clean and raw disagree, which only a change behind the pipeline's back brings about.",
        select_new="unreconciled_days",
    ),
    RowsWrong(
        "clean.guests", "guests_add_up", "guests_off",
        "The guests of each business day add up to the ledger's lines without a customer, in lines and in money.",
        "The rows name the days. A line without a customer is missing from sql/clean/guests.sql.",
        figures="guest_share",
    ),
    RowsWrong(
        "clean.ledger", "days_balanced", "unbalanced_days",
        "The classes of each business day add up to what was read, in lines and in money.",
        "The rows name the days. A reason is missing from sql/clean/ledger.sql.",
    ),
    RowsWrong(
        "rfm.customers", "snapshot_within_data", "snapshots_after_data",
        "No snapshot is later than the last order.",
        "Files may be late: bring them into landing and refresh the days named again.",
        blocking=False, severity=dg.AssetCheckSeverity.WARN,
    ),
    RowsWrong(
        "model.versions", "newest_version_promoted", "versions_not_promoted",
        "The newest model version passed its gates.",
        "Nothing is renamed: the version before goes on. The reason tells what to look at.",
        blocking=False, severity=dg.AssetCheckSeverity.WARN,
    ),
    RowsWrong(
        "model.drift", "customers_as_trained", "drifted_snapshots",
        "The customers are like those that the model was fitted on (RFM_MAX_PSI, RFM_MAX_FAR_SHARE).",
        "Segments keep their meaning but fit less well. A refit comes with the cadence, or at once with "
        "RFM_REFIT_ON_DRIFT=true.",
        blocking=False, severity=dg.AssetCheckSeverity.WARN,
    ),
    RowsWrong(
        "segments.customers", "one_segment_each", "customers_without_segment",
        "Each customer of the snapshot is in exactly one segment.",
        "Materialise features.customers and segments.customers of the days named again.",
    ),
    RowsWrong(
        "segments.profiles", "profiles_add_up", "profiles_off",
        "The profiles add up to the customers and their money.",
        "Materialise segments.profiles of the days named again.",
    ),
    RowsWrong(
        "segments.profiles", "no_tiny_segment", "tiny_segments",
        "No segment has less than RFM_MIN_SEGMENT_SHARE of the customers.",
        "A campaign on so few says little; a refit may be due.",
        blocking=False, severity=dg.AssetCheckSeverity.WARN,
    ),
    RowsWrong(
        "segments.moves", "moves_balance", "moves_off",
        "Previous customers plus arrived less erased are the current ones.",
        "Materialise segments.customers and segments.moves of the days named again, oldest first.",
    ),
    RowsWrong(
        "validation.stability", "names_stay", "unsteady_days",
        "Over the replay, RFM_MIN_DAILY_AGREEMENT of the customers keep their segment every day, and no name moves.",
        "Where is_refitted is true a new model version did it: see its reason in model.versions. Otherwise customers "
        "moved by themselves.",
        blocking=False, severity=dg.AssetCheckSeverity.WARN,
    ),
)  # fmt: skip

# One step a group keeps runs fast; a group holds no table and its own descendant, or blocking would be a circle.
GROUPS = {
    "raw_checks": (
        "raw.files",
        "raw.landed_files",
        "raw.transactions",
        "raw.unreadable",
        "raw.days",
        "raw.excluded_codes",
    ),
    "clean_checks": (
        "clean.transactions",
        "clean.rejected",
        "clean.copies",
        "clean.orders",
        "clean.returns",
        "clean.guests",
        "clean.ledger",
    ),
    "rfm_grid_checks": ("rfm.grid",),
    "rfm_customers_checks": ("rfm.customers",),
    "model_checks": ("model.candidates", "model.versions", "model.scaling", "model.centroids", "model.training"),
    "model_drift_checks": ("model.drift",),
    "features_customers_checks": ("features.customers",),
    "segments_playbook_checks": ("segments.playbook",),
    "segments_customers_checks": ("segments.customers",),
    "segments_summary_checks": (
        "segments.profiles",
        "segments.profile_products",
        "segments.profile_countries",
        "segments.moves",
    ),
    "segments_reasons_checks": ("segments.reasons",),
    "model_rule_cards_checks": ("model.rule_cards",),
    "validation_checks": ("validation.segments", "validation.predictions", "validation.stability"),
}

# Lines. Up to here everything is looked at each time, which is quick, and shows changes behind the pipeline's back too.
WHOLE_UP_TO = 1_000_000
REMEMBERED = {"raw_checks": FILES, "clean_checks": DAYS}


def _group(name: str, tables: Sequence[str]) -> dg.AssetChecksDefinition:
    rules = [rule for rule in RULES if rule.table in tables]
    specs = [
        dg.AssetCheckSpec(
            CONTRACT, asset=key(table), blocking=True,
            description="Columns, keys, limits and allowed values are as rfm_assets/contracts says.",
        )
        for table in tables
    ] + [
        dg.AssetCheckSpec(rule.name, asset=key(rule.table), blocking=rule.blocking, description=rule.promise)
        for rule in rules
    ]  # fmt: skip

    # Without can_subset, an asset could not be materialised without the others of its group.
    @dg.multi_asset_check(name=name, specs=specs, pool=POOL, can_subset=True)
    def checks(
        context: dg.AssetCheckExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
    ) -> Iterator[dg.AssetCheckResult]:
        limits = settings.model_dump(include={"min_daily_agreement", "min_segment_share", "max_psi", "max_far_share"})
        values = _scope(context.run) | limits
        asked = context.selected_asset_check_keys
        remembered = REMEMBERED.get(name)
        passed = True
        with warehouse.engine() as engine:
            # What was not looked at passed before and was not changed since. A check asked for by itself looks at all.
            by_itself = not context.job_def.asset_layer.selected_asset_keys
            is_part = remembered is not None and stage_unchecked(engine, remembered) and not by_itself
            is_part = is_part and engine.count(TABLES["raw.transactions"]) > WHOLE_UP_TO
            for table in tables:
                if dg.AssetCheckKey(key(table), CONTRACT) in asked:
                    result = _contract_result(engine, table, values, UNCHECKED.get(table) if is_part else None)
                    passed = passed and result.passed
                    yield result
            for rule in rules:
                if dg.AssetCheckKey(key(rule.table), rule.name) in asked:
                    result = _rule_result(engine, rule, values, rule.select_new if is_part else None)
                    passed = passed and (result.passed or not rule.blocking)
                    yield result
            if remembered and passed and len(asked) == len(specs):
                remember(engine, remembered)

    return checks


def _scope(run: dg.DagsterRun) -> dict[str, Parameter]:
    """Return the snapshots that the run is about; all of them when it is about none."""
    day = run.tags.get("dagster/partition")
    return {
        "first_snapshot": day or run.tags.get("dagster/asset_partition_range_start", "0001-01-01"),
        "last_snapshot": day or run.tags.get("dagster/asset_partition_range_end", "9999-12-31"),
    }


def _contract_result(engine: Engine, name: str, values: dict[str, Parameter], part: Part | None) -> dg.AssetCheckResult:
    table = TABLES[name]
    counts = engine.read(violations(table, part), **values).row(0, named=True)
    broken = {limit.meaning: counts[f"limit_{i}"] for i, limit in enumerate(limits(table))}
    broken["the same key comes again"] = counts["duplicates"]
    broken = {meaning: count for meaning, count in broken.items() if count}
    passed = not broken
    words = "; ".join(f"{meaning} in {count:,} rows" for meaning, count in broken.items())
    return dg.AssetCheckResult(
        asset_key=key(name),
        check_name=CONTRACT,
        passed=passed,
        description=None if passed else f"{name} breaks its contract: {words}. See rfm_assets/contracts",
        metadata={"rows looked at": counts["row_count"]} | ({"rows in all": engine.count(table)} if part else {}),
    )


def _rule_result(
    engine: Engine, rule: RowsWrong, values: dict[str, Parameter], select_new: str | None
) -> dg.AssetCheckResult:
    wrong = engine.read(select(f"checks.{select_new or rule.select}"), **values)
    metadata: dict[str, dg.RawMetadataValue] = {"offending rows": len(wrong)}
    if rule.figures:
        metadata |= engine.read(select(f"checks.{rule.figures}")).row(0, named=True)
    if len(wrong):
        metadata[f"first {SHOWN}"] = dg.MetadataValue.md(_as_markdown(wrong.head(SHOWN)))
    return dg.AssetCheckResult(
        asset_key=key(rule.table),
        check_name=rule.name,
        passed=wrong.is_empty(),
        severity=rule.severity,
        description=None if wrong.is_empty() else f"Not so: {rule.promise} {_in_words(wrong)} {rule.remedy}",
        metadata=metadata,
    )


def _in_words(wrong: "pl.DataFrame") -> str:
    first = ", ".join(f"{name} {value}" for name, value in wrong.row(0, named=True).items())
    return f"{len(wrong):,} rows, the first: {first}."


def _as_markdown(frame: "pl.DataFrame") -> str:
    lines = [frame.columns, ["---"] * frame.width, *([str(value) for value in row] for row in frame.iter_rows())]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


@dg.definitions
def checks() -> dg.Definitions:
    """Return the checks of every table."""
    return dg.Definitions(asset_checks=[_group(name, tables) for name, tables in GROUPS.items()])
