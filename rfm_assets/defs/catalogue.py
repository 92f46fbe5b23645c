"""How a contract looks in Dagster's catalogue: key, group, kinds, owner, column schema."""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg

from rfm_assets.contracts import TABLES, Table
from rfm_assets.contracts.schema import Column
from rfm_assets.defs.freshness import FRESH
from rfm_assets.defs.partitions import ONE_RUN, SNAPSHOTS

OWNERS = ["team:data-engineering"]
# Tables that the published files are made of, day by day.
BI_DEPENDS_ON = {"segments.customers", "segments.profiles", "segments.moves"}
# Runs that write queue behind one another: DuckDB has one writer.
POOL = "warehouse"


def key(table: str) -> dg.AssetKey:
    """Return the asset key of a table: `clean.orders` is `clean/orders`."""
    return dg.AssetKey(table.split("."))


def keys(*tables: str) -> list[dg.AssetKey]:
    """Return the asset keys of tables."""
    return [key(table) for table in tables]


def catalogued(table: str, *kinds: str, by_day: bool = False) -> Mapping[str, Any]:
    """Return what every `@dg.asset` of a table says: `@dg.asset(**catalogued("rfm.customers", "sql", by_day=True))`."""
    spec = _spec_arguments(TABLES[table], kinds)
    del spec["description"]  # an asset's docstring says more
    return {
        **spec,
        "backfill_policy": ONE_RUN,
        "pool": POOL,
        "partitions_def": SNAPSHOTS if by_day else None,
    }


def catalogued_spec(
    table: str, *kinds: str, deps: Iterable[str] = (), by_day: bool = False, description: str | None = None
) -> dg.AssetSpec:
    """Return the spec of a table that a multi-asset writes."""
    arguments = _spec_arguments(TABLES[table], kinds)
    if description:
        arguments["description"] = description
    return dg.AssetSpec(**arguments, deps=keys(*deps), partitions_def=SNAPSHOTS if by_day else None)


def column_schema(table: Table) -> dg.TableSchema:
    """Return the columns of a contract as Dagster shows them."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                column.name,
                column.type,
                column.description,
                dg.TableColumnConstraints(nullable=column.nullable, other=_limits(column)),
            )
            for column in table.columns
        ],
        dg.TableConstraints([f"one row per {', '.join(table.key)}"]),
    )


def rows(count: int, table: str | None = None, **metadata: Any) -> dg.MaterializeResult:
    """Return what an asset reports: the rows that it wrote, and what else a person wants to see."""
    return dg.MaterializeResult(
        asset_key=key(table) if table else None, metadata={"dagster/row_count": count, **metadata}
    )


def _spec_arguments(table: Table, kinds: Iterable[str]) -> dict[str, Any]:
    return {
        "key": key(table.name),
        "group_name": table.schema,
        "kinds": {"duckdb", *kinds},
        "owners": OWNERS,
        "freshness_policy": FRESH if table.name in BI_DEPENDS_ON else None,
        "description": f"{table.grain[0].upper()}{table.grain[1:]}.",
        "metadata": {"dagster/table_name": table.name, "dagster/column_schema": column_schema(table)},
    }


def _limits(column: Column) -> list[str]:
    found = []
    if column.minimum is not None:
        found.append(f"at least {column.minimum:g}")
    if column.maximum is not None:
        found.append(f"at most {column.maximum:g}")
    if column.allowed is not None:
        found.append(f"one of {', '.join(column.allowed)}")
    return found
