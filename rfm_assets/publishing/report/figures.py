"""What the report tells, read from the tables: aggregates and one small sample, however many customers there are."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from rfm_assets.engines.base import Engine, select
from rfm_assets.settings import Settings

SAMPLED = 2_000  # customers in the scatter: more would hide one another
DAYS = 92  # snapshots told one by one; of the months before, the last each
SHOWN = 10  # countries, returned products, files
# What decides a result; nothing that names a machine, a folder or a secret.
SETTINGS = (
    "monetary", "currency", "model_cadence", "clusters", "min_clusters", "max_clusters", "min_segment_share",
    "min_stability", "min_agreement", "scaling", "outlier_fence", "max_psi", "max_far_share", "refit_on_drift",
    "min_customers", "seed", "exclude_non_products", "max_unreadable_share", "validation_days", "replay_days",
    "timezone",
)  # fmt: skip
SALES = "report_sales"

Row = Mapping[str, Any]


class NothingToReportError(ValueError):
    """There are no segments, or no lines that they come from: the report before stays."""


@dataclass(frozen=True)
class Figures:
    """The latest snapshot in numbers: single rows and frames, named as their SELECTs, most of them in `sql/report`."""

    snapshot_on: date
    settings: Mapping[str, Any]
    rows: Mapping[str, Row]
    frames: Mapping[str, pl.DataFrame]

    @property
    def currency(self) -> str:
        """The currency of every amount."""
        return str(self.settings["currency"])

    @property
    def totals(self) -> Row:
        """The customers as a whole; and whether lines or model have become others since the snapshot was built."""
        return self.rows["totals"]

    @property
    def previous_on(self) -> date | None:
        """The snapshot before, where there is one."""
        return self.totals["previous_snapshot_on"]

    @property
    def profiles(self) -> list[dict[str, Any]]:
        """The segments, the largest first."""
        return self.frames["profiles"].to_dicts()

    def moved_by_model(self, since: date) -> int:
        """Return how many customers changed segment after a day, once or again, because the model was fitted anew."""
        return int(self.frames["model_moves"].filter(pl.col("snapshot_on") > since)["customers"].sum())

    @property
    def movements(self) -> list[tuple[str, str, int]]:
        """From which segment to which, and how many customers, the most first; without who came or is gone."""
        ways: Counter[tuple[str, str]] = Counter()
        for row in self.frames["moves"].to_dicts():
            if row["from_segment"] and row["to_segment"]:
                ways[row["from_segment"], row["to_segment"]] += row["customers"]
        return [(*way, number) for way, number in sorted(ways.items(), key=lambda item: (-item[1], item[0]))]


def read_figures(engine: Engine, settings: Settings, run_days: Collection[date] = ()) -> Figures:
    """Return what the report tells of the latest snapshot; of those before it, without what `publish` leaves out.

    Raises:
        NothingToReportError: there are no segments, or no lines.
    """
    snapshot_on = engine.row(select("segments.latest"))["snapshot_on"]
    if snapshot_on is None:
        raise NothingToReportError("segments.customers is empty: materialise segments for a day first")
    values = {
        "snapshot_on": snapshot_on,
        "monetary": settings.monetary,
        "sample_size": SAMPLED,
        "days": DAYS,
        "shown": SHOWN,
    }
    engine.stage("withheld", select("published.withheld"), run_days=list(run_days))
    if not engine.stage(SALES, select("report.sales"), **values):
        raise NothingToReportError(
            f"clean.transactions has no line up to {snapshot_on}, though there are segments: refresh that day"
        )

    def frame(name: str, **more: Any) -> pl.DataFrame:
        return engine.read(select(f"report.{name}"), **values, **more)

    totals = frame("totals").row(0, named=True)
    model = {"model_version": totals["model_version"]}
    digest = engine.row(select("model.digest"), **model)["model_digest"]
    has_other_model = totals["model_digest"] not in (None, digest)
    if has_other_model:  # what is known of that version by now is not what scored the snapshot
        model = {"model_version": None}
    lines = engine.row(select("rfm.snapshots"), snapshot_on=snapshot_on, monetary=totals["monetary_counts"])
    has_other_lines = totals["built_from"] not in (None, lines["built_from"])
    before = {"previous_snapshot_on": totals["previous_snapshot_on"]}

    def first(rows: pl.DataFrame) -> Row:
        return rows.row(0, named=True) if len(rows) else {}

    return Figures(
        snapshot_on,
        settings.model_dump(include=set(SETTINGS)),
        {
            "totals": {**totals, "has_other_model": has_other_model, "has_other_lines": has_other_lines},
            "version": first(frame("version", **model)),
            "newest_version": first(frame("newest_version", **model)),
            "drift": first(engine.read(select("model.drift_measured"), snapshot_on=snapshot_on)),
            **{name: frame(name).row(0, named=True) for name in ("ledger", "guests", "returns", "beyond", "files")},
        },
        {
            "profiles": frame("profiles", **before),
            "candidates": frame("candidates", **model),
            "loose_names": engine.read(select("checks.loose_names"), last_snapshot=snapshot_on),
            "renamed_customers": engine.read(
                select("checks.renamed_customers"), last_snapshot=snapshot_on, min_agreement=settings.min_agreement
            ),
            **{
                name: frame(name)
                for name in (
                    "standardised", "scores", "sampled_customers", "distributions", "stayed", "moves", "history",
                    "model_moves", "products", "countries", "months", "weekdays", "returned_products", "sources",
                    "validated_segments", "validated_predictions", "validated_stability",
                )
            },
        },
    )  # fmt: skip
