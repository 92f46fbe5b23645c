"""Public recipes for segmenting the Online Retail customers, repeated on our tables, each beside its known result."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from online_retail import real_tables
from rich.console import Console
from rich.table import Table
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

from rfm_assets.engines.base import Engine
from rfm_assets.settings import Settings

SQL = Path(__file__).resolve().parent / "sql"
PLAIN_WIDTH = 200  # characters, where there is no terminal to ask


@dataclass(frozen=True)
class Result:
    """What a recipe ends with; None is what its source does not give."""

    sizes: tuple[int, ...]  # of the clusters, in ascending order
    silhouette: float
    lines: int | None = None
    inertia: float | None = None


@dataclass(frozen=True)
class Recipe:
    """A way to segment the customers, and its known result."""

    name: str
    select: str  # file below benchmarks/sql; the order of its rows is part of the recipe, as the seed draws from it
    kept_if: str  # column above zero
    transform: Callable[[np.ndarray], np.ndarray]
    k: int
    n_init: int
    seed: int
    known: Result | None


def as_it_is(values: np.ndarray) -> np.ndarray:
    """Return the values."""
    return values


RECIPES = (
    Recipe(
        "log and z-score, sales, K = 4, 20 starts",
        "sales.sql", "monetary", np.log1p, 4, 20, 0, Result((738, 871, 1183, 1546), silhouette=0.3357, inertia=3925.4),
    ),
    Recipe(
        "z-score, sales, K = 2, 10 starts",
        "sales.sql", "monetary", as_it_is, 2, 10, 42, Result((26, 4312), silhouette=0.90),
    ),
    Recipe(
        "z-score, all lines within 1.5 IQR, K = 4, 1 start",
        "within_iqr.sql", "monetary", as_it_is, 4, 1, 42,
        Result((6, 291, 1035, 2856), silhouette=0.579188, lines=344_393),
    ),
    Recipe(
        "the same without the 2 whose exact sum is 0",
        "within_iqr.sql", "exact_monetary", as_it_is, 4, 1, 42, None,
    ),
)  # fmt: skip
HEADINGS = ("recipe", "lines", "customers", "inertia", "silhouette", "cluster sizes", "known result", "our gates")


def run(recipe: Recipe, engine: Engine) -> Result:
    """Return what the recipe ends with on our tables."""
    customers = engine.read((SQL / recipe.select).read_text(encoding="utf-8"))
    lines = int(customers["lines"].sum())
    customers = customers.filter(pl.col(recipe.kept_if) > 0)
    values = customers.select("recency", "frequency", "monetary").cast(pl.Float64).to_numpy()
    points = StandardScaler().fit_transform(recipe.transform(values))
    fitted = KMeans(recipe.k, n_init=recipe.n_init, random_state=recipe.seed).fit(points)
    sizes = tuple(sorted(np.bincount(fitted.labels_).tolist()))
    return Result(sizes, float(silhouette_score(points, fitted.labels_)), lines, float(fitted.inertia_))


def is_reproduced(found: Result, known: Result) -> bool:
    """Return whether all that is known of the recipe comes out, to the digits that are known."""
    return all(value is None or round_like(getattr(found, name), value) == value for name, value in vars(known).items())


def round_like(found: object, known: object) -> object:
    """Return a float rounded to the digits of the known one, anything else as it is."""
    return round(found, len(str(known).partition(".")[2])) if isinstance(found, float) else found


def verdict(found: Result) -> str:
    """Return what the gate on the smallest share would say, under the default settings."""
    limit = Settings.model_fields["min_segment_share"].default
    share = found.sizes[0] / sum(found.sizes)
    return f"pass, smallest {share:.1%}" if share >= limit else f"reject, smallest {share:.2%} < {limit:.0%}"


def cells(recipe: Recipe, found: Result) -> list[str]:
    """Return the row of a recipe, in the order of the headings."""
    known = recipe.known
    return [
        recipe.name,
        f"{found.lines:,}",
        f"{sum(found.sizes):,}",
        f"{found.inertia:,.1f}",
        f"{found.silhouette:.6f}",
        ", ".join(f"{size:,}" for size in found.sizes),
        "none" if known is None else "reproduced" if is_reproduced(found, known) else f"NOT reproduced: {known}",
        verdict(found),
    ]


def main() -> None:
    """Run the recipes; print a table for people and one in Markdown; fail when a known result does not come out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path, help="the CSV; default: from the folder that RFM_ONLINE_RETAIL names")
    args = parser.parse_args()
    try:
        with real_tables(args.csv) as engine:
            results = [(recipe, run(recipe, engine)) for recipe in RECIPES]
    except FileNotFoundError as error:
        sys.exit(str(error))
    rows = [cells(recipe, found) for recipe, found in results]
    table = Table(*HEADINGS, title="public recipes on our tables")
    for row in rows:
        table.add_row(*row)
    console = Console()
    (console if console.is_terminal else Console(width=PLAIN_WIDTH)).print(table)
    for row in (HEADINGS, ["---"] * len(HEADINGS), *rows):
        print(f"| {' | '.join(row)} |")
    missed = [recipe.name for recipe, found in results if recipe.known and not is_reproduced(found, recipe.known)]
    if missed:
        sys.exit(f"not reproduced: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
