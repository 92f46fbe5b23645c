"""The model on the real data: the known figures with everybody fitted, and the known extremes left out of it."""

from datetime import date

import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets.ingestion.landing import load_landing
from rfm_assets.segmentation.fitting import ensure_version
from rfm_assets.segmentation.snapshots import store_customers, store_snapshot

DAY = date(2011, 12, 10)


@pytest.fixture
def real(warehouse, settings, online_retail):
    (settings.landing / "online_retail.csv").hardlink_to(online_retail / "online_retail.csv")
    load_landing(warehouse, settings.landing, 0.01)
    rebuild_touched_days(warehouse)
    warehouse.store(TABLES["rfm.grid"], select("rfm.grid"))
    return warehouse


def test_with_everybody_fitted_the_model_reaches_the_known_figures(real, settings):
    for monetary, inertia, sizes in (
        ("net", 4_099.8, (716, 876, 1_174, 1_572)),
        ("gross", 3_925.4, (738, 871, 1_183, 1_546)),
    ):
        chosen = settings.model_copy(
            update={"clusters": 4, "outlier_fence": float("inf"), "monetary": monetary, "model_cadence": "daily"}
        )
        assert ensure_version(real, DAY, chosen) == DAY
        assert real.read("select inertia from model.versions").item() <= inertia + 0.1
        found = real.read("select customers from model.centroids order by customers")["customers"].to_list()
        # The optimum is flat: fits of like inertia put some 3 % of a cluster's customers elsewhere.
        assert found == pytest.approx(sizes, rel=0.05)


def test_the_extremes_are_the_buyers_who_sent_all_back_and_the_wholesalers(real, settings):
    assert ensure_version(real, DAY, settings.model_copy(update={"model_cadence": "daily"})) == DAY
    store_customers(real, DAY, "net")
    assert store_snapshot(real, "features.customers", DAY) == 4_338
    store_snapshot(real, "segments.customers", DAY)
    extremes = real.read(
        "select monetary <= 0 as spent_nothing, count(*) as n, min(frequency) as least, count(segment) as scored "
        "from segments.customers join features.customers using (snapshot_on, customer_id) where is_outlier "
        "group by spent_nothing order by spent_nothing"
    )
    assert extremes.rows() == [(False, 3, 73, 3), (True, 21, 1, 21)]
    assert real.read("select customers, outliers from model.versions").row(0) == (4_314, 24)
