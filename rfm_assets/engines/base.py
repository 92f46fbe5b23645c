"""The few verbs that the chain needs of a database, and where their SELECTs lie."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Protocol

import polars as pl

from rfm_assets.contracts import Table

Parameter = str | int | float | date | None


class ContractError(ValueError):
    """What is to be stored does not have the columns or types that the contract promises; nothing was stored."""


class UnreadableFileError(ValueError):
    """A file cannot be read as a whole; nothing of it was stored."""


@dataclass(frozen=True)
class CsvLayout:
    """How a CSV file is to be read."""

    header: tuple[str, ...]  # the names in its first line, in order
    delimiter: str
    columns: Mapping[str, str]  # our name to the file's name
    timestamp_format: str  # in strftime's letters


@dataclass(frozen=True)
class Refused:
    """A line that could not be read: its number in the file (the header is 1), its text, and why."""

    line_no: int
    text: str
    error: str


class Engine(Protocol):
    """What the chain asks of a database. A verb that writes replaces rows in one transaction, or changes nothing."""

    def transaction(self) -> AbstractContextManager[None]:
        """Return a context in which all verbs commit together, or none does."""

    def read(self, select: str, **parameters: Parameter) -> pl.DataFrame:
        """Return the rows of a SELECT; values come in as named parameters, never in the text."""

    def count(self, table: Table) -> int:
        """Return the number of rows of a table."""

    def stage(self, name: str, select: str, **parameters: Parameter) -> int:
        """Keep the rows of a SELECT under a bare name until the connection closes; return their number."""

    def stage_frame(self, name: str, frame: pl.DataFrame) -> None:
        """Keep a frame's rows under a bare name until the connection closes."""

    def store(self, table: Table, select: str, **parameters: Parameter) -> int:
        """Replace the partition `snapshot_on` (of a partitioned table) or all rows by a SELECT's; return their number.

        Raises:
            ContractError: the SELECT's columns or types are not the contract's.
        """

    def store_matching(self, table: Table, select: str, *, columns: Sequence[str], staged: str) -> int:
        """Replace the rows whose `columns` are those of a staged row, null matching null; return the rows stored."""

    def write(
        self, table: Table, frame: pl.DataFrame, *, column: str | None = None, values: Sequence[Parameter] = ()
    ) -> None:
        """Replace the rows whose `column` is one of `values`, or all rows without a column, by a frame's."""

    def delete(self, table: Table, *, column: str, values: Sequence[Parameter]) -> None:
        """Delete the rows whose `column` is one of `values`."""

    def export(self, path: Path, tables: Mapping[str, tuple[Table, str]], **parameters: Parameter) -> dict[str, int]:
        """Write SELECTs as tables of a new DuckDB file, by name, with the contracts' comments; return the rows of each.

        Raises:
            ContractError: a SELECT's columns or types are not the contract's.
        """

    def export_parquet(self, path: Path, select: str, **parameters: Parameter) -> None:
        """Write a SELECT as one Parquet file."""

    def load_csv(self, path: Path, layout: CsvLayout, file_id: int) -> list[Refused]:
        """Append the lines of a UTF-8 CSV file to `raw.transactions` and return those that could not be read."""


@cache
def select(name: str) -> str:
    """Return the SELECT of a table, such as `clean.orders`, from `sql/clean/orders.sql`."""
    schema, table = name.split(".")
    return files("rfm_assets").joinpath("sql", schema, f"{table}.sql").read_text(encoding="utf-8")
