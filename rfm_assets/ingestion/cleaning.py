"""Classing the raw lines of the days that new files touched, and the tables made of them."""

import hashlib
import re
from datetime import date

from rfm_assets.contracts import CHECKED, TABLES
from rfm_assets.engines.base import REFUND_LINES, Engine, select
from rfm_assets.ingestion.returns import link_returns

# A view: to compute the classes wherever they are read takes less time than to store half a million lines once more,
# and 140 MB less.
CLASSIFIED = "classified"
# Looked up in this order, in the tables as they stand before any of them changes.
STAGED = ("touched_invoices", "touched_orders", "order_days", "touched_pairs")
# Each table that is replaced: the columns that its rows are found by, and the staged SELECT that has their values.
REPLACED = (
    ("clean.transactions", ("invoiced_on",), "touched_days"),
    ("clean.rejected", ("invoiced_on",), "touched_days"),
    ("clean.copies", ("invoiced_on",), "touched_days"),
    ("clean.guests", ("invoiced_on",), "touched_days"),
    ("clean.orders", ("invoice_id", "ordered_on"), "touched_orders"),
    ("clean.ledger", ("invoiced_on",), "touched_days"),
)
DAILY_ORDERS = TABLES["clean.daily_orders"]
DECIDING = (
    "clean.repeated_lines", "clean.classified", *(table for table, *_ in REPLACED), "clean.pair_lines",
    "clean.pair_events", "clean.returns", DAILY_ORDERS.name,
)  # fmt: skip
COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)


def rebuild_touched_days(engine: Engine) -> list[date]:
    """Rebuild the clean tables for the days whose raw lines or rules changed, in one transaction; return the days."""
    with engine.transaction():
        if engine.stage("touched_days", select("clean.touched_days"), rules=rules_in_force()):
            classify(engine)
            counts = {staged: engine.stage(staged, select(f"clean.{staged}")) for staged in STAGED}
            for table, columns, staged in REPLACED:
                engine.store_matching(TABLES[table], select(table), columns=columns, staged=staged)
            if counts["touched_pairs"]:
                link_returns(engine)
            engine.stage("changed_days", select("clean.changed_days"))
            engine.store_matching(
                DAILY_ORDERS, select(DAILY_ORDERS.name), columns=["ordered_on"], staged="changed_days"
            )
            # An order over midnight changed on its other days too.
            changed = engine.read(select("clean.order_days"))["invoiced_on"].to_list()
            engine.delete(CHECKED["meta.checked_days"], column="invoiced_on", values=changed)
        return engine.read(select("clean.days_rebuilt"))["invoiced_on"].to_list()


def classify(engine: Engine) -> None:
    """Tell the one class of each line of the `touched_days`: `classified` has them."""
    engine.stage("repeated_lines", select("clean.repeated_lines"), refund_lines=REFUND_LINES)
    engine.define(CLASSIFIED, select("clean.classified"))


def rules_in_force() -> str:
    """Return the fingerprint of the SELECTs that decide what becomes of a line: when it changes, every day is rebuilt.

    What decides and is no SELECT, as which sale a return is of (`returns.match`), is not in it.
    """
    text = "\n".join(COMMENT.sub("", select(name)) for name in DECIDING)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
