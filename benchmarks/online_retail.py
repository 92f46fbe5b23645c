"""The real Online Retail CSV, as the benchmarks get at it."""

import lzma
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from rfm_assets.engines.base import Engine
from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets.ingestion.landing import load_landing


@contextmanager
def real_csv(given: Path | None) -> Iterator[Path]:
    """Give the path of the unpacked CSV: the one given, or from the folder that RFM_ONLINE_RETAIL names."""
    folder = os.environ.get("RFM_ONLINE_RETAIL")
    if given is None and not folder:
        raise FileNotFoundError("No data: pass --csv PATH, or set RFM_ONLINE_RETAIL to the folder of online_retail.csv")
    plain = given or Path(folder) / "online_retail.csv"
    packed = plain.with_name(plain.name + ".xz")
    if plain.is_file():
        yield plain.resolve()
    elif given is None and packed.is_file():
        with tempfile.TemporaryDirectory(prefix="benchmark-") as unpacked:
            path = Path(unpacked) / plain.name
            with lzma.open(packed) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
            yield path
    else:
        raise FileNotFoundError(f"No data: {plain} is not a file{'' if given else ', nor is ' + str(packed)}")


def land(csv: Path, landing: Path) -> None:
    """Put the CSV into a landing folder that is not there yet."""
    landing.mkdir(parents=True)
    try:
        (landing / "online_retail.csv").hardlink_to(csv)
    except OSError:  # another file system
        shutil.copyfile(csv, landing / "online_retail.csv")


@contextmanager
def real_tables(given: Path | None) -> Iterator[Engine]:
    """Give an engine on a new warehouse that holds the CSV (see `real_csv`) as raw and clean tables."""
    with (
        real_csv(given) as csv,
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        duckdb.connect() as connection,
    ):
        landing = Path(folder) / "landing"
        land(csv, landing)
        open_warehouse(connection, Path(folder) / "warehouse" / "rfm.duckdb")
        engine = DuckDBEngine(connection)
        load_landing(engine, landing, max_unreadable_share=0)
        rebuild_touched_days(engine)
        yield engine
