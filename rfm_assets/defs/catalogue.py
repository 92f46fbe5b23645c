"""How a contract looks in Dagster's catalogue: key, group, kinds, owner, column schema."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import dagster as dg

from rfm_assets.contracts import TABLES, Table
from rfm_assets.contracts.schema import Column
from rfm_assets.defs.descriptions import DESCRIPTIONS
from rfm_assets.defs.freshness import FRESH
from rfm_assets.defs.lineage import column_lineage, lineage_in_words
from rfm_assets.defs.partitions import ONE_RUN, SNAPSHOTS
from rfm_assets.defs.resources import Warehouse
from rfm_assets.publishing.catalogue.entries import Entry

OWNERS = ["team:data-engineering"]
# Tables that the published files are made of, day by day.
BI_DEPENDS_ON = {"segments.customers", "segments.profiles", "segments.moves"}
# Runs that write queue behind one another: DuckDB has one writer.
POOL = "warehouse"
NOTHING = Entry()
AGGREGATES = {"personal_data": "no", "grows": "by_change"}


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


def catalogued_spec(table: str, *kinds: str, deps: Iterable[str] = (), by_day: bool = False) -> dg.AssetSpec:
    """Return the spec of a table that a multi-asset writes; `DESCRIPTIONS` says what it is for."""
    arguments = _spec_arguments(TABLES[table], kinds)
    return dg.AssetSpec(**arguments, deps=keys(*deps), partitions_def=SNAPSHOTS if by_day else None)


def published_as(*kinds: str) -> Mapping[str, Any]:
    """Return what every `@dg.asset` of what others read says: `@dg.asset(**published_as("csv"), deps=keys(...))`."""
    return {
        "key_prefix": "published",
        "group_name": "published",
        "kinds": set(kinds),
        "owners": OWNERS,
        "partitions_def": SNAPSHOTS,
        "backfill_policy": ONE_RUN,
    }


def columns(table: Table) -> dict[str, Any]:
    """Return the metadata of a table's columns: what they mean, and what they are computed from.

    It goes with the definition: with each materialisation, it would outweigh the rest of the run history.
    """
    found: dict[str, Any] = {"dagster/column_schema": column_schema(table)}
    if lineage := column_lineage(table.name):
        found["dagster/column_lineage"] = lineage
        found["computed from"] = dg.MetadataValue.md(lineage_in_words(table.name))
    return found


def tags(table: Table) -> dict[str, str]:
    """Return what a table can be found by: whether it is about single customers, and how it grows."""
    return {
        "personal_data": "yes" if "customer_id" in table.column_names else "no",
        "grows": "by_snapshot" if table.partition else "by_change",
    }


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


def rows(count: int, table: str | None = None, entry: Entry = NOTHING, **metadata: Any) -> dg.MaterializeResult:
    """Return what an asset reports: the rows that it wrote, and what else a person wants to see."""
    return dg.MaterializeResult(
        asset_key=key(table) if table else None,
        metadata={"dagster/row_count": count, **shown(entry), **metadata},
    )


def report_day(
    context: dg.AssetExecutionContext, table: str, day: date, count: int, entry: Entry = NOTHING, **metadata: Any
) -> None:
    """Report the same of one day: each day of a range has an event, with its own entry."""
    told = {"dagster/row_count": count, **shown(entry), **metadata}
    partition = day.isoformat()
    if partition in context.partition_keys:
        context.add_asset_metadata(told, asset_key=key(table), partition_key=partition)
    else:  # a day that the run's tag names: see restating.tags_for
        context.log_event(dg.AssetMaterialization(key(table), partition=partition, metadata=told))


def taken(warehouse: Warehouse, table: str | None = None) -> dg.MaterializeResult:
    """Return what an asset by day reports of all its days: how long they took."""
    return dg.MaterializeResult(
        asset_key=key(table) if table else None, metadata={"duration_seconds": warehouse.seconds}
    )


def shown(entry: Entry) -> dict[str, Any]:
    """Return an entry as metadata: tables as Markdown, and numbers, of which Dagster draws plots."""
    return {**entry.told, **{name: dg.MetadataValue.md(text) for name, text in entry.markdown.items()}}


def _spec_arguments(table: Table, kinds: Iterable[str]) -> dict[str, Any]:
    return {
        "key": key(table.name),
        "group_name": table.schema,
        "kinds": {"duckdb", *kinds},
        "owners": OWNERS,
        "freshness_policy": FRESH if table.name in BI_DEPENDS_ON else None,
        "tags": tags(table),
        "description": f"{DESCRIPTIONS.get(table.name, '')} {table.grain[0].upper()}{table.grain[1:]}.".lstrip(),
        "metadata": {"dagster/table_name": table.name, **columns(table)},
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
