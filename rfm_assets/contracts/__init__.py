"""Every table, declared once: feeds the engine, the checks, the catalogue and the tests."""

from collections.abc import Mapping

from rfm_assets.contracts import checked, clean, model, published, raw, rfm, rule_cards, segments, validation
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
CHECKED: Mapping[str, Table] = checked.TABLES  # no assets: what the checks of raw and clean remember

__all__ = ["CHECKED", "PUBLISHED", "TABLES", "Column", "Table"]
