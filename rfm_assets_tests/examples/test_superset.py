"""Superset's import files fit together, fit the contract, and are bundled with the address of a file.

That they work in Superset is tried by `examples/superset/trial.py`, which needs a Superset.
"""

import json
import subprocess
import sys
import tomllib
import uuid
import zipfile
from pathlib import Path

import duckdb
import pytest
import yaml

from examples.superset.bundle import DASHBOARD, DATABASE
from rfm_assets.contracts import PUBLISHED
from rfm_assets_tests.examples.test_questions import QUESTIONS
from rfm_assets_tests.ui.server import ROOT

FILES = {
    path.relative_to(DASHBOARD).as_posix(): yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted(DASHBOARD.rglob("*.yaml"))
}
DATASETS = {name: file for name, file in FILES.items() if name.startswith("datasets/")}
CHARTS = {name: file for name, file in FILES.items() if name.startswith("charts/")}
((_, BOARD),) = ((name, file) for name, file in FILES.items() if name.startswith("dashboards/"))
BY_UUID = {file["uuid"]: file for file in FILES.values() if "uuid" in file}
ONE = ("x_axis", "groupby", "metric")
MANY = ("groupby", "all_columns", "metrics")


def dataset_of(chart: dict) -> dict:
    return BY_UUID[chart["dataset_uuid"]]


def used(chart: dict) -> tuple[set[str], set[str]]:
    """Return the columns and the metrics that a chart asks for, filters and orders too."""
    given = chart["params"]
    named = {given[key] for key in ONE if isinstance(given.get(key), str)}
    named |= {name for key in MANY if isinstance(given.get(key), list) for name in given[key]}
    named |= {json.loads(order)[0] for order in given.get("order_by_cols", [])}
    named |= {given["x_axis_sort"]} if "x_axis_sort" in given else set()
    named |= set(given.get("column_config", {})) | {rule["subject"] for rule in given.get("adhoc_filters", [])}
    metrics = {metric["metric_name"] for metric in dataset_of(chart)["metrics"]}
    return named - metrics, named & metrics


def table(dataset: dict) -> str:
    """Return what Superset selects from."""
    return f"({dataset['sql']})" if dataset["sql"] else dataset["table_name"]


def test_every_file_has_the_version_and_an_identity_of_its_own():
    assert {file["version"] for file in FILES.values()} == {"1.0.0"}
    identified = [file["uuid"] for name, file in FILES.items() if name != "metadata.yaml"]
    assert [str(uuid.UUID(one)) for one in identified] == identified
    assert len(set(identified)) == len(identified)
    assert FILES["metadata.yaml"]["type"] == "Dashboard"


def test_the_database_is_opened_read_only_cannot_reach_other_files_and_has_no_secret():
    database = FILES[DATABASE]
    assert database["extra"]["engine_params"]["connect_args"] == {
        "read_only": True,
        "config": {"enable_external_access": False, "lock_configuration": True},
    }
    assert not {"password", "encrypted_extra", "masked_encrypted_extra"} & set(database)
    assert not [key for key in database if key.startswith("allow_") and database[key]]
    assert {dataset["database_uuid"] for dataset in DATASETS.values()} == {database["uuid"]}


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_has_the_columns_of_the_contract_or_is_one_of_the_questions(name, published):
    dataset = DATASETS[name]
    columns = {column["column_name"]: column["type"] for column in dataset["columns"]}
    with duckdb.connect(str(published), read_only=True) as connection:
        found = connection.sql(f"from {table(dataset)}")
        assert columns == dict(zip(found.columns, map(str, found.types), strict=True))
    assert {column["column_name"] for column in dataset["columns"] if column["is_dttm"]} == {
        column for column, kind in columns.items() if kind == "DATE"
    }
    if dataset["sql"]:
        assert dataset["sql"] == QUESTIONS[dataset["table_name"]].read_text(encoding="utf-8")
    else:
        contract = PUBLISHED[f"published.{dataset['table_name']}"]
        assert [column["description"] for column in dataset["columns"]] == [c.description for c in contract.columns]


@pytest.mark.parametrize("name", CHARTS)
def test_what_a_chart_asks_for_is_there_and_gives_rows(name, published):
    chart = CHARTS[name]
    dataset = dataset_of(chart)
    columns, metrics = used(chart)
    assert columns <= {column["column_name"] for column in dataset["columns"]}
    assert columns | metrics, "a chart that asks for nothing"
    expressions = [metric["expression"] for metric in dataset["metrics"] if metric["metric_name"] in metrics]
    selected = ", ".join([*sorted(columns), *expressions])
    grouped = f" group by {', '.join(sorted(columns))}" if columns and metrics else ""
    with duckdb.connect(str(published), read_only=True) as connection:
        rows = connection.execute(f"select {selected} from {table(dataset)} as asked{grouped}").fetchall()
    assert rows
    assert any(value is not None for row in rows for value in row)


@pytest.mark.parametrize("name", CHARTS)
def test_a_table_shows_text_of_the_data_as_text(name):
    given = CHARTS[name]["params"]
    assert given["viz_type"] == CHARTS[name]["viz_type"]
    assert given["viz_type"] != "table" or given["allow_render_html"] is False


def test_a_metric_is_what_its_name_says():
    assert {
        (metric["metric_name"], metric["expression"]) for file in DATASETS.values() for metric in file["metrics"]
    } == {
        ("as_of", "MAX(snapshot_on)"),
        ("customers_count", "COUNT(*)"),
        ("customers_sum", "SUM(customers)"),
        ("monetary_sum", "SUM(monetary)"),
    }


def test_money_is_at_risk_in_the_segments_that_the_question_asks_for():
    (rule,) = CHARTS["charts/money_at_risk.yaml"]["params"]["adhoc_filters"]
    assert rule["operator"] == "IN"
    names = ", ".join(f"'{name}'" for name in rule["comparator"])
    assert f"where segments.segment in ({names})" in QUESTIONS["revenue_at_risk"].read_text(encoding="utf-8")


def test_the_dashboard_shows_every_chart_once_and_its_filter_has_a_column():
    position = BOARD["position"]
    shown = [part["meta"]["uuid"] for part in position.values() if isinstance(part, dict) and part["type"] == "CHART"]
    assert sorted(shown) == sorted(chart["uuid"] for chart in CHARTS.values())
    placed = {child for part in position.values() if isinstance(part, dict) for child in part.get("children", [])}
    assert placed == set(position) - {"DASHBOARD_VERSION_KEY", "HEADER_ID", "ROOT_ID"}
    for part in position.values():
        if isinstance(part, dict) and part["type"] == "ROW":
            assert sum(position[child]["meta"]["width"] for child in part["children"]) == 12
        if isinstance(part, dict) and part["type"] == "CHART":
            assert part["meta"]["sliceName"] == BY_UUID[part["meta"]["uuid"]]["slice_name"]
    for one in BOARD["metadata"]["native_filter_configuration"]:
        (target,) = one["targets"]
        columns = BY_UUID[target["datasetUuid"]]["columns"]
        assert target["column"]["name"] in {column["column_name"] for column in columns}


def test_a_segment_has_the_colour_that_it_has_in_the_report():
    archetypes = tomllib.loads((ROOT / "rfm_assets" / "segmentation" / "archetypes.toml").read_text(encoding="utf-8"))
    colors = {archetype["name"]: archetype["color"] for archetype in archetypes["archetype"]}
    assert BOARD["metadata"]["label_colors"] == colors


def bundle(folder: Path, published: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.superset.bundle", published, folder / "segments.zip"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def test_the_zip_holds_every_file_below_one_folder_and_the_address_of_the_published_file(tmp_path):
    published = tmp_path / 'it\'s "here": # 100 %' / "segments.duckdb"
    published.parent.mkdir()
    published.touch()
    done = bundle(tmp_path, published)
    assert (done.returncode, done.stderr) == (0, "")
    with zipfile.ZipFile(tmp_path / "segments.zip") as packed:
        found = {name: yaml.safe_load(packed.read(name)) for name in packed.namelist()}
    uri = found[f"customer_segments/{DATABASE}"].pop("sqlalchemy_uri")
    assert uri == f"duckdb:///{published}"
    expected = {f"customer_segments/{name}": dict(file) for name, file in FILES.items()}
    del expected[f"customer_segments/{DATABASE}"]["sqlalchemy_uri"]
    assert found == expected


def test_a_path_of_another_machine_is_taken_and_told(tmp_path):
    done = bundle(tmp_path, Path("/app/published/segments.duckdb"))
    assert done.returncode == 0
    assert done.stderr == "note: /app/published/segments.duckdb is not on this machine: Superset must see it there\n"
    with zipfile.ZipFile(tmp_path / "segments.zip") as packed:
        database = yaml.safe_load(packed.read(f"customer_segments/{DATABASE}"))
    assert database["sqlalchemy_uri"] == "duckdb:////app/published/segments.duckdb"


@pytest.mark.parametrize(("name", "words"), [("published", "is a folder"), ("what?.duckdb", "has a question mark")])
def test_what_cannot_be_an_address_is_one_line_and_no_zip(tmp_path, name, words):
    (tmp_path / "published").mkdir()
    done = bundle(tmp_path, tmp_path / name)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {tmp_path / name} {words}")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "segments.zip").exists()
