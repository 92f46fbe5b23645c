"""The rules beyond each table's contract: the sums that must agree, as data; what each promises and what to do."""

from dataclasses import dataclass

import dagster as dg

from rfm_assets.contracts import Table


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


HOW = (
    "with the project's Python (.venv/bin) in the folder of the warehouse while nothing else runs. "
    "Then launch the job refresh as a whole: executed again from the failure, it would not"
)
FROM_RAW = " ".join((
    "To build clean from raw again, run `python -c \"import duckdb; duckdb.connect('rfm.duckdb').execute('delete from "
    "clean.ledger')\"`", HOW, "build clean",
))  # fmt: skip
ANEW = " ".join((
    "A version that was fitted stays as it is. To have one fitted anew, run `python -c \"import duckdb; "
    "duckdb.connect('rfm.duckdb').execute('delete from model.versions where model_version = ?', ['2011-12-01'])\"` for "
    "its day", HOW, "fit",
))  # fmt: skip
READ_AGAIN = " ".join((
    "To read all files again, run `python -c \"import duckdb; duckdb.connect('rfm.duckdb').execute('update raw.files "
    "set source_digest = ?', [''])\"`", HOW, "read them",
))  # fmt: skip
AGAIN_IN_ORDER = "Refresh the days named again, oldest first"
RULES = (
    RowsWrong(
        "raw.files", "every_line_stored", "unread_lines",
        "Each line read from a file is stored or listed as unreadable.",
        f"The rows name the files. Raw was changed behind the pipeline's back. {READ_AGAIN}.",
        select_new="unread_new_lines",
    ),
    RowsWrong(
        "raw.files", "files_readable", "failed_files",
        "Each file in landing could be read.",
        "Mend or remove them: raw.files has each with its error. The others were loaded, and an earlier version of the "
        "same name still counts.",
        blocking=False,
    ),
    RowsWrong(
        "raw.files", "files_not_shortened", "shortened_files",
        "No new version of a file has far fewer lines than the one that it replaced, or lost its first or last day.",
        "Was the file cut off on its way? Then bring the whole file, under the same name. Is it of another period than "
        "the one before? Then give each a name of its own, and bring that one again: its lines were taken out. If it "
        "is neither, there is nothing to do: the next run is silent.",
        blocking=False, severity=dg.AssetCheckSeverity.WARN,
    ),
    RowsWrong(
        "raw.files", "lines_readable", "lines_unreadable",
        "Each line of the new files could be read.",
        "They are counted nowhere: raw.unreadable has their texts. Where they are sales, correct the mapping (such as "
        "its `thousands`, or another way to write moments), and refresh: the file is read again.",
        blocking=False, severity=dg.AssetCheckSeverity.WARN,
    ),
    RowsWrong(
        "clean.transactions", "files_reconciled", "unreconciled_files",
        "Lines read are lines accepted, rejected, counted in another file, or unreadable: file by file and in all, in "
        "lines and in money.",
        "The rows name the files. Was raw built alone? Then materialise clean. Else clean and raw disagree, as a "
        f"change behind the pipeline's back makes them. {FROM_RAW}.",
        select_new="unreconciled_days",
    ),
    RowsWrong(
        "clean.orders", "orders_of_a_day", "scattered_orders",
        "No order has lines more than a day apart.",
        "Does the shop count its invoices from 1 again? Then let the mapping make their ids of more than the number, "
        'such as invoice_id = ["Date", "Invoice"]. Until then such invoices of a customer are one order, of the first '
        "day.",
        blocking=False, severity=dg.AssetCheckSeverity.WARN,
    ),
    RowsWrong(
        "clean.guests", "guests_add_up", "guests_off",
        "The guests of each business day add up to the ledger's lines without a customer, in lines and in money.",
        "The rows name the days. Clean was changed behind the pipeline's back; or rfm_assets/sql/clean/guests.sql has "
        f"lost a line: correct it. {FROM_RAW}.",
        figures="guest_share",
    ),
    RowsWrong(
        "clean.ledger", "days_balanced", "unbalanced_days",
        "The classes of each business day add up to what was read, in lines and in money.",
        "The rows name the days. Clean was changed behind the pipeline's back; or rfm_assets/sql/clean/ledger.sql has "
        f"lost a reason: correct it. {FROM_RAW}.",
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
        "The version before it goes on, and nothing is renamed; a first one scores all the same. The reason tells what "
        "to look at.",
        blocking=False, severity=dg.AssetCheckSeverity.WARN,
    ),
    RowsWrong(
        "model.versions", "names_kept", "renamed_customers",
        "RFM_MIN_AGREEMENT of the customers kept their segment's name when the version in force came.",
        "The customers had drifted, so names may mean others than before: tell those who use them, and compare with "
        "segments.moves of that day, cause model.",
        blocking=False, severity=dg.AssetCheckSeverity.WARN,
    ),
    RowsWrong(
        "model.versions", "names_fit", "loose_names",
        "The clusters of the version in force are like what their names stand for.",
        "A campaign that goes by the name alone may miss them: look at the segment's numbers, or add an archetype that "
        "fits (RFM_ARCHETYPES).",
        blocking=False, severity=dg.AssetCheckSeverity.WARN,
    ),
    RowsWrong(
        "model.drift", "customers_as_trained", "drifted_snapshots",
        "The customers are like those that the model was fitted on (RFM_MAX_PSI, RFM_MAX_FAR_SHARE).",
        "They are scored as before, but segments fit less well. The next version comes with the cadence, or at once "
        "with RFM_REFIT_ON_DRIFT=true; after drift it may rename customers. Where the version is as of the drifted "
        f"day itself, the orders were corrected since. {ANEW}.",
        blocking=False, severity=dg.AssetCheckSeverity.WARN,
    ),
    RowsWrong(
        "segments.customers", "one_segment_each", "customers_without_segment",
        "Each customer of the snapshot is in exactly one segment.",
        f"{AGAIN_IN_ORDER}.",
    ),
    RowsWrong(
        "segments.customers", "features_of_numbers", "features_of_other_numbers",
        "The features that each customer was scored by are those of the numbers beside the segment.",
        f"rfm, features and segments of a day are not of one run. {AGAIN_IN_ORDER}, as a whole.",
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
        f"{AGAIN_IN_ORDER}.",
    ),
    RowsWrong(
        "validation.stability", "names_stay", "unsteady_days",
        "Over the replay, RFM_MIN_DAILY_AGREEMENT of the customers keep their segment every day, and no name moves.",
        "Where is_refitted is true a new model version did it: see its reason in model.versions. Otherwise customers "
        "moved by themselves.",
        blocking=False, severity=dg.AssetCheckSeverity.WARN,
    ),
)  # fmt: skip


def remedy(table: Table) -> str:
    """Return what to do about rows that break the contract of a table."""
    if table.schema == "raw":
        origin = "raw.files tells which file is meant: correct it and put it into landing again"
    elif table.schema == "model" and not table.partition:
        return f"rfm_assets/segmentation fits the rows: correct its input or the code, or the limit. {ANEW}."
    elif table.schema in ("model", "validation"):
        origin = "rfm_assets/segmentation computes the rows: correct its input, or the code"
    elif table.schema == "clean":
        return f"rfm_assets/sql/clean makes the rows, from raw alone: correct it, or the limit. {FROM_RAW}."
    else:
        origin = f"rfm_assets/sql/{table.schema} makes the rows: correct what it reads, or the SELECT"
    if table.name == "segments.customers":  # what is made of it would no longer be of it
        again = AGAIN_IN_ORDER
    else:
        again = f"Materialise {table.name} {'of the days named ' if table.partition else ''}again"
    return f"{origin}; where the rows are right, change the limit in rfm_assets/contracts. {again}."
