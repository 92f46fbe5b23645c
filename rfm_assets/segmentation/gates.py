"""What a version must show before it may score customers: nobody wakes up to renamed customers."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from rfm_assets.segmentation.candidates import Choice, rounded_down
from rfm_assets.segmentation.population import Population
from rfm_assets.segmentation.scoring import FrozenModel

MAX_INERTIA_GAP = 0.01  # share by which inertia may exceed the best of many starts


@dataclass(frozen=True)
class Promoted:
    """The version promoted before the one that is judged, and the settings that it was fitted with."""

    model_version: date
    settings: str
    model: FrozenModel


@dataclass(frozen=True)
class Verdict:
    """Whether a version is promoted, and why, as a sentence."""

    promoted: bool
    reason: str


def agreement(population: Population, first: FrozenModel, second: FrozenModel) -> float:
    """Return the share of customers to whom two versions give a segment of the same name."""
    same = first.score(population.logs) == second.score(population.logs)
    return float(np.average(same, weights=population.weights))


def judge(
    choice: Choice,
    *,
    is_first: bool,
    best_inertia: float,
    agreed: float | None = None,
    min_agreement: float = 0.0,
    before: date | None = None,
    before_has_drifted: bool = False,
) -> Verdict:
    """Return whether a version passes its gates. The first version is promoted all the same: there is none better.

    Args:
        choice: the candidate chosen; whether it is admissible covers smallest share and stability.
        is_first: whether no version was promoted before, and none that scores would be replaced.
        best_inertia: the least inertia of many starts with the same number of clusters.
        agreed: share of customers whose segment is of the same name as under the promoted version; None when the
            settings ask for another kind of segments, which then need not agree.
        min_agreement: least such share.
        before: the promoted version.
        before_has_drifted: whether the customers have drifted from that version: names that no longer fit need not
            stay.
    """
    gap = choice.candidate.inertia / best_inertia - 1 if best_inertia > 0 else 0.0
    failures = [] if choice.admissible else [choice.reason]
    if gap > MAX_INERTIA_GAP:
        above = -rounded_down(-gap, 3)
        failures.append(
            f"inertia {choice.candidate.inertia:,.1f} is {above:.1%} above the {best_inertia:,.1f} of the best of many "
            f"starts, more than {MAX_INERTIA_GAP:.0%}"
        )
    grounds = [choice.reason] if choice.admissible else []
    if agreed is not None:
        kept = f"{rounded_down(agreed, 3):.1%} of the customers keep the segment that version {before} gives them"
        if agreed >= min_agreement:
            grounds.append(kept)
        elif before_has_drifted:
            grounds.append(f"{kept}, but it no longer fits: they have drifted from it")
        else:
            failures.append(f"only {kept}, fewer than {min_agreement:.1%} (RFM_MIN_AGREEMENT)")
    if not failures:
        end = "promoted"
    elif is_first:
        end = "promoted all the same, for there is no earlier version"
    else:
        end = "not promoted: the version before goes on"
    return Verdict(not failures or is_first, "; ".join([*grounds, *failures, end]))
