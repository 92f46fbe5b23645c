"""Classing the raw lines of the days that new files touched, and the orders and ledger made of them."""

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, select

# What is replaced, by which column, for the values that which staged SELECT names.
REPLACED = (
    ("clean.transactions", "invoiced_on", "touched_days"),
    ("clean.rejected", "invoiced_on", "touched_days"),
    ("clean.orders", "invoice_id", "touched_invoices"),
    ("clean.ledger", "invoiced_on", "touched_days"),
)


def rebuild_touched_days(engine: Engine) -> int:
    """Rebuild the clean tables for the days whose raw lines changed, in one transaction; return the number of days."""
    with engine.transaction():
        days = engine.stage("touched_days", select("clean.touched_days"))
        if days:
            engine.stage("classified", select("clean.classified"))
            engine.stage("touched_invoices", select("clean.touched_invoices"))
            for table, column, staged in REPLACED:
                engine.store_matching(TABLES[table], select(table), column=column, staged=staged)
    return days
