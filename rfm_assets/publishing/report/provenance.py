"""The end of the report: how the numbers came to be, from the lines read to the validation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from rfm_assets.publishing.report.figures import Figures
from rfm_assets.publishing.report.tables import columns, table
from rfm_assets.publishing.report.words import count, day, listed, money, plural, share
from rfm_assets.settings import PREFIX, Settings

REASONS = {
    "missing_customer": "bought by guests, without a customer id",
    "duplicate": "copies of a line that counts",
    "negative_price": "with a price below zero",
    "zero_price": "without a price",
    "adjustment": "adjustments of stock, no purchase",
    "excluded_code": "with a code that is no product",
}
LABELLINGS = {
    "frozen": "these segments",
    "refit_daily": "a model fitted anew each day, by cluster number",
    "refit_daily_named": "a model fitted anew each day, by name",
}
TARGETS = {"purchase": "who buys again", "segment": "which segment comes next"}


@dataclass(frozen=True)
class Part:
    """A heading, sentences, and a table."""

    name: str
    heading: str
    sentences: list[str]
    table: Markup | None = None
    is_open: bool = False


def provenance(figures: Figures) -> list[Part]:
    """Return the ledger, guests, the model, validation, settings and sources."""
    return [
        _ledger(figures),
        _guests(figures),
        _model(figures),
        *_validation(figures),
        _settings(figures),
        _sources(figures),
    ]


def _ledger(figures: Figures) -> Part:
    ledger, unit = figures.rows["ledger"], figures.currency
    left_out = [
        f"{count(ledger[f'{reason}_lines'])} {words} ({money(ledger[f'{reason}_amount'], unit)})"
        for reason, words in REASONS.items()
        if ledger[f"{reason}_lines"]
    ]
    unreadable = figures.rows["files"]["unreadable_count"]
    sentences = [
        f"From {day(ledger['first_on'])} to {day(ledger['last_on'])}, "
        f"{plural(ledger['read_lines'], 'line was', 'lines were')} read, worth {money(ledger['read_amount'], unit)}.",
        f"{count(ledger['sale_lines'])} count as sales ({money(ledger['sale_amount'], unit)}) and "
        f"{count(ledger['return_lines'])} as returns ({money(ledger['return_amount'], unit)}).",
        f"Left out: {listed(left_out)}." if left_out else "None was left out.",
        f"{plural(unreadable, 'line')} could not be read." if unreadable else "Every line could be read.",
    ]
    names = {"read": "read", "sale": "counted as sales", "return": "counted as returns", **REASONS}
    return Part(
        "ledger", "What became of each line", sentences,
        table("ledger-table", ["Lines", "Number", f"Money, {unit}"],
              [[words, count(ledger[f"{name}_lines"]), f"{ledger[f'{name}_amount']:,.2f}"]
               for name, words in names.items()]),
    )  # fmt: skip


def _guests(figures: Figures) -> Part:
    guests, unit = figures.rows["guests"], figures.currency
    if not guests["line_count"]:
        return Part("guests", "Guests", ["Every line names a customer: nobody was left out as a guest."])
    whole = guests["sales"] + figures.rows["ledger"]["sale_amount"]
    part = share(float(guests["sales"] / whole) if whole else None, 1)
    sentence = (
        f"Guests bought for {money(guests['sales'], unit)} in {plural(guests['order_count'], 'order')}, {part} of all "
        f"sales ({money(guests['amount'], unit)} after their returns and corrections). Nobody knows who they are, so "
        "they are in no segment and not in the revenue above."
    )
    return Part("guests", "Guests", [sentence])


def _model(figures: Figures) -> Part:
    version, drift = figures.rows["version"], figures.rows["drift"]
    if not version:
        return Part(
            "model", "The model", [f"Model version {figures.totals['model_version']}, of which nothing more is known."]
        )
    outliers = f", {count(version['outliers'])} outliers left out" if version["outliers"] else ""
    sentences = [
        f"Model version {version['model_version']}: K-Means with K = {version['k']}, fitted as of "
        f"{day(version['model_version'])} on "
        f"{plural(version['customers'], 'customer')}{outliers} (silhouette {version['silhouette']:.3f}, seed "
        f"{version['seed']}).",
    ]
    if drift:
        psi = [f"{name} {drift[f'{name}_psi']:.2f}" for name in ("recency", "frequency", "monetary")]
        sentences.append(
            f"Since then the customers have drifted by a population stability index of {listed(psi)} (below 0.1 is "
            f"little, from 0.25 on much); {share(drift['far_share'], 1)} are far from every segment."
        )
    if newest := figures.rows["newest_version"]:
        sentences.append(f"The version of {day(newest['model_version'])} was fitted since: {newest['reason']}.")
    return Part("model", "The model", sentences)


def _validation(figures: Figures) -> list[Part]:
    segments = figures.frames["validated_segments"].to_dicts()
    predictions = figures.frames["validated_predictions"].to_dicts()
    stability = figures.frames["validated_stability"].to_dicts()
    name, heading = "validation", "What the segments were worth"
    if not (segments or predictions or stability):
        command = f"dg launch --job validate --partition {figures.snapshot_on}"
        return [Part(name, heading, [f"No validation has run yet. {command} runs one; it is in the next report."])]
    parts = []
    if segments:
        best, worst = segments[0], segments[-1]
        sentences = [
            f"Of the customers as segmented on {day(best['cut_on'])}, by {day(best['snapshot_on'])} "
            f"{share(best['bought_again_share'])} of {best['segment']} had bought again and "
            f"{share(worst['bought_again_share'])} of {worst['segment']}.",
            *(_predicted(row) for row in predictions),
        ]
        unit = figures.currency
        parts.append(Part(name, heading, sentences, table(
            "validation-table",
            ["Segment at the cut", "Customers", "Bought again", "From", "To", "Mean orders", f"Mean revenue, {unit}"],
            columns(segments, ("segment", str), ("customers", count), *((f"bought_again_share{end}", "{:.1%}".format)
                    for end in ("", "_low", "_high")), ("mean_orders", "{:,.2f}".format),
                    ("mean_monetary", "{:,.2f}".format)),
        )))  # fmt: skip
    if stability:
        sentences = [
            f"{LABELLINGS.get(row['labelling'], row['labelling']).capitalize()}: "
            f"{share(row['mean_agreement'], 1)} of the customers keep their label from one day to the next, "
            f"at the least {share(row['least_agreement'], 1)} ({plural(row['days'], 'day')} compared)."
            for row in stability
        ]
        parts.append(Part("stability", "How still the names stay", sentences))
    return parts


def _predicted(row: Mapping[str, Any]) -> str:
    target = TARGETS.get(row["target"], row["target"])
    plain = row["stay_share"] if row["stay_share"] is not None else row["largest_share"]
    way = "saying that each stays" if row["stay_share"] is not None else "saying the same of all"
    auc = f", AUC {row['auc']:.3f}" if row["auc"] is not None else ""
    return (
        f"Foretelling {target} was right for {share(row['accuracy'], 1)} of "
        f"{plural(row['customers_tested'], 'customer')}{auc}; {way} is right for {share(plain, 1)}."
    )


def _settings(figures: Figures) -> Part:
    rows = [
        [f"{PREFIX}{name.upper()}", "not set" if value is None else str(value), Settings.model_fields[name].description]
        for name, value in figures.settings.items()
    ]
    return Part("settings", "Settings", ["The settings that decide a result, as they were when this page was made."],
                table("settings-table", ["Setting", "Value", "Meaning"], rows, left=(0, 1, 2)))  # fmt: skip


def _sources(figures: Figures) -> Part:
    files, rows = figures.rows["files"], figures.frames["sources"].to_dicts()
    sentence = f"{plural(files['files'], 'file')} with {plural(files['line_count'], 'line')} in all."
    if files["files"] > len(rows):
        sentence += f" The last {len(rows)}:"
    return Part(
        "sources", "Files", [sentence],
        table("sources-table", ["File", "Lines", "Not readable", "First day", "Last day", "sha256"],
              columns(rows, ("name", str), ("line_count", count), ("unreadable_count", count), ("first_on", str),
                      ("last_on", str), ("sha256", lambda digest: digest[:16])), left=(0, 5)) if rows else None,
    )  # fmt: skip
