"""Every table, declared once: feeds the engine, the checks, the catalogue and the tests."""

from collections.abc import Mapping

from rfm_assets.contracts import clean, lists, meta, model, published, raw, rfm, rule_cards, segments, validation
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
META: Mapping[str, Table] = meta.TABLES  # what the engine keeps about the warehouse itself
PUBLISHED: Mapping[str, Table] = published.TABLES
LISTS: Mapping[str, Table] = lists.TABLES

__all__ = ["LISTS", "META", "PUBLISHED", "TABLES", "Column", "Table"]
