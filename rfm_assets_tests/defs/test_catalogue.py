"""What each asset shows after a run: figures of its own day, series, lineage, and a picture drawn once."""

from datetime import date

import dagster as dg
import polars as pl
import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.defs.catalogue import key, tags
from rfm_assets.defs.pictures import CANDIDATES, ELBOW, Pictures
from rfm_assets.publishing.catalogue.entries import Entry
from rfm_assets_tests.defs.conftest import DAYS, materialised

# Numbers that Dagster draws over the days, or over the runs.
SERIES = {
    "raw.files": {"lines_read"},
    "clean.rejected": {"lines_read_in_all", "rejected_share"},
    "rfm.customers": {"customers", "monetary"},
    "model.versions": {"k", "inertia", "silhouette"},
    "model.drift": {"far_share", "recency_psi", "frequency_psi", "monetary_psi"},
    "segments.customers": {"customers", "changed_segment"},
    "segments.moves": {"moved"},
}
TEXTS = {
    "raw.files": "newest files",
    "clean.ledger": "ledger",
    "rfm.customers": "distribution",
    "features.customers": "before and after scaling",
    "model.candidates": ELBOW,
    "model.versions": "versions",
    "model.centroids": "centroids",
    "model.rule_cards": "rule card",
    "segments.customers": "profile",
    "segments.profiles": "profile",
    "segments.profile_products": "first three of each segment",
    "segments.profile_countries": "first three of each segment",
    "segments.moves": "moves",
    "segments.playbook": "playbook",
}


@pytest.fixture(scope="module")
def shown(in_one_run):
    """What a range of three days in one run reported, and the tables that it left."""
    result, found = in_one_run
    return materialised(result), found


@pytest.mark.parametrize("table", SERIES)
def test_series_are_numbers(shown, table):
    found = {name for (of, _), metadata in shown[0].items() if of == table for name in numbers(metadata)}
    assert found >= SERIES[table] | {"dagster/row_count", "duration_seconds"}


def numbers(metadata):
    return {name: entry.value for name, entry in metadata.items() if isinstance(entry.value, int | float)}


@pytest.mark.parametrize("table", TEXTS)
def test_tables_and_pictures_are_markdown(shown, table):
    found = [metadata for (of, _), metadata in shown[0].items() if of == table]
    assert found
    assert all(isinstance(metadata[TEXTS[table]], dg.MarkdownMetadataValue) for metadata in found)


def test_each_day_of_a_range_reports_its_own_figures(shown):
    reported, found = shown
    for day in DAYS:
        customers = found["segments.customers"].filter(snapshot_on=date.fromisoformat(day))
        shares = dict(customers.group_by("segment").agg(pl.len() / len(customers)).rows())
        figures = numbers(reported["segments.customers", day])
        assert figures["customers"] == len(customers)
        for segment, share in shares.items():
            assert figures[f"share {segment}"] == pytest.approx(share, abs=1e-4)
    assert len({figures["profile"].value for (of, _), figures in reported.items() if of == "segments.customers"}) == 3


def test_every_asset_of_a_run_tells_how_long_it_took(shown):
    assert [asset for asset, metadata in shown[0].items() if metadata["duration_seconds"].value <= 0] == []


def test_what_a_day_adds_to_the_run_history_stays_small(shown):
    # A year of days, each kept twice, is not to outweigh the warehouse.
    of_a_day = [metadata for (_, day), metadata in shown[0].items() if day in (None, DAYS[-1])]
    sizes = [len(str(entry.value)) for metadata in of_a_day for entry in metadata.values()]
    assert sum(sizes) < 40_000


def test_tags_say_which_tables_are_about_single_customers():
    assert tags(TABLES["rfm.customers"]) == {"personal_data": "yes", "grows": "by_snapshot"}
    assert tags(TABLES["rfm.grid"]) == {"personal_data": "no", "grows": "by_change"}


@pytest.fixture
def drawn(monkeypatch):
    """How often a picture is drawn."""
    found = []
    monkeypatch.setattr(
        "rfm_assets.publishing.catalogue.pictures.elbow", lambda frame: found.append(frame) or f"![{len(found)}]"
    )
    return found


def test_a_picture_is_drawn_when_the_numbers_are_new_and_shown_again_until_the_next(settings, warehouse, drawn):
    def shown_by_a_run(*numbers):
        pictures = Pictures(instance, settings)
        for candidates in numbers:
            entry = Entry({"candidates": candidates})
            metadata = pictures.elbow(warehouse, date(2024, 10, 1), entry)
            told = {"candidates": dg.MetadataValue.md(candidates), **metadata}
            instance.report_runless_asset_event(dg.AssetMaterialization(key(CANDIDATES), metadata=told))
        return metadata[ELBOW].value

    with dg.DagsterInstance.ephemeral() as instance:
        assert shown_by_a_run("| of October |") == "![1]"
        assert shown_by_a_run("| of October |") == "![1]"
        # Days of a range: each version is drawn once.
        assert shown_by_a_run("| of November |", "| of November |") == "![2]"
        assert shown_by_a_run("| of November, fitted anew |") == "![3]"
    assert len(drawn) == 3


def test_no_picture_is_drawn_where_none_is_wanted(settings_for, tmp_path, warehouse, drawn):
    settings = settings_for(tmp_path / "data", pictures=False)
    with dg.DagsterInstance.ephemeral() as instance:
        told = Pictures(instance, settings).elbow(warehouse, date(2024, 10, 1), Entry({"candidates": "| k |"}))
    assert (told, drawn) == ({}, [])
