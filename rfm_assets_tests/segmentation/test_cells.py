"""Cells: what SQL counts, and that a fit on them is the fit on their customers."""

import numpy as np
import polars as pl
import pytest

from rfm_assets.engines.base import select
from rfm_assets.segmentation import fitting
from rfm_assets.segmentation.population import CELL_WIDTH, of_cells, of_customers
from rfm_assets.segmentation.scaling import fit_scaling, log_features
from rfm_assets.segmentation.version import fit_version
from rfm_assets_tests.segmentation.populations import DAY, customers, rules


def stage(warehouse, frame: pl.DataFrame) -> int:
    """Make a frame the population at hand."""
    values = ", ".join(f"('c{i}', {r}, {f}, {m:.2f})" for i, (r, f, m) in enumerate(frame.rows()))
    rows = (
        "select customer_id, cast(recency_days as bigint) as recency_days, cast(frequency as bigint) as frequency, "
        f"monetary from (values {values}) as t (customer_id, recency_days, frequency, monetary)"
    )
    return warehouse.stage("population", rows)


def cells(warehouse, frame: pl.DataFrame, width: float = CELL_WIDTH) -> pl.DataFrame:
    stage(warehouse, frame)
    return warehouse.read(select("model.cells"), cell_width=width)


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return customers(each=2_000, spread=0.6)


def test_cells_hold_every_customer_once_with_their_mean_and_variance(warehouse, frame):
    population = of_cells(cells(warehouse, frame))
    logs = log_features(frame)
    assert population.customers == len(frame)
    assert len(population.weights) < len(frame) / 3
    mean = np.average(population.logs, axis=0, weights=population.weights)
    assert mean == pytest.approx(logs.mean(axis=0), rel=1e-12)
    # The variance between the cells and that within them are all of it.
    scaling = fit_scaling(population.logs, weights=population.weights, variances=population.variances)
    assert scaling.scale == pytest.approx(logs.std(axis=0), rel=1e-12)


def test_no_customer_of_a_cell_exceeds_its_upper_bound(warehouse, frame):
    population = of_cells(cells(warehouse, frame))
    logs = log_features(frame)
    for column in range(3):
        bounds = np.unique(population.upper[:, column])
        counted = [population.weights[population.upper[:, column] <= bound].sum() for bound in bounds]
        assert counted == [(logs[:, column] <= bound).sum() for bound in bounds]


def test_money_below_zero_counts_as_zero_in_cells_too(warehouse):
    frame = pl.DataFrame({"recency_days": [1, 1, 9], "frequency": [1, 1, 1], "monetary": [-5.0, 0.0, 3.0]})
    found = cells(warehouse, frame).sort("customers")
    assert found["customers"].to_list() == [1, 2]
    assert found["monetary_log"].to_list() == [pytest.approx(np.log(4)), 0.0]


def test_customers_that_are_all_equal_are_one_cell(warehouse):
    frame = pl.concat([customers().head(1)] * 5)
    assert cells(warehouse, frame)["customers"].to_list() == [5]


def test_the_same_customers_give_the_same_cells_in_whatever_order_threads_bring_them(connection, warehouse):
    connection.execute("set threads = 8")
    many = (
        "select cast(i as varchar) as customer_id, cast(hash(i) % 700 as bigint) as recency_days, "
        "cast(1 + hash(i * 7) % 40 as bigint) as frequency, "
        "cast((hash(i * 13) % 1000000) / 7.0 as decimal(28, 4)) as monetary from range(300000) as t (i)"
    )
    assert warehouse.stage("population", many) == 300_000
    found = [warehouse.read(select("model.cells"), cell_width=CELL_WIDTH).sort(pl.all()) for _ in range(4)]
    assert [one.equals(found[0]) for one in found] == [True] * 4


def test_a_fit_on_cells_is_the_fit_on_the_customers(warehouse, frame):
    whole = fit_version(of_customers(frame), DAY, rules())
    counted = fit_version(of_cells(cells(warehouse, frame)), DAY, rules())
    one, other = (tables["model.versions"].row(0, named=True) for tables in (whole, counted))
    assert (one["k"], one["customers"]) == (other["k"], other["customers"])
    assert other["silhouette"] == pytest.approx(one["silhouette"], abs=0.003)
    assert other["inertia"] == pytest.approx(one["inertia"], rel=0.005)
    assert other["far_distance"] == pytest.approx(one["far_distance"], rel=0.05)
    first, second = (tables["model.centroids"].sort("segment") for tables in (whole, counted))
    assert first["segment"].to_list() == second["segment"].to_list()
    places = [t.select("recency_z", "frequency_z", "monetary_z").to_numpy() for t in (first, second)]
    assert places[1] == pytest.approx(places[0], abs=0.03)
    scores = [tables["model.candidates"]["davies_bouldin"].to_list() for tables in (whole, counted)]
    assert scores[1] == pytest.approx(scores[0], rel=0.1)


def test_many_customers_are_counted_in_cells_and_few_are_not(warehouse, frame, monkeypatch):
    stage(warehouse, frame)
    monkeypatch.setattr(fitting, "MOST_CUSTOMERS", len(frame))
    assert not fitting._population(warehouse, len(frame)).are_cells
    monkeypatch.setattr(fitting, "MOST_CUSTOMERS", len(frame) - 1)
    assert fitting._population(warehouse, len(frame)).are_cells
