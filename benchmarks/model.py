"""Choosing K on generated customers: cells against plain scikit-learn fits in time, inertia and memory; and scoring."""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from measure import Command, CommandError, describe_machine, measure, met, to_mb
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from rfm_assets.engines.duckdb.engine import DuckDBEngine

ROOT = Path(__file__).resolve().parents[1]
MILLION = 1_000_000
# By customers: the choice of K in plain fits (n_init=1, K = 4) that it may cost.
CHOICE_LIMITS = {MILLION: 1.0, 10 * MILLION: 0.5}
INERTIA_LIMIT = 0.005  # share above plain Lloyd with n_init=10, over all customers, same K
SCORING_LIMIT = 2.0  # scoring and writing / writing the same table
PEAK_LIMIT_MB = 1_000
DAY = date(2025, 1, 31)
SEED = 42
NUMBERS = range(3, 9)
PACKAGES = ("duckdb", "polars", "scikit-learn", "numpy")

# Five kinds of customers, as a shop has them; lognormal within a kind. Random numbers are hashes of the row's number,
# so any number of threads makes the same customers.
GENERATE = """
create table customers as
with hashes as (
    select
        i,
        hash(8 * i) as kind,
        hash(8 * i + 1) as u1, hash(8 * i + 2) as v1,
        hash(8 * i + 3) as u2, hash(8 * i + 4) as v2,
        hash(8 * i + 5) as u3, hash(8 * i + 6) as v3
    from range($customers) as t (i)
),
normal as (
    select
        i,
        [1, 2, 2, 3, 3, 4, 4, 5, 5, 5][cast(kind % 10 as bigint) + 1] as kind,
        sqrt(-2 * ln((u1 + 1.0) / 18446744073709551616.0)) * cos(2 * pi() * v1 / 18446744073709551616.0) as n1,
        sqrt(-2 * ln((u2 + 1.0) / 18446744073709551616.0)) * cos(2 * pi() * v2 / 18446744073709551616.0) as n2,
        sqrt(-2 * ln((u3 + 1.0) / 18446744073709551616.0)) * cos(2 * pi() * v3 / 18446744073709551616.0) as n3
    from hashes
)
select
    i as customer_id,
    least(cast(exp([2.0, 3.2, 4.3, 3.0, 5.3][kind] + 0.8 * n1) as bigint), 730) as recency_days,
    1 + cast(exp([2.4, 1.5, 1.0, 0.1, -0.5][kind] + 0.6 * n2) as bigint) as frequency,
    cast(exp([8.0, 6.8, 6.6, 5.6, 5.3][kind] + 0.5 * n2 + 0.8 * n3) as decimal(28, 4)) as monetary
from normal
"""

POPULATION = "select customer_id, recency_days, frequency, monetary from source.customers"
LOGS = "select ln(1 + recency_days) as r, ln(1 + frequency) as f, ln(1 + cast(monetary as double)) as m from customers"
AS_RFM = """
select
    cast($snapshot_on as date) as snapshot_on, cast(customer_id as varchar) as customer_id,
    recency_days, frequency, monetary, monetary as gross_sales, cast(0 as decimal(28, 4)) as returned,
    cast($snapshot_on as date) as first_order_on,
    cast(1 as bigint) as r_score, cast(1 as bigint) as f_score, cast(1 as bigint) as m_score,
    '111' as rfm_cell, 'Lost' as rfm_segment,
from source.customers
where customer_id < $most
"""


def main() -> None:
    """Measure, print, and write the JSON file if one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=MILLION, help="how many to generate (default 1,000,000)")
    parser.add_argument("--json", type=Path, help="write every measurement here")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)  # one step, in a process of its own
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.customers <= 50_000:
        parser.error(
            f"--customers is {args.customers:,}; up to 50,000 are fitted one by one, so there is nothing to see"
        )
    if args.step:
        found = STEPS[args.step](args.folder, args.customers)
        found["peak_mb"] = to_mb(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        (args.folder / f"{args.step}.json").write_text(json.dumps(found))
        return
    console = Console()
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, console.status("") as status:
            found = {}
            for step in STEPS:
                status.update(f"{args.customers:,} customers: {step}")
                found[step] = run(step, Path(folder), args.customers)
    except CommandError as error:
        sys.exit(str(error))
    show(found, args.customers, console)
    if args.json:
        report = {"machine": describe_machine(PACKAGES), "customers": args.customers, "steps": found}
        args.json.write_text(json.dumps(report, indent=2) + "\n")


def run(step: str, folder: Path, customers: int) -> dict:
    """Return what one step found, run in a fresh process."""
    written = folder / f"{step}.json"
    argv = [sys.executable, str(Path(__file__)), "--step", step, "--folder", str(folder), "--customers", str(customers)]
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    measure(Command(argv=argv, cwd=ROOT, env=os.environ | {"PYTHONPATH": path}, writes=[written]))
    return json.loads(written.read_text())


def generate(folder: Path, customers: int) -> dict:
    """Make the customers, once for all steps."""
    with duckdb.connect(str(folder / "customers.duckdb")) as connection:
        connection.execute(GENERATE, {"customers": customers})
    return {}


def choose_k(folder: Path, customers: int) -> dict:
    """Return what our choice of K costs: counting the cells in SQL, all metrics but stability, and the rule."""
    import sklearn.cluster  # noqa: F401  what is measured is the work, not the import

    from rfm_assets.engines.base import select
    from rfm_assets.segmentation.candidates import choose, try_clusters
    from rfm_assets.segmentation.kmeans import Points
    from rfm_assets.segmentation.population import CELL_WIDTH, of_cells
    from rfm_assets.segmentation.scaling import fit_scaling

    Points.stability = lambda *_: 1.0  # the one metric whose cost is not counted
    with engine_on(folder) as engine:
        start = time.perf_counter()
        engine.stage("population", POPULATION)
        staged = time.perf_counter()
        population = of_cells(engine.read(select("model.cells"), cell_width=CELL_WIDTH))
        counted = time.perf_counter()
        scaling = fit_scaling(population.logs, weights=population.weights, variances=population.variances)
        within = float(population.weights @ (population.variances / scaling.scale**2).sum(axis=1))
        points = Points(scaling.standardise(population.logs), population.weights, within)
        tried = try_clusters(points, NUMBERS, SEED)
        choice = choose(tried, 0.01, 0.8).candidate
        chosen = time.perf_counter()
    of_four = next(candidate for candidate in tried if candidate.k == 4)
    return {
        "seconds": chosen - staged, "staging_seconds": staged - start, "cell_seconds": counted - staged,
        "cells": len(population.weights), "k": choice.k, "silhouette": choice.silhouette,
        "centroids": (of_four.centroids * scaling.scale + scaling.mean).tolist(),
        "mean": scaling.mean.tolist(), "scale": scaling.scale.tolist(), "inertia": of_four.inertia,
    }  # fmt: skip


def plain_fit(folder: Path, customers: int, starts: int = 1) -> dict:
    """Return the seconds of a plain fit with K = 4, and the inertia of it and of ours over all customers."""
    import numpy as np
    from sklearn.cluster import KMeans

    ours = json.loads((folder / "choose_k.json").read_text())
    with duckdb.connect(str(folder / "customers.duckdb"), read_only=True) as connection:
        columns = connection.execute(LOGS).fetchnumpy()
    points = np.column_stack([columns.pop(name) for name in ("r", "f", "m")])
    points -= ours["mean"]
    points /= ours["scale"]
    start = time.perf_counter()
    fitted = KMeans(4, n_init=starts, random_state=SEED).fit(points)
    seconds = time.perf_counter() - start
    centroids = (np.array(ours["centroids"]) - ours["mean"]) / ours["scale"]
    chunks = (points[i : i + 100_000] for i in range(0, len(points), 100_000))
    inertia = sum(float(((chunk[:, None] - centroids) ** 2).sum(axis=2).min(axis=1).sum()) for chunk in chunks)
    return {"seconds": seconds, "inertia": float(fitted.inertia_), "our_inertia": inertia}


def plain_fit_of_many_starts(folder: Path, customers: int) -> dict:
    """Return the same with ten starts."""
    return plain_fit(folder, customers, starts=10)


def score(folder: Path, customers: int) -> dict:
    """Return the seconds of making the scored tables in SQL, and of writing the same tables from a copy."""
    from rfm_assets.contracts import TABLES
    from rfm_assets.engines.base import select
    from rfm_assets.segmentation.population import CELL_WIDTH, of_cells
    from rfm_assets.segmentation.rules import rules_of
    from rfm_assets.segmentation.snapshots import store_snapshot
    from rfm_assets.segmentation.version import fit_version
    from rfm_assets.settings import Settings

    with engine_on(folder) as engine:
        engine.stage("population", POPULATION)
        population = of_cells(engine.read(select("model.cells"), cell_width=CELL_WIDTH))
        for name, frame in fit_version(population, DAY, rules_of(Settings(clusters=4))).items():
            engine.write(TABLES[name], frame)
        engine.store(TABLES["rfm.customers"], AS_RFM, snapshot_on=DAY, most=MILLION)
        scored = written = 0.0
        for name in ("features.customers", "segments.customers"):
            start = time.perf_counter()
            store_snapshot(engine, name, DAY)
            scored += time.perf_counter() - start
            engine.stage("copy", f"select * from {name}")  # noqa: S608  one of the two names above
            start = time.perf_counter()
            engine.store(TABLES[name], "select * from copy", snapshot_on=DAY)
            written += time.perf_counter() - start
    return {"seconds": scored, "writing_seconds": written, "customers": min(customers, MILLION)}


@contextmanager
def engine_on(folder: Path) -> Iterator["DuckDBEngine"]:
    """Give an engine on a new warehouse that can read the generated customers as `source.customers`."""
    from rfm_assets.engines.duckdb.engine import DuckDBEngine
    from rfm_assets.engines.duckdb.warehouse import open_warehouse

    with tempfile.TemporaryDirectory(dir=folder) as own, duckdb.connect() as connection:
        open_warehouse(connection, Path(own) / "rfm.duckdb")
        connection.execute("attach $path as source (read_only)", {"path": str(folder / "customers.duckdb")})
        yield DuckDBEngine(connection)


def show(found: dict[str, dict], customers: int, console: Console) -> None:
    """Print what was found, and each target with whether it was met."""
    ours, plain, best, scoring = (
        found[step] for step in ("choose_k", "plain_fit", "plain_fit_of_many_starts", "score")
    )
    table = Table("", "seconds", "peak memory, MB", title=f"{customers:,} customers, {ours['cells']:,} cells")
    for label, step in (
        ("choice of K = 3 to 8, from cells, without stability", ours),
        ("plain fit, n_init=1, K = 4", plain),
        ("plain fit, n_init=10, K = 4", best),
        (f"scored tables of {scoring['customers']:,}", scoring),
    ):
        table.add_row(label, f"{step['seconds']:.2f}", f"{step['peak_mb']:,.0f}")
    console.print(table)
    console.print(
        f"of the choice, counting cells in SQL {ours['cell_seconds']:.2f} s; K = {ours['k']} has the best silhouette"
    )
    if customers >= MILLION:  # with fewer, a plain fit costs little
        limit = CHOICE_LIMITS[max(size for size in CHOICE_LIMITS if size <= customers)]
        target("choice of K / plain fit (n_init=1)", ours["seconds"] / plain["seconds"], limit, "{:.2f}", console)
    gap = best["our_inertia"] / best["inertia"] - 1
    target("inertia above plain n_init=10, K = 4", gap, INERTIA_LIMIT, "{:.3%}", console)
    ratio = scoring["seconds"] / scoring["writing_seconds"]
    target("making the scored tables / writing them", ratio, SCORING_LIMIT, "{:.2f}", console)
    target("peak memory of the choice, MB", ours["peak_mb"], PEAK_LIMIT_MB, "{:,.0f}", console)


def target(label: str, value: float, limit: float, form: str, console: Console) -> None:
    """Print one target and whether it was met."""
    console.print(f"target: {label} <= {form.format(limit)}: {form.format(value)}, {met(value <= limit)}")


STEPS: dict[str, Callable[[Path, int], dict]] = {
    step.__name__: step for step in (generate, choose_k, plain_fit, plain_fit_of_many_starts, score)
}

if __name__ == "__main__":
    main()
