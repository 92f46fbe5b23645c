"""Column lineage in the catalogue is what the SELECTs say."""

import json

import dagster as dg
import pytest

from docs.lineage import CONTRACTS, WRITTEN, derive
from rfm_assets.contracts import TABLES
from rfm_assets.defs.lineage import column_lineage, lineage_in_words


@pytest.fixture(scope="module")
def derived():
    return derive()


def test_what_is_committed_is_derived_from_the_sql(derived):
    assert json.loads(WRITTEN.read_text(encoding="utf-8")) == derived, "run `make lineage`"


def test_a_column_is_traced_through_expressions_and_common_table_expressions(derived):
    assert derived["rfm.customers"]["gross_sales"] == ["clean.orders.amount", "clean.orders.order_kind"]
    assert derived["features.customers"]["recency_log"] == ["rfm.customers.recency_days"]
    assert derived["segments.customers"]["recommended_action"] == ["segments.playbook.recommended_action"]
    assert derived["published.segments"]["why"] == ["segments.reasons.why"]


def test_a_column_is_traced_through_what_is_staged_to_the_tables_behind_it(derived):
    assert derived["clean.transactions"]["line_kind"] == ["raw.transactions.is_cancellation"]
    assert "rfm.customers.recency_days" in derived["model.drift"]["far_share"]


def test_every_source_is_a_column_of_a_contract(derived):
    sources = {source for columns in derived.values() for of in columns.values() for source in of}
    known = {f"{name}.{column}" for name, table in CONTRACTS.items() for column in table.column_names}
    assert sources <= known
    assert len(sources) > 100


def test_every_table_that_sql_makes_of_others_has_its_lineage(derived):
    made_elsewhere = {
        "rfm.grid",  # of constants
        "raw.files", "raw.landed_files", "raw.transactions", "raw.unreadable", "raw.excluded_codes",
        "segments.playbook", *(name for name in TABLES if name.startswith(("model.", "validation."))),
    }  # fmt: skip
    assert set(CONTRACTS) - set(derived) <= made_elsewhere


def test_dagster_is_told_of_it_in_its_own_terms_and_people_in_words():
    lineage = column_lineage("features.customers")
    assert lineage.deps_by_column["recency_log"] == [
        dg.TableColumnDep(dg.AssetKey(["rfm", "customers"]), "recency_days")
    ]
    assert "| recency_z | model.scaling: feature, mean, scale; rfm.customers: recency_days |" in lineage_in_words(
        "features.customers"
    )
    assert column_lineage("segments.playbook") is None
