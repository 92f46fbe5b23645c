"""The end of the report: where the numbers come from, from the lines read to the validation."""

from rfm_assets.contracts.model import FEATURES
from rfm_assets.publishing.report.figures import Figures
from rfm_assets.publishing.report.parts import Part
from rfm_assets.publishing.report.tables import columns, table
from rfm_assets.publishing.report.validated import validation
from rfm_assets.publishing.report.words import count, day, listed, money, plural, share
from rfm_assets.settings import PREFIX, Settings

REASONS = {
    "missing_customer": "bought by guests, without a customer id",
    "duplicate": "copies of a line that counts",
    "negative_price": "with a price below zero",
    "zero_price": "without a price",
    "adjustment": "stock adjustments, not purchases",
    "excluded_code": "with a code that is not a product",
}


def provenance(figures: Figures) -> list[Part]:
    """Return the ledger, guests, the model, validation, settings and sources."""
    return [
        _ledger(figures),
        _guests(figures),
        _model(figures),
        *validation(figures),
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
        f"Left out: {listed(left_out)}." if left_out else "No line was left out.",
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
        f"sales (all their lines, returns and corrections among them, come to {money(guests['amount'], unit)}). Nobody "
        "knows who they are, so they are in no segment and not in the revenue above."
    )
    return Part("guests", "Guests", [sentence])


def _model(figures: Figures) -> Part:
    version, drift = figures.rows["version"], figures.rows["drift"]
    if not version:
        why = (
            "which was fitted anew with other settings after it scored this snapshot: how it was then is not kept"
            if figures.totals["has_other_model"]
            else "of which nothing more is known"
        )
        return Part("model", "The model", [f"Model version {figures.totals['model_version']}, {why}."])
    outliers = f", {plural(version['outliers'], 'outlier')} left out" if version["outliers"] else ""
    sentences = [
        f"Model version {version['model_version']}: K-Means with K = {version['k']}, fitted as of "
        f"{day(version['model_version'])} on "
        f"{plural(version['customers'], 'customer')}{outliers} (silhouette {version['silhouette']:.3f}, seed "
        f"{version['seed']}).",
    ]
    if drift:
        psi = [f"{name} {drift[f'{name}_psi']:.2f}" for name in FEATURES]
        sentences.append(
            f"Since then the customers have drifted by a population stability index of {listed(psi)} (below 0.1 is "
            f"little, from 0.25 on much); {share(drift['far_share'], 1)} are far from every segment."
        )
    if newest := figures.rows["newest_version"]:
        sentences.append(f"The version of {day(newest['model_version'])} was fitted since: {newest['reason']}.")
    return Part("model", "The model", sentences)


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
