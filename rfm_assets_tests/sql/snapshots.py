"""Snapshots made of orders, and scored by a model whose centroids are in recency, frequency and money as they are."""

from datetime import date, timedelta
from math import log

from rfm_assets.segmentation.snapshots import store_customers, store_snapshot
from rfm_assets_tests.rows import write_rows

DAY, LATER = date(2011, 12, 1), date(2011, 12, 31)
SNAPSHOT = date(2011, 12, 9)
# Recency in days, frequency, monetary. With equal frequency and money, 24 days are nearer to Gone, 23 to Recent.
CENTROIDS = {"Recent": (5, 1, 10), "Gone": (100, 1, 10), "Big": (5, 50, 10_000)}


def ago(days: int, day: date = DAY) -> date:
    return day - timedelta(days=days)


def december(day: int) -> date:
    return date(2011, 12, day)


def order(invoice: str, customer: str, on: date, amount: str | int = "10.00") -> tuple:
    """Return an order; a negative amount makes it a return."""
    return (invoice, customer, on, "return" if str(amount).startswith("-") else "sale", str(amount), 1, 1, on, 0)


def snapshot(warehouse, columns: str, on: date = SNAPSHOT, monetary: str = "net") -> list[tuple]:
    """Make the customers of a snapshot and return these columns of them, in their order."""
    store_customers(warehouse, on, monetary)
    statement = f"select {columns} from rfm.customers where snapshot_on = $on order by customer_id"
    return warehouse.read(statement, on=on).rows()


def write_model(warehouse, **versions: dict[str, tuple]) -> None:
    """Write promoted versions, each under `vYYYYMMDD`, with centroids in their own units and no scaling."""
    days = {date.fromisoformat(name[1:]): centroids for name, centroids in versions.items()}
    write_rows(warehouse, "model.versions", *((on, 3, 42, 100, 1.0, 0.5, "", True, "") for on in days))
    write_rows(
        warehouse,
        "model.scaling",
        *((on, feature, 0.0, 1.0) for on in days for feature in ("recency", "frequency", "monetary")),
    )
    write_rows(
        warehouse,
        "model.centroids",
        *(
            (on, number, segment, 10, *(log(1 + value) for value in values), *values)
            for on, centroids in days.items()
            for number, (segment, values) in enumerate(centroids.items())
        ),
    )


def score(warehouse, on: date, *orders: tuple, monetary: str = "net") -> None:
    """Make the tables of a snapshot from these orders, or from those that are there."""
    if orders:
        write_rows(warehouse, "clean.orders", *orders)
    store_customers(warehouse, on, monetary)
    for table in (
        "features.customers",
        "segments.customers",
        "segments.profiles",
        "segments.customer_moves",
        "segments.moves",
    ):
        store_snapshot(warehouse, table, on)


def segments(warehouse, columns: str, on: date = DAY) -> list[tuple]:
    """Return these columns of the segments of a snapshot, in the order of the customers."""
    statement = f"select {columns} from segments.customers where snapshot_on = $on order by customer_id"
    return warehouse.read(statement, on=on).rows()
