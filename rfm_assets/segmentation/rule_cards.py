"""A model version as a card of rules in customers' own units, for people: which segment, and how often it agrees."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from rfm_assets.beside import call
from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, select
from rfm_assets.segmentation.scoring import FrozenModel

DEPTH = 3  # questions a person is asked: at most eight rules
CUSTOMERS = 100_000  # at most; more change the thresholds by nothing that a person would notice
COLUMNS = ("recency_days", "frequency", "monetary")
COUNTED = ("recency_days", "frequency")  # whole numbers
ALL = "every customer"
WORDS = {  # up to, from, between, exactly
    "recency_days": (
        "last bought at most {} days ago",
        "last bought {} days ago or longer",
        "last bought {} to {} days ago",
        "last bought {} days ago",
    ),
    "frequency": ("at most {} orders", "{} orders or more", "{} to {} orders", "{} orders"),
    "monetary": ("money up to {}", "money above {}", "money above {} up to {}", ""),
}
SINGULAR = re.compile(r"(?<!to )\b1 (day|order)s\b")


@dataclass(frozen=True)
class Rule:
    """The customers above each of `above` and at or below each of `up_to`, both by column."""

    above: dict[str, float] = field(default_factory=dict)
    up_to: dict[str, float] = field(default_factory=dict)

    def holds(self, customers: pl.DataFrame) -> np.ndarray:
        """Return who falls under the rule, shape ``(n,)``."""
        held = np.full(len(customers), fill_value=True)
        for name, limit in self.above.items():
            held &= (customers[name] > limit).to_numpy()
        for name, limit in self.up_to.items():
            held &= (customers[name] <= limit).to_numpy()
        return held

    def __str__(self) -> str:
        return SINGULAR.sub(r"1 \1", ", ".join(self._words())) or ALL

    def _words(self) -> Iterator[str]:
        for name in COLUMNS:
            up_to, above, between, exactly = WORDS[name]
            low, high = self.above.get(name), self.up_to.get(name)
            first = None if low is None else f"{low + 1:,.0f}" if name in COUNTED else f"{low:,.2f}"
            last = None if high is None else f"{high:,.0f}" if name in COUNTED else f"{high:,.2f}"
            if first and last:
                yield exactly.format(first) if first == last else between.format(first, last)
            elif first:
                yield above.format(first)
            elif last:
                yield up_to.format(last)


def rule_card(customers: pl.DataFrame, segments: Sequence[str] | np.ndarray, seed: int) -> pl.DataFrame:
    """Return a card of at most eight rules that says, nearly, which segment a customer is in.

    The rules are the leaves of a decision tree of depth 3 on recency, frequency and monetary in their own units, with
    thresholds rounded to what people write: whole days and orders, hundredths of money. Each customer falls under one
    rule; counts and fidelity are those of the rounded rules.

    Args:
        customers: columns `recency_days`, `frequency` and `monetary`.
        segments: of the same customers, in the same order.
        seed: of the tree's choice between equal splits.

    Returns:
        the columns of `model.rule_cards` but for the version and its digest, the largest rule first.

    Source: L. Breiman and others, "Classification and Regression Trees", 1984; fidelity: M. Craven and J. Shavlik,
    "Extracting tree-structured representations of trained networks", 1996.
    """
    from sklearn.tree import DecisionTreeClassifier

    names = np.asarray(segments)
    numbers = customers.select(pl.col(name).cast(pl.Float64) for name in COLUMNS)
    tree = DecisionTreeClassifier(max_depth=DEPTH, random_state=seed).fit(numbers.to_numpy(), names)
    rows = []
    for rule in _leaves(tree.tree_, 0, Rule()):
        held = names[rule.holds(numbers)]
        if len(held):  # rounding can empty a rule
            values, counts = np.unique(held, return_counts=True)
            rows.append((str(rule), str(values[counts.argmax()]), len(held), int(counts.max())))
    rows.sort(key=lambda row: (-row[2], row[0]))
    right = sum(row[3] for row in rows)
    return pl.DataFrame([
        {"rule_no": number, "rule": rule, "segment": segment, "customers": held,
         "rule_fidelity": agreed / held, "fidelity": right / len(names)}
        for number, (rule, segment, held, agreed) in enumerate(rows, start=1)
    ])  # fmt: skip


def ensure_rule_card(engine: Engine, snapshot_on: date, monetary: str, seed: int) -> date | None:
    """Write the card of the version that scored a snapshot, unless it is there; return the version, or None.

    The customers are those of the version's own day, or every n-th of them where they are more than 100,000.
    """
    scored_with = engine.read(select("model.scored_with"), snapshot_on=snapshot_on)
    if scored_with.is_empty():
        return None
    version, digest = scored_with.row(0)
    if engine.row(select("model.has_card"), model_version=version, model_digest=digest)["has_card"]:
        return None
    count = engine.stage("fitted_customers", select("rfm.buyers"), snapshot_on=version, monetary=monetary)
    customers = engine.read(select("model.every_nth_customer"), nth=math.ceil(count / CUSTOMERS))
    card = call(rule_card, customers, FrozenModel.read(engine, version).segment(customers), seed)
    added = (pl.lit(version).alias("model_version"), pl.lit(digest).alias("model_digest"))
    engine.write(TABLES["model.rule_cards"], card.with_columns(*added), column="model_version", values=[version])
    return version


def _leaves(tree: Any, node: int, rule: Rule) -> Iterator[Rule]:
    if tree.children_left[node] == tree.children_right[node]:
        yield rule
        return
    name = COLUMNS[tree.feature[node]]
    threshold = float(tree.threshold[node])
    limit = float(math.floor(threshold)) if name in COUNTED else round(threshold, 2)
    yield from _leaves(tree, tree.children_left[node], Rule(rule.above, rule.up_to | {name: limit}))
    yield from _leaves(tree, tree.children_right[node], Rule(rule.above | {name: limit}, rule.up_to))
