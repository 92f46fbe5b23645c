"""Lists and the server's copy as a refresh makes them."""

import dagster as dg
import psycopg
import pytest
from pydantic import SecretStr

from rfm_assets.publishing.lists.publication import published_lists
from rfm_assets.publishing.lists.webhook import Webhook
from rfm_assets_tests.defs.conftest import DAYS
from rfm_assets_tests.publishing.lists.segments import read
from rfm_assets_tests.ui.server import free_port


def test_lists_hold_the_customers_of_the_day_and_changes_those_who_moved_since_the_day_before(day_by_day):
    lists = day_by_day.settings.published / "lists"
    today, before = (
        dict(tables["published.segments"].select("customer_id", "segment").iter_rows())
        for tables in (day_by_day.tables[-1], day_by_day.tables[-2])
    )
    manifest = published_lists(day_by_day.settings.published).manifest
    listed = {row["customer_id"]: file.segment for file in manifest.lists for row in read(lists / file.file)}
    assert listed == today
    moves = day_by_day.tables[-1]["segments.moves"].filter(snapshot_on=manifest.snapshot_on)
    assert sorted(
        (row["from_segment"], row["to_segment"], row["cause"]) for row in read(lists / "changes.csv")
    ) == sorted(
        (row["from_segment"] or "", row["to_segment"] or "", row["cause"])
        for row in moves.iter_rows(named=True)
        for _ in range(row["customers"])
    )
    moved = {name for name in today.keys() | before.keys() if today.get(name) != before.get(name)}
    assert {row["customer_id"] for row in read(lists / "changes.csv")} == moved


def test_a_webhook_that_is_down_fails_its_step_and_leaves_everything_published(shop_of, refresh, monkeypatch):
    monkeypatch.setattr(Webhook, "first_wait", 0.001)
    settings = shop_of(webhook_url=SecretStr(f"http://127.0.0.1:{free_port()}/geheim"))
    result = refresh(settings, DAYS[0])
    (failed,) = [event for event in result.all_node_events if event.is_step_failure]
    assert failed.step_key == "published__lists"
    assert "geheim" not in str(failed.step_failure_data.error)
    assert (settings.published / "segments.duckdb").exists()
    assert (settings.published / "lists" / "changes.csv").exists()


@pytest.fixture
def with_server(postgres_url, monkeypatch):
    monkeypatch.setenv("RFM_POSTGRES_URL", postgres_url)
    return postgres_url


def test_the_copy_is_an_asset_where_there_is_a_server_and_only_there(with_server, monkeypatch):
    from rfm_assets.definitions import defs

    key = dg.AssetKey(["published", "postgres"])
    assert key in defs().resolve_job_def("refresh").asset_layer.asset_graph.get_all_asset_keys()
    monkeypatch.delenv("RFM_POSTGRES_URL")
    assert key not in defs().resolve_job_def("refresh").asset_layer.asset_graph.get_all_asset_keys()


def test_the_server_has_what_was_published(day_by_day, with_server):
    from rfm_assets.defs.postgres import postgres

    settings = day_by_day.settings.model_copy(update={"postgres_url": SecretStr(with_server)})
    assert dg.materialize([postgres], partition_key=DAYS[-1], resources={"settings": settings}).success
    with psycopg.connect(with_server) as connection:
        found = connection.execute("select customer_id, monetary, segment from rfm.segments").fetchall()
    published = day_by_day.tables[-1]["published.segments"].select("customer_id", "monetary", "segment")
    assert sorted(found) == sorted(published.rows())
