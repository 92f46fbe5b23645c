"""What is published when: after every blocking check, never under a broken contract, and with the time of its run."""

from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg
import duckdb
import pytest

from rfm_assets.contracts import PUBLISHED
from rfm_assets.defs import lists as lists_asset
from rfm_assets.defs import report as report_asset
from rfm_assets.defs.checks import blocking_checks
from rfm_assets.defs.published import CHECKED
from rfm_assets.publishing import promises
from rfm_assets_tests.defs.conftest import DAYS
from rfm_assets_tests.defs.evaluations import blocked_by, plan
from rfm_assets_tests.defs.publications import (
    day_after,
    fail_contract,
    materialise_on,
    messages,
    refresh_on,
)
from rfm_assets_tests.defs.tables import execute, published_bytes

PUBLISHED_SEGMENTS = dg.AssetKey(["published", "segments"])


@pytest.fixture(scope="module")
def upstream(job):
    """The names of the steps that each step of the job waits for, near and far."""
    structure = job.graph.dependency_structure
    near = {
        node: {output.node_name for inputs in structure.input_to_upstream_outputs_for_node(node).values()
               for output in inputs}
        for node in job.graph.node_dict
    }  # fmt: skip
    far: dict[str, set[str]] = {}

    def find(node):
        if node not in far:
            far[node] = near[node] | {further for before in near[node] for further in find(before)}
        return far[node]

    for node in near:
        find(node)
    return far


def step_of(job, key):
    return job.asset_layer.get_op_output_handle(key).node_handle.name


def test_the_blocking_checks_are_those_that_the_job_makes(job):
    graph = job.asset_layer.asset_graph
    made = {key for key in graph.asset_check_keys if graph.get(key).blocking and key.asset_key.path[0] != "published"}
    later = {dg.AssetKey(["segments", "snapshots"])}
    assert {key for key in made if key.asset_key.path[0] != "validation" and key.asset_key not in later} == set(
        blocking_checks(CHECKED)
    )
    assert len(made) > 35


@pytest.mark.parametrize("check", blocking_checks(CHECKED), ids=str)
def test_nothing_is_published_before_each_blocking_check_of_the_run(job, upstream, check):
    assets = [key for key in job.asset_layer.selected_asset_keys if key.path[0] == "published"]
    assert PUBLISHED_SEGMENTS in assets
    for key in assets:
        assert step_of(job, check) in upstream[step_of(job, key)], (
            f"{key.to_user_string()} does not wait for it: see WAITED_FOR in rfm_assets/defs/published.py"
        )


def test_a_blocking_check_of_what_is_not_published_itself_holds_it_back_too(refreshed, refresh, monkeypatch):
    before = published_bytes(refreshed)
    fail_contract(monkeypatch, "model.rule_cards")
    result = refresh(refreshed, day_after(DAYS[-1]))
    assert not result.success
    assert list(blocked_by(result)) == ["model.rule_cards contract"]
    assert published_bytes(refreshed) == before


def test_a_broken_contract_is_a_red_check_that_names_the_column_and_leaves_the_files(refreshed, refresh, monkeypatch):
    before = published_bytes(refreshed)
    table = PUBLISHED["published.segments"]
    columns = tuple(
        replace(column, meaning="how sure we are") if column.name == "margin" else column for column in table.columns
    )
    changed = {**PUBLISHED, "published.segments": replace(table, columns=columns)}
    monkeypatch.setattr(promises, "PUBLISHED", changed)
    result = refresh(refreshed, day_after(DAYS[-1]))
    assert not result.success
    words = blocked_by(result)["published.segments contract_kept"]
    assert "segments.margin meant 'how much nearer the segment is than the next one (standard deviations)'" in words
    assert "would mean 'how sure we are (standard deviations)'" in words
    assert "raise CONTRACT_VERSION in rfm_assets/contracts/published.py" in words
    assert published_bytes(refreshed) == before
    materialised = {event.asset_key for event in result.all_events if event.is_step_materialization}
    assert PUBLISHED_SEGMENTS not in materialised
    monkeypatch.undo()
    assert refresh(refreshed, day_after(DAYS[-1])).success


def test_the_file_tells_when_its_run_started(refreshed, refresh):
    begun = datetime.now(UTC).replace(tzinfo=None)
    assert refresh(refreshed, DAYS[-1]).success
    with duckdb.connect(str(refreshed.published / "segments.duckdb"), read_only=True) as connection:
        ((built_at,),) = connection.execute("select built_at from about").fetchall()
    assert begun <= built_at <= datetime.now(UTC).replace(tzinfo=None)


def test_publishing_by_itself_is_refused_while_a_blocking_check_is_red(job, instance, refreshed):
    before = published_bytes(refreshed)
    execute(refreshed, "update raw.files set line_count = line_count + 1")
    failed = refresh_on(job, instance, refreshed)
    assert list(blocked_by(failed)) == ["raw.files every_line_stored"]
    plan(instance, *blocking_checks(CHECKED))  # a run that was killed before it came to them
    (message,) = messages(materialise_on(instance, refreshed))
    assert f"blocking checks failed when last run: raw.files every_line_stored in run {failed.run_id}. " in message
    assert "run the job refresh, which checks again" in message
    assert published_bytes(refreshed) == before
    execute(refreshed, "update raw.files set line_count = line_count - 1")
    assert refresh_on(job, instance, refreshed).success
    assert materialise_on(instance, refreshed).success


@pytest.mark.parametrize("asset", [lists_asset.lists, report_asset.report], ids=["lists", "report"])
def test_lists_and_report_by_themselves_are_refused_while_a_blocking_check_is_red(job, instance, refreshed, asset):
    before = published_bytes(refreshed)
    execute(refreshed, "update raw.files set line_count = line_count + 1")
    failed = refresh_on(job, instance, refreshed)
    (message,) = messages(materialise_on(instance, refreshed, asset))
    assert f"blocking checks failed when last run: raw.files every_line_stored in run {failed.run_id}. " in message
    assert published_bytes(refreshed) == before
