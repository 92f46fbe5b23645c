"""Scoring in memory is scoring in the warehouse."""

from datetime import date

import numpy as np
import polars as pl

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.segmentation.archetypes import load_archetypes, playbook_rows
from rfm_assets.segmentation.fitting import ensure_version
from rfm_assets.segmentation.scaling import Scaling
from rfm_assets.segmentation.scoring import FrozenModel
from rfm_assets.segmentation.snapshots import store_customers, store_snapshot
from rfm_assets_tests.segmentation.shops import write_orders

DAY = date(2024, 6, 30)


def test_the_segments_in_memory_are_those_in_the_warehouse(warehouse, settings):
    write_orders(warehouse, customers=150, last_on=DAY)
    warehouse.store(TABLES["rfm.grid"], select("rfm.grid"))
    warehouse.write(TABLES["segments.playbook"], playbook_rows(load_archetypes()))
    store_customers(warehouse, DAY, settings.monetary)
    version = ensure_version(warehouse, DAY, settings)
    store_snapshot(warehouse, "features.customers", DAY)
    store_snapshot(warehouse, "segments.customers", DAY)
    stored = warehouse.read("select * from segments.customers order by customer_id")

    model = FrozenModel.read(warehouse, version)

    assert len(stored) == 150
    assert model.segment(stored).tolist() == stored["segment"].to_list()
    assert stored["segment"].n_unique() > 1


def test_of_equally_near_centroids_the_first_name_wins():
    tables = {
        "model.scaling": pl.DataFrame({
            "feature": ["monetary", "recency", "frequency"],
            "mean": [0.0] * 3,
            "scale": [1.0] * 3,
        }),
        "model.centroids": pl.DataFrame({
            "segment": ["Z", "A"],
            "recency_z": [0.0, 2 * np.log(2)],
            "frequency_z": [np.log(2)] * 2,
            "monetary_z": [0.0] * 2,
        }),
    }  # fmt: skip
    customer = pl.DataFrame({"recency_days": [1], "frequency": [1], "monetary": [0.0]})
    assert FrozenModel.of(tables).segment(customer).tolist() == ["A"]


def test_features_are_standardised_by_name_whatever_order_the_rows_have():
    tables = {
        "model.scaling": pl.DataFrame({
            "feature": ["monetary", "recency", "frequency"],
            "mean": [3.0, 1.0, 2.0],
            "scale": [30.0, 10.0, 20.0],
        }),
        "model.centroids": pl.DataFrame({
            "segment": ["A"],
            "recency_z": [0.0],
            "frequency_z": [0.0],
            "monetary_z": [0.0],
        }),
    }  # fmt: skip
    scaling = FrozenModel.of(tables).scaling
    assert isinstance(scaling, Scaling)
    assert scaling.mean.tolist() == [1, 2, 3]
    assert scaling.scale.tolist() == [10, 20, 30]
