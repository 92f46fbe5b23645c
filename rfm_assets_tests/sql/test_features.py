"""Features: the logarithms of a snapshot, standardised with the model version in force on its day."""

from datetime import date
from math import log

import pytest

from rfm_assets.segmentation.snapshots import store_snapshot
from rfm_assets_tests.rows import write_rows

SNAPSHOT = date(2011, 12, 9)
VERSION = date(2011, 12, 1)


def customer(customer_id: str, recency: int, frequency: int, monetary: str, on: date = SNAPSHOT) -> tuple:
    return (on, customer_id, recency, frequency, monetary, "0", "0", VERSION, 1, 1, 1, "111", "Lost")


def version(on: date, promoted: bool = True) -> tuple:
    return (on, 3, 42, 100, 1.0, 0.5, "", promoted, "")


def scaling(on: date, recency=(0.0, 1.0), frequency=(0.0, 1.0), monetary=(0.0, 1.0)) -> list[tuple]:
    return [(on, "recency", *recency), (on, "frequency", *frequency), (on, "monetary", *monetary)]


def features(warehouse, columns: str, on: date = SNAPSHOT) -> list[tuple]:
    store_snapshot(warehouse, "features.customers", on)
    statement = f"select {columns} from features.customers where snapshot_on = $on order by customer_id"
    return warehouse.read(statement, on=on).rows()


@pytest.fixture
def warehouse(warehouse):
    write_rows(warehouse, "model.versions", version(VERSION))
    write_rows(warehouse, "model.scaling", *scaling(VERSION, (1.0, 2.0), (0.5, 0.25), (3.0, 4.0)))
    return warehouse


def test_a_feature_is_the_logarithm_of_one_more_standardised_with_its_own_mean_and_scale(warehouse):
    write_rows(warehouse, "rfm.customers", customer("c1", 10, 3, "99.50"), customer("c2", 0, 1, "0.00"))
    columns = "customer_id, recency_log, frequency_log, monetary_log, recency_z, frequency_z, monetary_z"
    first, second = features(warehouse, columns)
    assert first[0] == "c1"
    assert first[1:] == pytest.approx(
        (log(11), log(4), log(100.5), (log(11) - 1) / 2, (log(4) - 0.5) / 0.25, (log(100.5) - 3) / 4), rel=1e-14
    )
    assert second[1:] == pytest.approx((0, log(2), 0, -0.5, (log(2) - 0.5) / 0.25, -0.75), rel=1e-14)


def test_monetary_below_zero_counts_as_zero(warehouse):
    write_rows(warehouse, "rfm.customers", customer("c1", 10, 3, "-5000.00"), customer("c2", 10, 3, "0.00"))
    assert features(warehouse, "monetary_log, monetary_z") == [(0.0, -0.75), (0.0, -0.75)]


def test_only_the_snapshots_own_customers_are_in_it(warehouse):
    earlier = date(2011, 12, 8)
    write_rows(warehouse, "rfm.customers", customer("c1", 1, 1, "1"), customer("c2", 1, 1, "1", on=earlier))
    assert features(warehouse, "snapshot_on, customer_id") == [(SNAPSHOT, "c1")]
    assert features(warehouse, "snapshot_on, customer_id", on=earlier) == [(earlier, "c2")]


def test_the_latest_promoted_version_up_to_the_snapshot_is_in_force(warehouse):
    older, in_force, failed, later = (date(2011, month, 1) for month in (9, 10, 11, 12))
    snapshot = date(2011, 11, 30)
    write_rows(
        warehouse, "model.versions", version(older), version(in_force), version(failed, promoted=False), version(later)
    )
    write_rows(
        warehouse,
        "model.scaling",
        *(row for i, on in enumerate((older, in_force, failed, later)) for row in scaling(on, recency=(i, 1.0))),
    )
    write_rows(warehouse, "rfm.customers", customer("c1", 0, 1, "1", on=snapshot))
    assert features(warehouse, "model_version, recency_z", on=snapshot) == [(in_force, -1.0)]


def test_a_version_is_in_force_on_its_own_day(warehouse):
    write_rows(warehouse, "rfm.customers", customer("c1", 1, 1, "1", on=VERSION))
    assert features(warehouse, "model_version", on=VERSION) == [(VERSION,)]


def test_without_a_version_in_force_there_are_no_features(warehouse):
    before = date(2011, 11, 30)
    write_rows(warehouse, "rfm.customers", customer("c1", 1, 1, "1", on=before))
    assert features(warehouse, "*", on=before) == []
