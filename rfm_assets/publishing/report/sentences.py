"""What stands on top of the report: how many, how much, what moved, in sentences with numbers."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from rfm_assets.contracts.model import FEATURES
from rfm_assets.publishing.report.figures import Figures
from rfm_assets.publishing.report.words import ago, count, day, listed, money, plural, share, signed, typical

TOLD = 3  # ways from segment to segment
COUNTS = {
    "net": "sales less returns",
    "gross": "sales before returns",
    "matched": "sales less returns, without the returns whose sale is known and what they return",
}
CAUSES = {
    "behaviour": "by an order or a return",
    "ageing": "because time passed",
    "restated": "because their past was corrected or is counted otherwise",
    "model": "because the model was fitted anew",
}


def headlines(figures: Figures) -> list[str]:
    """Return the sentences: the whole, where the money comes from, what moved, and what came of it."""
    told = [_whole(figures), *_age(figures), *_drift(figures), *_renamed(figures), _concentration(figures)]
    if figures.previous_on is None:
        return [*told, "There is no earlier snapshot: moves are shown from the next one on."]
    return [*told, *_moved(figures, figures.previous_on)]


def _whole(figures: Figures) -> str:
    totals, unit = figures.totals, figures.currency
    return (
        f"As of {day(figures.snapshot_on)}, {plural(totals['customers'], 'customer has', 'customers have')} brought "
        f"{money(totals['monetary'], unit)} ({COUNTS[totals['monetary_counts']]}) in "
        f"{plural(totals['orders'], 'order')}. The typical customer (the median) last ordered "
        f"{ago(totals['median_recency_days'])}, has ordered "
        f"{typical(totals['median_frequency'], 'time')} and brought {money(totals['median_monetary'], unit)}."
    )


def _age(figures: Figures) -> list[str]:
    """Return how old the data is, unless it is of the snapshot's day: what is missing looks like customers who left."""
    newest, told = figures.rows["ledger"]["last_on"], []
    if newest != figures.snapshot_on:
        before = plural((figures.snapshot_on - newest).days, "day")
        told.append(f"The newest data is from {day(newest)}, {before} before this snapshot.")
    if figures.totals["has_other_lines"]:
        told.append(
            "Older lines have changed since this snapshot was built: sales and returns below count them, customers and "
            "segments do not until it is built again."
        )
    return told


def _drift(figures: Figures) -> list[str]:
    """Return that the names say less than usual, when the customers have drifted from the model."""
    drift, settings = figures.rows["drift"], figures.settings
    if not drift:
        return []
    indices = {name: drift[f"{name}_psi"] for name in FEATURES}
    why = [f"{name} has drifted by {index:.2f}" for name, index in indices.items() if index > settings["max_psi"]]
    if drift["far_share"] > settings["max_far_share"]:
        why.append(f"{share(drift['far_share'])} are far from every segment")
    return [
        f"The customers are no longer like those that the model was fitted on ({listed(why)}): until the next model, a "
        "segment's name says less of them than usual."
    ] if why else []  # fmt: skip


def _renamed(figures: Figures) -> list[str]:
    """Return that names mean other customers than before, while a version scores that renamed too many."""
    return [
        f"The model of {day(row['model_version'])} came after the customers had drifted: {share(row['agreement'])} of "
        "them kept the segment that the one before gave them, and a name may mean other customers than it did."
        for row in figures.frames["renamed_customers"].to_dicts()
        if not figures.totals["has_other_model"]
    ]


def _concentration(figures: Figures) -> str:
    rows = figures.profiles
    richest = max(rows, key=lambda row: row["monetary"])
    sentence = f"The segment that brings the most is {richest['segment']}: {_shares(richest)}."
    largest = rows[0]
    if largest["segment"] == richest["segment"]:
        return sentence
    return f"{sentence} The largest one is {largest['segment']}: {_shares(largest)}."


def _shares(row: Mapping[str, Any]) -> str:
    of_customers = f"{share(row['customer_share'])} of the customers"
    # There is no share of a revenue of nothing, or below.
    return of_customers + ("" if row["monetary_share"] is None else f", {share(row['monetary_share'])} of the revenue")


def _moved(figures: Figures, since: date) -> list[str]:
    by_cause: dict[str, int] = defaultdict(int)
    for row in figures.frames["moves"].to_dicts():
        by_cause[row["cause"]] += row["customers"]
    moved = sum(number for *_, number in figures.movements)
    causes = {words: by_cause[cause] for cause, words in CAUSES.items() if by_cause[cause]}
    why = (
        f": {listed([f'{count(number)} {words}' for words, number in causes.items()])}"
        if len(causes) > 1
        else f" {listed(list(causes))}"
    )
    arrived = plural(by_cause["arrived"], "new customer") if by_cause["arrived"] else "no new customer"
    sentence = f"Since {day(since)}, {arrived} came and "
    if moved:
        part = share(moved / figures.totals["customers"], 1)
        sentence += f"{plural(moved, 'customer')} ({part}) changed segment{why}."
    else:
        sentence += "nobody changed segment."
    told = [sentence]
    if figures.movements:
        told.append(largest_movements(figures))
    if figures.totals["previous_monetary"] is not None:
        change = figures.totals["monetary"] - figures.totals["previous_monetary"]
        grown = (
            f"grew by {money(change, figures.currency)}"
            if change > 0
            else f"fell by {money(-change, figures.currency)}"
        )
        told.append(f"Revenue {grown if change else 'did not change'}.")
    return told + _month(figures)


def largest_movements(figures: Figures) -> str:
    """Return the most usual ways from segment to segment, as a sentence."""
    ways = [f"{count(number)} from {source} to {target}" for source, target, number in figures.movements[:TOLD]]
    return f"{'The largest movements' if len(ways) > 1 else 'They moved'}: {listed(ways)}."


def _month(figures: Figures) -> list[str]:
    """Return what became of each segment since the last snapshot before this month, unless that is the one before."""
    history = figures.frames["history"].to_dicts()
    earlier = {row["snapshot_on"] for row in history if row["snapshot_on"] < figures.snapshot_on.replace(day=1)}
    if not earlier or max(earlier) == figures.previous_on:
        return []
    since = max(earlier)
    then = {row["segment"]: row["customers"] for row in history if row["snapshot_on"] == since}
    now = {row["segment"]: row["customers"] for row in figures.profiles}
    changes = [
        f"{name} {f'{signed(change)} to' if change else 'still'} {count(number)}"
        for name, number in (now | dict.fromkeys(sorted(then.keys() - now.keys()), 0)).items()
        for change in [number - then.get(name, 0)]
    ]
    month = "This month, since" if since == figures.snapshot_on.replace(day=1) - timedelta(days=1) else "Since"
    return [f"{month} {day(since)}: {listed(changes)} customers.{by_model(figures, since)}"]


def by_model(figures: Figures, since: date) -> str:
    """Return how many changed segment after a day without having done anything, as a sentence to add."""
    moved = figures.moved_by_model(since)
    changed = plural(moved, "customer") if moved else ""
    return f" In between, {changed} changed segment because the model was fitted anew." if moved else ""
