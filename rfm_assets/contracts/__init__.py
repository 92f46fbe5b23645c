"""Every table, declared once: feeds the engine, the checks, the catalogue and the tests."""

from collections.abc import Mapping

from rfm_assets.contracts import (
    checked,
    clean,
    lists,
    meta,
    model,
    published,
    raw,
    rfm,
    rule_cards,
    segments,
    validation,
)
from rfm_assets.contracts.schema import Column, Table

TABLES: Mapping[str, Table] = {
    **raw.TABLES,
    **clean.TABLES,
    **rfm.TABLES,
    **model.TABLES,
    **rule_cards.TABLES,
    **segments.TABLES,
    **validation.TABLES,
}
PUBLISHED: Mapping[str, Table] = published.TABLES
LISTS: Mapping[str, Table] = lists.TABLES
CHECKED: Mapping[str, Table] = checked.TABLES
# No assets: which version the tables have, and what the checks of raw and clean remember.
META: Mapping[str, Table] = {**meta.TABLES, **CHECKED}

__all__ = ["CHECKED", "LISTS", "META", "PUBLISHED", "TABLES", "Column", "Table"]
