"""Out-of-time validation: what customers labelled at a cut did in the window after it, and how well it can be told."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from rfm_assets.segmentation.kmeans import one_thread
from rfm_assets.segmentation.scoring import FrozenModel

RESAMPLES = 1_000  # of a bootstrap
INTERVAL = (2.5, 97.5)  # percentiles


class HistoryError(ValueError):
    """The orders do not reach far enough back or forward to validate on: the message says how far, and what to do."""


@dataclass(frozen=True)
class Window:
    """Customers as of a cut and what came of them: one row each of `before`, in the order of `customer_id`.

    Attributes:
        before: columns `customer_id`, `recency_days`, `frequency` and `monetary` as of the cut.
        orders: shape ``(n,)``, sale invoices after the cut, up to the end of the window.
        monetary: shape ``(n,)``, money of the same time.
        segment: shape ``(n,)``, the segment at the cut.
        segment_after: shape ``(n,)``, the segment at the end of the window.
    """

    before: pl.DataFrame
    orders: np.ndarray
    monetary: pl.Series
    segment: np.ndarray
    segment_after: np.ndarray

    @classmethod
    def of(cls, before: pl.DataFrame, after: pl.DataFrame, bought: pl.DataFrame, model: FrozenModel) -> "Window":
        """Return the window of the customers who are there at both its ends, labelled there by one model.

        Only with `RFM_MONETARY=matched` can a customer leave: whoever brought everything back has bought nothing.

        Args:
            before: the customers as of the cut.
            after: the customers as of the end of the window.
            bought: columns `customer_id`, `orders` and `monetary`: what was bought in the window, by whom.
            model: fitted on nothing later than the last cut.
        """
        before = before.join(after, on="customer_id", how="semi").sort("customer_id")
        bought = before.select("customer_id").join(bought, on="customer_id", how="left", maintain_order="left")
        after = before.select("customer_id").join(after, on="customer_id", how="inner", maintain_order="left")
        return cls(
            before,
            bought["orders"].fill_null(0).to_numpy(),
            bought["monetary"].fill_null(0),
            model.segment(before),
            model.segment(after),
        )


def segment_worth(window: Window, seed: int) -> pl.DataFrame:
    """Return by segment at the cut what its customers did in the window, the one who bought again most first.

    Returns:
        the columns of `validation.segments` from `segment` on; intervals are 95 % bootstrap percentiles.

    Source: B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (percentile interval).
    """
    rows = []
    for segment in np.unique(window.segment):
        members = window.segment == segment
        orders, monetary = window.orders[members], window.monetary.filter(pl.Series(members))
        measures = {
            "bought_again_share": orders > 0,
            "mean_orders": orders,
            "mean_monetary": monetary.cast(pl.Float64).to_numpy(),
        }
        values = np.column_stack(list(measures.values())).astype(float)
        low, high = _interval_of_means(values, seed)
        row = {
            "segment": str(segment),
            "customers": len(orders),
            "orders": int(orders.sum()),
            "monetary": monetary.sum(),
        }
        for i, name in enumerate(measures):
            row |= {name: float(values[:, i].mean()), f"{name}_low": float(low[i]), f"{name}_high": float(high[i])}
        rows.append(row)
    return pl.DataFrame(rows).sort("bought_again_share", "segment", descending=[True, False])


def predictions(train: Window, test: Window, model: FrozenModel) -> pl.DataFrame:
    """Return how well a logistic regression on standardised log R, F, M foretells the window after the one it saw.

    Args:
        train: the window learnt from.
        test: the window after it.
        model: gives the standardisation of both; labelled both.

    Returns:
        the columns of `validation.predictions` from `target` on, a row each for `purchase` and `segment`.

    Raises:
        HistoryError: in one of the windows all customers did the same, so that nothing can be learnt or told apart.
    """
    outcomes = {
        "purchase": (train.orders > 0, test.orders > 0),
        "segment": (train.segment_after, test.segment_after),
    }
    rows = []
    for target, (learnt, found) in outcomes.items():
        for name, outcome in (("learnt from", learnt), ("tested on", found)):
            if len(np.unique(outcome)) < 2:
                raise HistoryError(
                    f"all {len(outcome):,} customers of the window {name} have the same {target} ({outcome[0]}): "
                    "nothing can be told apart. Choose a later snapshot or another RFM_VALIDATION_DAYS"
                )
        rows.append({
            "target": target,
            "customers_trained": len(learnt),
            "customers_tested": len(found),
            **_quality(model.standardise(train.before), learnt, model.standardise(test.before), found),
            "stay_share": float(np.mean(test.segment == found)) if target == "segment" else None,
        })  # fmt: skip
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(("auc", "base_rate", "stay_share"), pl.Float64))


def _quality(
    train_points: np.ndarray, learnt: np.ndarray, test_points: np.ndarray, found: np.ndarray
) -> Mapping[str, float | None]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    with one_thread():
        fitted = LogisticRegression(max_iter=1_000).fit(train_points, learnt)
        probabilities = fitted.predict_proba(test_points)
    is_binary = found.dtype == bool
    return {
        "accuracy": float(np.mean(fitted.classes_[probabilities.argmax(axis=1)] == found)),
        "auc": float(roc_auc_score(found, probabilities[:, 1])) if is_binary else None,
        "base_rate": float(found.mean()) if is_binary else None,
        "largest_share": float(np.unique(found, return_counts=True)[1].max() / len(found)),
    }


def _interval_of_means(values: np.ndarray, seed: int) -> np.ndarray:
    """Return low and high ends of the means of columns, shape ``(2, m)``, from customers resampled with replacement."""
    draws = np.random.default_rng(seed)
    customers = len(values)
    # One resample at a time: all of them at once would take a thousand times the memory.
    resamples = (values.take(draws.integers(customers, size=customers), axis=0) for _ in range(RESAMPLES))
    # The sum of `mean`, digit by digit, but three columns are too few for its loop: with `take` a third of the time.
    sums = [np.einsum("ij->j", resample) for resample in resamples]
    return np.percentile(np.array(sums) / customers, INTERVAL, axis=0)
