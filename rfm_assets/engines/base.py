"""The few verbs that the chain needs of a database, and where their SELECTs lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rfm_assets.contracts import Table
from rfm_assets.engines.layout import Layout

if TYPE_CHECKING:
    import polars as pl

Parameter = str | int | float | date | list[date] | None


# A refund that line n carries is line REFUND_LINES + n, so that each line of raw keeps a number of its own.
REFUND_LINES = 1_000_000_000_000


@dataclass(frozen=True)
class Refused:
    """A record that could not be read: its first line's number (see `raw.transactions`), its text, and why."""

    line_no: int
    text: str
    error: str
    lost: int = 1  # lines that are lost with it: those behind a stray quote, or of a page that is cut off


@dataclass(frozen=True)
class Fingerprint:
    """What tells the rows of a partition from others: equal ones are of equal rows, in any order."""

    rows: int
    digest: str


# By partition; a table without any has the one key None, or none when it is empty.
Contents = Mapping[date | None, Fingerprint]


@dataclass(frozen=True)
class Exported:
    """A table of an exported file: its comment, and type and comment of each column."""

    grain: str
    columns: Mapping[str, tuple[str, str]]


class Engine(Protocol):
    """What the chain asks of a database. A verb that writes replaces rows in one transaction, or changes nothing."""

    def transaction(self) -> AbstractContextManager[None]:
        """Return a context in which all verbs commit together, or none does."""

    def read(self, select: str, **parameters: Parameter) -> pl.DataFrame:
        """Return the rows of a SELECT; values come in as named parameters, never in the text."""

    def row(self, select: str, **parameters: Parameter) -> dict[str, Any]:
        """Return the one row of a SELECT, by column."""

    def count(self, table: Table) -> int:
        """Return the number of rows of a table."""

    def stage(self, name: str, select: str, **parameters: Parameter) -> int:
        """Keep the rows of a SELECT under a bare name until the connection closes; return their number."""

    def define(self, name: str, select: str) -> None:
        """Give the rows of a SELECT a bare name until the connection closes: computed whenever they are read."""

    def stage_frame(self, name: str, frame: pl.DataFrame) -> None:
        """Keep a frame's rows under a bare name until the connection closes."""

    def stage_matching(
        self, name: str, table: Table, kept: Sequence[str], *, columns: Sequence[str], staged: str
    ) -> int:
        """Keep, of the rows whose `columns` are those of a staged row, null matching null, some columns; count them.

        Meant for few rows of a large table: what is kept is read for these rows alone.
        """

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

    def export(
        self,
        path: Path,
        tables: Mapping[str, tuple[Table, str]],
        *,
        base: Path | None = None,
        **parameters: Parameter,
    ) -> dict[str, Contents]:
        """Write SELECTs as tables of a new DuckDB file, by name, with the contracts' comments; return what each holds.

        Args:
            path: of the new file.
            tables: by name, contract and SELECT; a contract with a partition may have parts taken over.
            base: an earlier file, whose partitions are taken over where they are the same.
            parameters: of the SELECTs.

        Raises:
            ContractError: a SELECT's columns or types are not the contract's.
            NotWrittenError: such as on a full disk.
        """

    def exported(self, path: Path, tables: Mapping[str, Table]) -> dict[str, Contents]:
        """Return what the tables of an exported file hold, read anew.

        Raises:
            UnreadableFileError: it is no DuckDB file, a damaged one, or lacks one of the tables.
        """

    def describe_exported(self, path: Path) -> dict[str, Exported]:
        """Return the tables of an exported file with their columns.

        Raises:
            UnreadableFileError: it is no DuckDB file, or a damaged one.
        """

    def read_exported(self, path: Path, select: str) -> pl.DataFrame:
        """Return the rows of a SELECT on the tables of an exported file, each named `exported.<name>`.

        Raises:
            UnreadableFileError: it is no DuckDB file, a damaged one, or lacks what the SELECT names.
        """

    def copy_parquet(self, path: Path, name: str, table: Table, files: Mapping[date | None, Path]) -> None:
        """Write a table of an exported file as Parquet: all of its rows, for None, or a partition, into a file each.

        Raises:
            NotWrittenError: such as on a full disk.
        """

    def export_parquet(self, path: Path, select: str, **parameters: Parameter) -> None:
        """Write a SELECT as one Parquet file.

        Raises:
            NotWrittenError: such as on a full disk.
        """

    def export_csv(self, path: Path, table: Table, select: str, **parameters: Parameter) -> None:
        """Write a SELECT as one CSV file: UTF-8, a header, all quoted; a text that a spreadsheet would run gets a `'`.

        Raises:
            ContractError: the SELECT's columns or types are not the contract's.
            NotWrittenError: such as on a full disk.
        """

    def stage_parquet(self, name: str, path: Path) -> None:
        """Keep the rows of a Parquet file under a bare name until the connection closes."""

    def load_csv(self, path: Path, layout: Layout, file_id: int) -> list[Refused]:
        """Append the lines of a UTF-8 text file to `raw.transactions` and return those that could not be read.

        Raises:
            UnreadableFileError: the file's quotes are broken, or it holds money in another currency.
        """

    def load_parquet(self, path: Path, layout: Layout, file_id: int) -> list[Refused]:
        """Append the rows of a Parquet file to `raw.transactions` and return those that could not be read.

        Raises:
            UnreadableFileError: it is no Parquet file, or a damaged one, or it holds money in another currency.
        """

    def load_frames(self, frames: Iterable[pl.DataFrame], layout: Layout, file_id: int) -> list[Refused]:
        """Append records to `raw.transactions` and return those that could not be read.

        Args:
            frames: `line_no`, and text columns `c0` … in the layout's order; one after the other.
            layout: where our fields are in them.
            file_id: of the lines.

        Raises:
            UnreadableFileError: they hold money in another currency.
        """

    def parquet_columns(self, path: Path) -> dict[str, str]:
        """Return the names of a Parquet file's columns and their types, in SQL's words.

        Raises:
            UnreadableFileError: it is no Parquet file, or a damaged one.
        """

    def json_elements(self, path: Path, *, is_list: bool) -> Iterator[str]:
        """Give the elements of a list of JSON, or else the objects that a file holds, as they stand in it.

        Raises:
            UnreadableFileError: it is cut off, or no list, or an element is too large.
        """


@cache
def select(name: str) -> str:
    """Return the SELECT of a table, such as `clean.orders`, from `sql/clean/orders.sql`."""
    schema, table = name.split(".")
    return files("rfm_assets").joinpath("sql", schema, f"{table}.sql").read_text(encoding="utf-8")
