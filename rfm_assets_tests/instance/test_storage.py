import re
import sqlite3
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS, create_db_conn_string
from sqlalchemy import text

from rfm_assets.instance.storage import KeptEventLog, KeptSqliteStorage, kept_engine

HOME = Path(__file__).resolve().parents[2] / "dagster_home"
KEPT = yaml.safe_load((HOME / "dagster.yaml").read_text())["storage"]
TELEMETRY_OFF = {"telemetry": {"enabled": False}}


@dg.asset(check_specs=[dg.AssetCheckSpec("true_for_once", asset="shops")])
def shops():
    """One row per shop."""
    return dg.MaterializeResult(
        metadata={"dagster/row_count": 1}, check_results=[dg.AssetCheckResult(check_name="true_for_once", passed=True)]
    )


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    yield tmp_path
    kept_engine.cache_clear()


def instance(home, storage):
    (home / "dagster.yaml").write_text(yaml.safe_dump(storage | TELEMETRY_OFF))
    return dg.DagsterInstance.get()


def run_once(instance):
    return dg.materialize([shops], instance=instance).run_id


def seen(instance, run_id):
    record = instance.get_latest_materialization_event(dg.AssetKey("shops"))
    kinds = [entry.dagster_event_type.value for entry in instance.all_logs(run_id) if entry.dagster_event_type]
    return record.run_id, instance.get_run_by_id(run_id).status.value, kinds


def test_the_instance_of_the_project_keeps_its_connections(home):
    with instance(home, {"storage": KEPT}) as ours:
        assert isinstance(ours.event_log_storage, KeptEventLog)


def test_what_is_stored_on_kept_connections_reads_the_same_with_dagsters_own_storage(home):
    with instance(home, {"storage": KEPT}) as ours:
        run_id = run_once(ours)
        stored = seen(ours, run_id)
    with instance(home, {}) as plain:
        assert type(plain.event_log_storage).__name__ == "SqliteEventLogStorage"
        assert seen(plain, run_id) == stored
    assert stored[1] == "SUCCESS"
    assert stored[2].count("ASSET_CHECK_EVALUATION") == 1


def test_a_file_that_a_killed_process_left_without_its_tables_gets_them(home):
    (home / "history").mkdir()
    with sqlite3.connect(home / "history" / "runs.db") as half_made:
        half_made.execute("create table alembic_version (version_num varchar(32) not null)")
    with instance(home, {"storage": KEPT}) as ours:
        assert ours.get_run_by_id(run_once(ours)).status == dg.DagsterRunStatus.SUCCESS


def test_a_run_makes_one_engine_a_file(home):
    with instance(home, {"storage": KEPT}) as ours:
        run_once(ours)
        run_once(ours)
        files = {path.name for path in home.rglob("*.db")}
        assert kept_engine.cache_info().misses == len(files) == 5  # runs, index, schedules, and one for each run


def test_another_process_can_write_while_connections_are_kept(home):
    with instance(home, {"storage": KEPT}) as ours:
        run_once(ours)
        with sqlite3.connect(home / "history" / "runs" / "index.db", timeout=0) as other:
            other.execute("create table written_by_another (id integer)")


def test_a_kept_connection_waits_for_others_as_dagsters_own_do_and_keeps_the_file_whole_when_power_goes(home):
    with kept_engine(create_db_conn_string(str(home), "runs")).connect() as connection:
        busy, synchronous = (
            connection.execute(text(f"pragma {name}")).scalar() for name in ("busy_timeout", "synchronous")
        )
    assert (busy, synchronous) == (1000 * SQLITE_BUSY_TIMEOUT_SECONDS, 1)


def test_a_table_that_is_not_there_is_never_taken_for_one(home):
    with instance(home, {"storage": KEPT}) as ours:
        found = [
            ours.event_log_storage.has_table(name) for name in ("event_logs", "no_table", "event_logs", "no_table")
        ]
    assert found == [True, False, True, False]


def test_a_run_that_is_over_leaves_no_log_beside_its_files(home):
    with instance(home, {"storage": KEPT}) as ours:
        run_id = run_once(ours)
    history = home / "history"
    files = {path.relative_to(history).as_posix() for path in history.rglob("*") if path.is_file()}
    assert files == {"runs.db", "runs/index.db", f"runs/{run_id}.db"}


@pytest.mark.parametrize("name", ["a?b", "a%20b", "a%4Fb"])
def test_a_folder_that_sqlites_address_would_not_lead_to_is_an_error_that_names_it(tmp_path, name):
    with pytest.raises(dg.DagsterInvariantViolationError, match=re.escape(f"is '{tmp_path / name}'")):
        KeptSqliteStorage(str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_may_have_every_other_sign_in_its_name(home, monkeypatch):
    odd = home / """Läden & [a]* it's "x"; #% (100 %) {b}:@=+$"""
    odd.mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(odd))
    with instance(odd, {"storage": KEPT}) as ours:
        assert ours.get_run_by_id(run_once(ours)).status == dg.DagsterRunStatus.SUCCESS


def test_an_instance_can_be_opened_again_after_its_connections_were_closed(home):
    with instance(home, {"storage": KEPT}) as ours:
        run_id = run_once(ours)
        stored = seen(ours, run_id)
    with instance(home, {"storage": KEPT}) as ours:
        assert seen(ours, run_id) == stored
