"""What the validation found, in words: what the segments were worth, and how still their names stay."""

from collections.abc import Mapping
from typing import Any

from rfm_assets.publishing.markdown import HUNDREDTHS, SHARE
from rfm_assets.publishing.report.figures import Figures
from rfm_assets.publishing.report.parts import Part
from rfm_assets.publishing.report.tables import columns, table
from rfm_assets.publishing.report.words import count, day, plural, share

LABELLINGS = {
    "frozen": "these segments",
    "refit_daily": "a model fitted anew each day, by cluster number",
    "refit_daily_named": "a model fitted anew each day, by name",
}
TARGETS = {"purchase": "who buys again", "segment": "which segment comes next"}


def validation(figures: Figures) -> list[Part]:
    """Return what the last validation up to the snapshot found, or how to run one."""
    segments = figures.frames["validated_segments"].to_dicts()
    predictions = figures.frames["validated_predictions"].to_dicts()
    stability = figures.frames["validated_stability"].to_dicts()
    name, heading = "validation", "What the segments were worth"
    if not (segments or predictions or stability):
        told = (
            f"No validation has run yet. The job validate runs one, in Dagster's UI for {figures.snapshot_on}, or by "
            "itself with the schedule monthly_validation; it is in the next report."
        )
        return [Part(name, heading, [told])]
    parts = []
    if segments:
        best, worst = segments[0], segments[-1]
        sentences = [
            f"Of the customers as a model fitted on {day(best['cut_on'])} segments them, by {day(best['snapshot_on'])} "
            f"{share(best['bought_again_share'])} of {best['segment']} had bought again and "
            f"{share(worst['bought_again_share'])} of {worst['segment']}.",
            *(_predicted(row) for row in predictions),
            "The table's limits of 95% come of resampling the customers; where all or none bought they tell nothing.",
        ]
        unit = figures.currency
        parts.append(Part(name, heading, sentences, table(
            "validation-table",
            ["Segment at the cut", "Customers", "Bought again", "95% from", "95% to", "Mean orders",
             f"Mean revenue, {unit}", "95% from", "95% to"],
            columns(segments, ("segment", str), ("customers", count), *((f"bought_again_share{end}", SHARE)
                    for end in ("", "_low", "_high")), ("mean_orders", HUNDREDTHS),
                    *((f"mean_monetary{end}", HUNDREDTHS) for end in ("", "_low", "_high"))),
        )))  # fmt: skip
    if stability:
        sentences = [
            f"{LABELLINGS[row['labelling']].capitalize()}: "
            f"{share(row['mean_agreement'], 1)} of the customers keep their label from one day to the next, "
            f"at the least {share(row['least_agreement'], 1)} ({plural(row['days'], 'day')} compared)."
            for row in stability
        ]
        parts.append(Part("stability", "How still the names stay", sentences))
    return parts


def _predicted(row: Mapping[str, Any]) -> str:
    plain = row["stay_share"] if row["stay_share"] is not None else row["largest_share"]
    way = "saying that each stays" if row["stay_share"] is not None else "saying the same of all"
    auc = f", AUC {row['auc']:.3f}" if row["auc"] is not None else ""
    return (
        f"Foretelling {TARGETS[row['target']]} was right for {share(row['accuracy'], 1)} of "
        f"{plural(row['customers_tested'], 'customer')}{auc}; {way} is right for {share(plain, 1)}."
    )
