"""One step of the bulk load, a process of its own: ``bulk.py write CSV SCALE``, ``bulk.py ours|DuckDB FILE FOLDER``."""

import sys
from pathlib import Path

import duckdb


def write(csv: Path, scale: str) -> None:
    """Write a sample shop, without its unreadable lines at which DuckDB would stop, as CSV and beside it as Parquet."""
    from rfm_assets import sample

    with csv.open("wb") as file:
        for number, chunk in enumerate(sample.sample_chunks(scale=float(scale))):
            chunk.write_csv(file, include_header=number == 0)
    values = {"csv": str(csv), "parquet": str(csv.with_suffix(".parquet"))}
    duckdb.execute("copy (from read_csv($csv, all_varchar = true)) to $parquet (format parquet)", values)


def load_ours(path: Path, folder: str) -> None:
    """Load the file as the asset `raw` does."""
    from rfm_assets.engines.duckdb.engine import DuckDBEngine
    from rfm_assets.engines.duckdb.warehouse import open_warehouse
    from rfm_assets.ingestion.landing import load_landing

    landing = Path(folder, "landing")
    landing.mkdir()
    (landing / path.name).hardlink_to(path)
    with duckdb.connect() as connection:
        open_warehouse(connection, Path(folder, "loaded.duckdb"))
        outcomes = load_landing(DuckDBEngine(connection), landing, max_unreadable_share=0)
    if [outcome.status for outcome in outcomes] != ["loaded"]:
        sys.exit(f"not loaded: {outcomes}")


def load_duckdb(path: Path, folder: str) -> None:
    """Load the file as DuckDB does when told nothing."""
    with duckdb.connect(str(Path(folder, "loaded.duckdb"))) as connection:
        read = {".csv": "read_csv", ".parquet": "read_parquet"}[path.suffix]
        connection.execute(f"create table lines as from {read}($path)", {"path": str(path)})


if __name__ == "__main__":
    {"write": write, "ours": load_ours, "DuckDB": load_duckdb}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
