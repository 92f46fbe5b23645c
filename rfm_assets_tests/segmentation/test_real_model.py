"""The model on the real data: the known figures with everybody fitted, and the known extremes left out of it."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from rfm_assets.segmentation.fitting import ensure_version
from rfm_assets.segmentation.snapshots import store_snapshot
from rfm_assets_tests.online_retail import snapshot

DAY = date(2011, 12, 10)
FEATURES = ["recency_z", "frequency_z", "monetary_z"]
# The known figures are those of a fit on every customer, the extremes included.
EVERYBODY = {"clusters": 4, "model_cadence": "daily", "outlier_fence": float("inf")}


@pytest.fixture(scope="module")
def fitted(retail, settings_for, tmp_path_factory):
    """The model of the day with four clusters, and the customers that it scores, gross and net."""
    found = {}
    for monetary in ("gross", "net"):
        settings = settings_for(tmp_path_factory.mktemp("fit"), monetary=monetary, **EVERYBODY)
        customers = snapshot(retail, monetary, DAY)
        assert ensure_version(retail, DAY, settings) == DAY
        for table in ("features.customers", "segments.customers"):
            assert store_snapshot(retail, table, DAY) == 4_338
        found[monetary] = SimpleNamespace(
            customers=customers,
            version=retail.read("select * from model.versions").row(0, named=True),
            centroids=retail.read("select * from model.centroids order by cluster"),
            features=retail.read("select * from features.customers order by customer_id"),
            segments=retail.read("select * from segments.customers order by customer_id"),
        )
    return found


@pytest.mark.parametrize(
    ("monetary", "best_known", "sizes"),
    [("gross", 3_925.4, [738, 871, 1_183, 1_546]), ("net", 4_099.8, [716, 876, 1_174, 1_572])],
)
def test_with_everybody_fitted_four_clusters_are_as_good_as_the_best_known(fitted, monetary, best_known, sizes):
    version, centroids = fitted[monetary].version, fitted[monetary].centroids
    assert (version["k"], version["customers"], version["promoted"]) == (4, 4_338, True)
    assert best_known - 0.6 <= version["inertia"] <= best_known + 0.1
    found = sorted(centroids["customers"])
    assert sum(found) == 4_338
    # The optimum is flat: fits within 0.003 % of the best inertia put up to 3.4 % of a cluster's customers elsewhere.
    assert found == pytest.approx(sizes, rel=0.05)


@pytest.mark.parametrize("monetary", ["gross", "net"])
def test_features_in_sql_are_those_of_numpy(fitted, monetary):
    money = fitted[monetary].customers["monetary"].cast(pl.Float64).clip(lower_bound=0)
    values = fitted[monetary].customers.select("recency_days", "frequency", money).to_numpy().astype(float)
    logs = np.log1p(values)
    standardised = (logs - logs.mean(axis=0)) / logs.std(axis=0)
    features = fitted[monetary].features
    assert features["customer_id"].to_list() == fitted[monetary].customers["customer_id"].to_list()
    np.testing.assert_allclose(
        features.select("recency_log", "frequency_log", "monetary_log").to_numpy(), logs, rtol=0, atol=1e-12
    )
    np.testing.assert_allclose(features.select(FEATURES).to_numpy(), standardised, rtol=0, atol=1e-12)


@pytest.mark.parametrize("monetary", ["gross", "net"])
def test_each_customer_is_in_the_segment_of_the_nearest_centroid(fitted, monetary):
    centroids, segments = fitted[monetary].centroids, fitted[monetary].segments
    points = fitted[monetary].features.select(FEATURES).to_numpy()
    distances = np.linalg.norm(points[:, None, :] - centroids.select(FEATURES).to_numpy(), axis=2)
    assert segments["segment"].to_list() == centroids["segment"].gather(distances.argmin(axis=1)).to_list()
    nearest, second = np.sort(distances, axis=1)[:, :2].T
    np.testing.assert_allclose(segments["margin"].to_numpy(), second - nearest, rtol=0, atol=1e-9)
    assert (nearest**2).sum() == pytest.approx(fitted[monetary].version["inertia"], rel=1e-9)
    assert dict(segments["segment"].value_counts().iter_rows()) == dict(
        centroids.select("segment", "customers").iter_rows()
    )


def test_the_extremes_are_the_buyers_who_sent_all_back_and_the_wholesalers(retail, settings):
    snapshot(retail, "net", DAY)
    assert ensure_version(retail, DAY, settings.model_copy(update={"model_cadence": "daily"})) == DAY
    assert store_snapshot(retail, "features.customers", DAY) == 4_338
    store_snapshot(retail, "segments.customers", DAY)
    extremes = retail.read(
        "select monetary <= 0 as spent_nothing, count(*) as n, min(frequency) as least, count(segment) as scored "
        "from segments.customers join features.customers using (snapshot_on, customer_id) where is_outlier "
        "group by spent_nothing order by spent_nothing"
    )
    assert extremes.rows() == [(False, 3, 73, 3), (True, 21, 1, 21)]
    assert retail.read("select customers, outliers from model.versions").row(0) == (4_314, 24)
