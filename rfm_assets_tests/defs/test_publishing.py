"""What is published when: after every blocking check, never under a broken contract, and with the time of its run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dagster as dg
import duckdb
import pytest

from rfm_assets.contracts import PUBLISHED
from rfm_assets.defs import checks, published, restating
from rfm_assets.defs import lists as lists_asset
from rfm_assets.defs import report as report_asset
from rfm_assets.defs.checks import blocking_checks
from rfm_assets.defs.published import CHECKED
from rfm_assets.defs.resources import warehouse_of
from rfm_assets.publishing import promises
from rfm_assets_tests.defs.conftest import DAYS
from rfm_assets_tests.defs.evaluations import plan
from rfm_assets_tests.defs.tables import execute, published_bytes

PUBLISHED_SEGMENTS = dg.AssetKey(["published", "segments"])


def day_after(day):
    return (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()


def failed_checks(result):
    return {
        f"{'.'.join(check.asset_key.path)} {check.check_name}": check.description
        for check in result.get_asset_check_evaluations()
        if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR
    }


def messages(result):
    """Return what the steps that failed say, each with its cause."""
    found = []
    for event in result.all_node_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error.cause:
                error = error.cause
            found.append(error.message)
    return found


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


def fail_contract(monkeypatch, table):
    """Let the check of a table against its contract fail."""
    honest = checks.contract_result

    def wrong(engine, name, *rest):
        result = honest(engine, name, *rest)
        return result._replace(passed=False) if name == table else result

    monkeypatch.setattr(checks, "contract_result", wrong)


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


@pytest.mark.parametrize("table", ["rfm.grid", "clean.guests", "model.rule_cards", "segments.profile_products"])
def test_a_blocking_check_of_what_is_not_published_itself_holds_it_back_too(refreshed, refresh, monkeypatch, table):
    before = published_bytes(refreshed)
    fail_contract(monkeypatch, table)
    result = refresh(refreshed, day_after(DAYS[-1]))
    assert not result.success
    assert list(failed_checks(result)) == [f"{table} contract"]
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
    words = failed_checks(result)["published.segments contract_kept"]
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


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def resources(settings):
    return {"settings": settings, "warehouse": warehouse_of(settings)}


def refresh_on(job, instance, settings, day=DAYS[-1]):
    """Run the job on an instance that remembers."""
    return job.execute_in_process(
        instance=instance,
        partition_key=day,
        run_config={"loggers": {"progress": {}}},
        resources=resources(settings),
        raise_on_error=False,
    )


def materialise_on(instance, settings, asset=published.segments, day=DAYS[-1]):
    """Materialise one asset, as a person does in the UI."""
    return dg.materialize(
        [asset],
        instance=instance,
        partition_key=day,
        resources=resources(settings),
        raise_on_error=False,
    )


def test_publishing_by_itself_is_refused_while_a_blocking_check_is_red(job, instance, refreshed):
    before = published_bytes(refreshed)
    execute(refreshed, "update raw.files set line_count = line_count + 1")
    failed = refresh_on(job, instance, refreshed)
    assert list(failed_checks(failed)) == ["raw.files every_line_stored"]
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


@pytest.fixture
def unfinished(job, instance, refreshed, monkeypatch):
    """A shop whose latest snapshot failed a check of its segments: its day."""
    day = day_after(DAYS[-1])
    with monkeypatch.context() as patched:
        fail_contract(patched, "segments.customers")
        assert list(failed_checks(refresh_on(job, instance, refreshed, day))) == ["segments.customers contract"]
    return day


def test_a_latest_snapshot_that_failed_is_not_published_by_the_run_of_another_day(job, instance, refreshed, unfinished):
    before = published_bytes(refreshed)
    result = refresh_on(job, instance, refreshed, DAYS[0])
    assert failed_checks(result) == {}
    (message,) = messages(result)
    assert f"the latest snapshot, {unfinished}, is of a run that did not come to its end" in message
    assert f"`make refresh RFM_DATA={refreshed.data} DAY={unfinished}`" in message
    assert published_bytes(refreshed) == before
    assert refresh_on(job, instance, refreshed, unfinished).success
    assert refresh_on(job, instance, refreshed, DAYS[0]).success


def test_a_day_that_failed_when_it_was_made_again_is_not_published_by_the_run_of_another_day(
    job, instance, refreshed, monkeypatch
):
    before = published_bytes(refreshed)
    with monkeypatch.context() as patched:
        fail_contract(patched, "segments.customers")
        assert not refresh_on(job, instance, refreshed).success
    assert (
        f"`make refresh RFM_DATA={refreshed.data} DAY={DAYS[-1]}`"
        in messages(refresh_on(job, instance, refreshed, DAYS[0]))[0]
    )
    assert published_bytes(refreshed) == before


def test_a_day_that_failed_is_left_out_by_the_next_ones_until_it_is_made_whole(job, instance, refreshed, unfinished):
    next_day = day_after(unfinished)
    assert refresh_on(job, instance, refreshed, next_day).success
    seen = {*DAYS, next_day}
    assert published_days(refreshed) == {"history": seen, "profiles": seen, "moves": seen - {DAYS[0]}}
    assert materialise_on(instance, refreshed, day=None).success
    assert published_days(refreshed)["history"] == seen
    assert refresh_on(job, instance, refreshed, unfinished).success
    assert published_days(refreshed)["history"] == seen | {unfinished}


def published_days(settings):
    """Return the days of the tables that have several, the history's as they are in its Parquet files, too."""
    with duckdb.connect(str(settings.published / "segments.duckdb"), read_only=True) as connection:
        found = {
            name: {str(day) for (day,) in connection.execute(f"select snapshot_on from segment_{name}").fetchall()}
            for name in ("history", "profiles", "moves")
        }
        path = str(settings.published / "segment_history" / "*" / "*.parquet")
        of_parquet = connection.execute("select distinct snapshot_on from read_parquet($path)", {"path": path})
        assert {str(day) for (day,) in of_parquet.fetchall()} == found["history"]
    return found


def test_what_is_published_by_itself_names_the_day_that_did_not_come_to_its_end(instance, refreshed, unfinished, job):
    assert not refresh_on(job, instance, refreshed, DAYS[0]).success  # its checks are green again
    for day in (None, unfinished):
        (message,) = messages(materialise_on(instance, refreshed, day=day))
        assert f"`make refresh RFM_DATA={refreshed.data} DAY={unfinished}` makes it whole and publishes it" in message


def test_a_day_without_a_snapshot_does_not_count_as_published_by_publishing_what_there_is(instance, refreshed):
    before = published_bytes(refreshed)
    day = day_after(DAYS[-1])
    for asset in (published.segments, lists_asset.lists):
        (message,) = messages(materialise_on(instance, refreshed, asset, day))
        assert f"There is no whole snapshot of {day}" in message
        assert f"`make refresh RFM_DATA={refreshed.data} DAY={day}` makes and publishes it" in message
    assert instance.get_materialized_partitions(PUBLISHED_SEGMENTS) == set()
    assert published_bytes(refreshed) == before


def test_a_half_made_day_is_neither_completed_nor_counted_as_published_by_a_run_that_does_not_make_it(
    job, instance, refreshed, unfinished
):
    later = day_after(unfinished)
    assert refresh_on(job, instance, refreshed, later).success
    before = published_days(refreshed)
    for asset in (restating.snapshots, published.segments):
        (message,) = messages(materialise_on(instance, refreshed, asset, unfinished))
        assert f"There is no whole snapshot of {unfinished}" in message
        assert materialise_on(instance, refreshed, asset, later).success
    assert unfinished not in instance.get_materialized_partitions(PUBLISHED_SEGMENTS)
    assert published_days(refreshed) == before
