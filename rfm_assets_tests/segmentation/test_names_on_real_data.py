"""The shipped archetypes on the real customers: names that a person would give, the same ones every month."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from threadpoolctl import threadpool_limits

from rfm_assets.engines.base import select
from rfm_assets.segmentation.archetypes import load_archetypes
from rfm_assets.segmentation.naming import name_clusters
from rfm_assets.segmentation.scaling import fit_scaling, log_features

LATEST = date(2011, 12, 10)
MONTH_ENDS = [date(2011, 5, 31), date(2011, 6, 30), date(2011, 7, 31), date(2011, 8, 31), date(2011, 9, 30),
              date(2011, 10, 31), date(2011, 11, 30)]  # fmt: skip
NUMBERS = range(3, 9)
BY_MONEY = {
    3: ["Champions", "Needs Attention", "Hibernating"],
    4: ["Champions", "Needs Attention", "Promising", "Hibernating"],
    5: ["Champions", "Loyal", "At Risk", "Promising", "Hibernating"],
}
RECENT = {"Champions", "Loyal", "Potential Loyalists", "New", "Promising"}
GONE = {"At Risk", "Cannot Lose", "Hibernating", "Lost"}
GOOD = {"Champions", "Loyal", "Potential Loyalists", "Needs Attention", "Cannot Lose"}
POOR = {"New", "Promising", "Hibernating", "Lost"}


def profile(retail, day, monetary, k):
    """Return the clusters of K-Means with their names and means, the most money first; and the customers' numbers."""
    from sklearn.cluster import KMeans

    customers = retail.read(select("rfm.buyers"), snapshot_on=day, monetary=monetary).sort("customer_id")
    logs = log_features(customers)
    points = fit_scaling(logs).standardise(logs)
    with threadpool_limits(1):
        fitted = KMeans(k, n_init=10, random_state=42).fit(points)
    names = name_clusters(fitted.cluster_centers_, load_archetypes())
    numbers = customers.select(pl.col("recency_days", "frequency", "monetary").cast(pl.Float64))
    means = numbers.with_columns(name=np.array(names)[fitted.labels_]).group_by("name").mean()
    return means.sort("monetary", descending=True), numbers


@pytest.mark.parametrize("monetary", ["net", "gross"])
@pytest.mark.parametrize("k", NUMBERS)
def test_a_name_says_what_the_cluster_is_like(retail, monetary, k):
    means, numbers = profile(retail, LATEST, monetary, k)
    mean_recency = numbers["recency_days"].mean()
    median_frequency = numbers["frequency"].median()
    found = {name: (recency, frequency, money) for name, recency, frequency, money in means.rows()}
    assert max(found, key=lambda name: found[name][1]) == "Champions"
    assert max(found, key=lambda name: found[name][2]) == "Champions"
    assert max(found, key=lambda name: found[name][0]) == "Hibernating"
    for name, (recency, frequency, _) in found.items():
        assert name not in RECENT or recency < mean_recency, name
        assert name not in GONE or recency > mean_recency, name
        assert name not in GOOD or frequency > median_frequency, name
        assert name not in POOR or frequency < median_frequency + 0.5, name
    assert found["Hibernating"][2] < 400 < 5_000 < found["Champions"][2]


@pytest.mark.parametrize("monetary", ["net", "gross"])
@pytest.mark.parametrize("k", BY_MONEY)
def test_the_same_clusters_have_the_same_names_month_after_month(retail, monetary, k):
    for day in (*MONTH_ENDS, LATEST):
        means, _ = profile(retail, day, monetary, k)
        assert means["name"].to_list() == BY_MONEY[k], day
