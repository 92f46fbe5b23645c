"""The Online Retail file in a warehouse of its own, up to the grid of scores, and a snapshot of its customers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets.ingestion.landing import load_landing
from rfm_assets.segmentation.snapshots import store_customers
from rfm_assets.settings import Settings

CSV, LATIN1_CSV = "online_retail.csv", "online_retail_latin1.csv"


@contextmanager
def brought(csv: Path, settings: Settings) -> Iterator[DuckDBEngine]:
    """Bring one of the two files through raw and clean; both come under the same name, and have the same rows."""
    (settings.landing / "shop.csv").hardlink_to(csv)
    with duckdb.connect() as connection:
        open_warehouse(connection, settings.warehouse)
        engine = DuckDBEngine(connection)
        outcomes = load_landing(engine, settings.landing, max_unreadable_share=0)
        assert [(o.status, o.line_count, o.unreadable_count, o.days) for o in outcomes] == [("loaded", 541_909, 0, 305)]
        assert len(rebuild_touched_days(engine)) == 305
        engine.store(TABLES["rfm.grid"], select("rfm.grid"))
        yield engine


def snapshot(engine: DuckDBEngine, monetary: str, day: date) -> pl.DataFrame:
    """Make the customers of a day and return them in the order of their ids."""
    store_customers(engine, day, monetary)
    return engine.read("select * from rfm.customers where snapshot_on = $day order by customer_id", day=day)
