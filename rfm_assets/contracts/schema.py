"""What a contract is made of: columns with their types, units and limits, and the table they belong to."""

from dataclasses import dataclass

LINE_MONEY = "decimal(18, 4)"
SUM_MONEY = "decimal(28, 4)"
CHECKSUM = "decimal(38, 0)"
# Units.
CURRENCY = "source currency"
DEVIATIONS = "standard deviations"


@dataclass(frozen=True)
class Column:
    """One column: what it means and what it may hold."""

    name: str
    type: str
    meaning: str
    unit: str | None = None
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] | None = None

    @property
    def description(self) -> str:
        """The meaning with its unit, as catalogues show it."""
        return f"{self.meaning} ({self.unit})" if self.unit else self.meaning


@dataclass(frozen=True)
class Table:
    """One table: its grain, key and columns. The engine, the checks, the catalogue and the tests read nothing else."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    partition: str | None = None

    @property
    def schema(self) -> str:
        """The part of the name before the dot."""
        return self.name.split(".")[0]

    @property
    def short_name(self) -> str:
        """The part of the name after the dot."""
        return self.name.split(".")[1]

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)


def plain(type_: str) -> str:
    """Return a type in the one way of writing it that types are compared in."""
    return type_.lower().replace(" ", "")


def table(
    name: str, grain: str, *columns: Column, key: tuple[str, ...], partition: str | None = None
) -> tuple[str, Table]:
    """Return a table under its name, ready for a dictionary."""
    return name, Table(name, grain, key, columns, partition)
