"""The answers to the questions, worked out in Polars from the published tables and by other ways than the SQL's."""

import math
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

Tables = dict[str, pl.DataFrame]
Rows = list[dict[str, Any]]
SLIPPING = ("At Risk", "Cannot Lose", "Needs Attention")


def _latest(tables: Tables) -> Any:
    return tables["segment_history"]["snapshot_on"].max()


def _before_month(tables: Tables) -> Any:
    """Return the last snapshot before the month of the latest; None when there is none."""
    month = _latest(tables).replace(day=1)
    return max((on for on in tables["segment_profiles"]["snapshot_on"] if on < month), default=None)


def _by_money(rows: Rows, *then: str) -> Rows:
    return sorted(rows, key=lambda row: (-row["monetary"], *(row[name] for name in then)))


def _total(tables: Tables) -> Decimal:
    return sum(tables["segments"]["monetary"], Decimal(0))


def _share(part: Decimal, whole: Decimal) -> float | None:
    return float(part / whole) if whole > 0 else None


def left_champions(tables: Tables) -> Rows:
    since = _before_month(tables) or tables["segment_history"]["snapshot_on"].min()
    history = tables["segment_history"].filter(snapshot_on=since, segment="Champions")
    were = set(history["customer_id"])
    return _by_money(
        [
            {"since_snapshot_on": since, **row}
            for row in tables["segments"].to_dicts()
            if row["customer_id"] in were and row["segment"] != "Champions"
        ],
        "customer_id",
    )


def revenue_at_risk(tables: Tables) -> Rows:
    found = []
    for (segment,), part in tables["segments"].group_by("segment"):
        if segment not in SLIPPING:
            continue
        slipping = [row for row in part.to_dicts() if row["silent_days"] is not None and row["silent_days"] <= 30]
        monetary = sum(part["monetary"], Decimal(0))
        found.append({
            "segment": segment,
            "customers": part.height,
            "monetary": monetary,
            "monetary_share": _share(monetary, _total(tables)),
            "slipping_customers": len(slipping),
            "slipping_monetary": sum((row["monetary"] for row in slipping), Decimal(0)),
            "recommended_action": part["recommended_action"][0],
        })  # fmt: skip
    return _by_money(found, "segment")


def second_purchase(tables: Tables) -> Rows:
    once = [
        row
        for row in tables["segments"].to_dicts()
        if row["frequency"] == 1 and row["recency_days"] < 91 and row["monetary"] > 0
    ]
    return _by_money(once, "customer_id")


def win_back(tables: Tables) -> Rows:
    valued = tables["segments"].filter(pl.col("r_score").is_in([1, 2]), pl.col("m_score").is_in([4, 5]))
    quiet = _by_money([row for row in valued.to_dicts() if row["monetary"] > 0], "customer_id")
    whole, so_far = sum((row["monetary"] for row in quiet), Decimal(0)), Decimal(0)
    for place, row in enumerate(quiet, start=1):
        so_far += row["monetary"]
        row["place"] = place
        row["mean_order"] = row["monetary"] / row["frequency"]
        row["monetary_share_so_far"] = float(so_far / whole)
    return quiet[:100]


def segments_by_month(tables: Tables) -> Rows:
    profiles = tables["segment_profiles"].to_dicts()
    last_of_month = {on.replace(day=1): on for on in sorted(row["snapshot_on"] for row in profiles)}
    shown = [row for row in profiles if row["snapshot_on"] in last_of_month.values()]
    counts = {(row["snapshot_on"], row["segment"]): (row["customers"], row["monetary"]) for row in shown}
    found, before = [], None
    for month, on in last_of_month.items():
        for segment in sorted({row["segment"] for row in shown}):
            customers, monetary = counts.get((on, segment), (0, Decimal(0)))
            were, had = counts.get((before, segment), (0, Decimal(0))) if before else (None, None)
            found.append({
                "month_on": month,
                "snapshot_on": on,
                "segment": segment,
                "customers": customers,
                "customers_change": None if before is None else customers - were,
                "customers_change_share": (customers - were) / were if were else None,
                "monetary": monetary,
                "monetary_change": None if before is None else monetary - had,
            })  # fmt: skip
        before = on
    return sorted(found, key=lambda row: -row["month_on"].toordinal())


def cohorts(tables: Tables) -> Rows:
    first = dict(
        tables["segment_history"].sort("snapshot_on", descending=True).select("customer_id", "snapshot_on").iter_rows()
    )
    oldest = tables["segment_history"]["snapshot_on"].min()
    found: dict[tuple, list[Decimal]] = {}
    for row in tables["segments"].to_dicts():
        came = first[row["customer_id"]]
        cohort = None if came == oldest else came.replace(day=1)
        found.setdefault((cohort, row["segment"]), []).append(row["monetary"])
    sizes: dict[Any, int] = {}
    for (cohort, _), money in found.items():
        sizes[cohort] = sizes.get(cohort, 0) + len(money)
    rows = [
        {
            "cohort_on": cohort,
            "segment": segment,
            "customers": len(money),
            "cohort_share": len(money) / sizes[cohort],
            "monetary": sum(money, Decimal(0)),
        }
        for (cohort, segment), money in found.items()
    ]
    return sorted(rows, key=lambda row: (row["cohort_on"] is not None, str(row["cohort_on"]), row["segment"]))


def about_to_move(tables: Tables) -> Rows:
    soon = tables["segments"].filter(pl.col("silent_days").is_between(0, 14)).to_dicts()
    moving = [{**row, "moves_on": row["snapshot_on"] + timedelta(days=row["silent_days"])} for row in soon]
    return _by_money(moving, "customer_id")


def revenue_concentration(tables: Tables) -> Rows:
    money = sorted(tables["segments"]["monetary"], reverse=True)
    found = []
    for percent in (1, 5, 10, 20, 50):
        top = money[: -(-percent * len(money) // 100)]
        found.append({
            "top_share": percent / 100,
            "customers": len(top),
            "monetary": sum(top, Decimal(0)),
            "monetary_share": _share(sum(top, Decimal(0)), sum(money, Decimal(0))),
            "least_monetary": top[-1],
        })  # fmt: skip
    return found


def wholesalers(tables: Tables) -> Rows:
    buyers = [row for row in tables["segments"].to_dicts() if row["monetary"] > 0]

    if not buyers:
        return []

    def fence(values: list[float]) -> float:
        lower, upper = np.percentile(values, [25, 75])
        return upper + 1.5 * (upper - lower)

    large = fence([math.log1p(float(row["monetary"] / row["frequency"])) for row in buyers])
    many = fence([math.log(row["frequency"]) for row in buyers])
    for row in buyers:
        row["mean_order"] = row["monetary"] / row["frequency"]
        row["has_large_orders"] = bool(math.log1p(float(row["mean_order"])) > large)
        row["has_many_orders"] = bool(math.log(row["frequency"]) > many)
        row["monetary_share"] = _share(row["monetary"], _total(tables))
    return _by_money([row for row in buyers if row["has_large_orders"] or row["has_many_orders"]], "customer_id")


def returns(tables: Tables) -> Rows:
    latest, (model,) = _latest(tables), tables["about"]["model_version"]
    days = sorted({on for on in tables["segment_history"].filter(model_version=model)["snapshot_on"] if on < latest})
    older = [on for on in days if on < latest.replace(day=1)]
    before_on = next(iter([*older[-1:], *days]), None)
    profiles = tables["segment_profiles"]
    before = {row["segment"]: row["returns_rate"] for row in profiles.to_dicts() if row["snapshot_on"] == before_on}
    nothing = tables["segments"].filter(pl.col("monetary") <= 0)["segment"].to_list()
    found = []
    for row in profiles.filter(snapshot_on=_latest(tables)).to_dicts():
        was = before.get(row["segment"])
        found.append({
            **row,
            "before_on": before_on,
            "returns_rate_before": was,
            "returns_rate_change": None if was is None else row["returns_rate"] - was,
            "customers_left_with_nothing": nothing.count(row["segment"]),
        })  # fmt: skip
    return sorted(found, key=lambda row: (-row["returns_rate"], row["segment"]))


def segment_actions(tables: Tables) -> Rows:
    playbook = {row["segment"]: row for row in tables["playbook"].to_dicts()}
    unknown = {"description": None, "recommended_action": None}
    profiles = tables["segment_profiles"].filter(snapshot_on=_latest(tables)).to_dicts()
    return _by_money([{**row, **playbook.get(row["segment"], unknown)} for row in profiles], "segment")


def why_moved(tables: Tables) -> Rows:
    month = _latest(tables).replace(day=1)
    found: dict[tuple, list] = {}
    for row in tables["segment_moves"].to_dicts():
        if row["snapshot_on"] >= month:
            found.setdefault((row["from_segment"], row["to_segment"], row["cause"]), []).append(row)
    rows = [
        {
            "from_segment": key[0],
            "to_segment": key[1],
            "cause": key[2],
            "moves": sum(move["customers"] for move in moves),
            "first_on": min(move["snapshot_on"] for move in moves),
            "last_on": max(move["snapshot_on"] for move in moves),
        }
        for key, moves in found.items()
    ]
    # An empty name comes before all others.
    return sorted(rows, key=lambda r: (-r["moves"], r["from_segment"] or "", r["to_segment"] or "", r["cause"]))


ANSWERS: dict[str, Callable[[Tables], Rows]] = {
    answer.__name__: answer
    for answer in (
        left_champions, revenue_at_risk, second_purchase, win_back, segments_by_month, cohorts, about_to_move,
        revenue_concentration, wholesalers, returns, segment_actions, why_moved,
    )
}  # fmt: skip
