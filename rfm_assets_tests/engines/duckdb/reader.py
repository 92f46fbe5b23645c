"""A warehouse that reads CSV files one after the other, and what became of their lines."""

from pathlib import Path

import duckdb

from rfm_assets.engines.base import Refused
from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets.ingestion.mappings import load_sources
from rfm_assets.ingestion.matching import Target, match_text


class Reader:
    """Reads one file after the other into a warehouse of its own."""

    def __init__(self, folder: Path):
        self.connection = duckdb.connect()
        open_warehouse(self.connection, folder / "rfm.duckdb")
        self.engine = DuckDBEngine(self.connection)
        self.path = folder / "lines.csv"
        self.file_id = 0

    def read(self, content: str | bytes, currency: str = "GBP") -> list[Refused]:
        """Load a file anew and return what was refused."""
        self.file_id += 1
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode())
        match = match_text(self.path, Target(load_sources(), self.path.name, currency))
        return self.engine.load_csv(self.path, match.layout, self.file_id)

    def loaded(self, columns: str) -> list[tuple]:
        return self.connection.execute(
            f"select {columns} from raw.transactions where file_id = $id order by line_no",
            {"id": self.file_id},
        ).fetchall()

    def numbers(self) -> list[int]:
        return [number for (number,) in self.loaded("line_no")]


def numbers_and_texts(refused: list[Refused]) -> list[tuple[int, str]]:
    return [(line.line_no, line.text) for line in refused]
