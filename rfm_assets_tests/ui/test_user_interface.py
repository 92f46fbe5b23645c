"""`dagster dev -w workspace.yaml` on a sample shop: what it answers, and what its pages show in a browser."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import expect

from rfm_assets.contracts import TABLES
from rfm_assets.engines.duckdb.frames import read_published
from rfm_assets.sample import write_sample
from rfm_assets_tests.ui.nodes import ASSETS, GROUPS, NO_TABLES, nodes, told
from rfm_assets_tests.ui.server import DAGSTER_DEV, ROOT, Server, ServerError, clean_environment, new_instance, served

LAST_DAY = "2025-01-31"  # of the sample shop


@pytest.fixture(scope="module")
def workspace_ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The UI of `dagster dev -w workspace.yaml`, on a sample shop of which nothing is loaded yet."""
    folder = tmp_path_factory.mktemp("workspace_ui")
    instance = new_instance(folder)
    write_sample(Path(instance["RFM_DATA"]) / "landing" / "sample_shop.csv", scale=0.1)
    with served(DAGSTER_DEV, folder, instance) as server:
        server.wait_until_loaded()
        yield server


@pytest.fixture(scope="module")
def refreshed_ui(workspace_ui: Server) -> Server:
    """The same after the job was launched for the sample's last day, as from its page."""
    workspace_ui.wait_until_run(workspace_ui.launch("refresh", LAST_DAY))
    return workspace_ui


def test_the_workspace_file_serves_every_asset_in_its_group(workspace_ui):
    entry = workspace_ui.wait_until_loaded()
    assert entry["name"] == "rfm_assets"
    assert entry["locationOrLoadError"]["__typename"] == "RepositoryLocation", entry
    found = nodes(workspace_ui)
    assert found.keys() == ASSETS
    assert {node["groupName"] for node in found.values()} == GROUPS
    assert all(node["groupName"] == key[0] for key, node in found.items())


def test_every_asset_says_what_it_is_and_every_column_what_it_means(workspace_ui):
    for key, node in nodes(workspace_ui).items():
        assert node["description"], key
        assert "duckdb" in node["kinds"] or key == ("published", "lists"), key
        if key in NO_TABLES:
            continue
        [schema] = [entry["schema"] for entry in node["metadataEntries"] if "schema" in entry]
        assert all(column["description"] for column in schema["columns"]), key
        if ".".join(key) in TABLES:
            assert [column["name"] for column in schema["columns"]] == list(TABLES[".".join(key)].column_names)


def test_the_server_starts_without_warnings_about_the_project(workspace_ui):
    lines = workspace_ui.output.splitlines()
    assert not [line for line in lines if "WARNING" in line or "ERROR" in line]


def test_the_server_listens_on_loopback_alone(workspace_ui):
    # All of 127.0.0.0/8 is this machine: a server on every interface would answer here.
    with pytest.raises(OSError, match=r"refused|assign"):
        socket.create_connection(("127.0.0.2", workspace_ui.port), timeout=5)


def test_the_job_launched_from_the_ui_publishes_the_segments(refreshed_ui):
    metadata = told(refreshed_ui, "published", "segments")
    path = Path(metadata["path"]["path"])
    rows = read_published(path, "select count(*) as rows, max(snapshot_on) as day from segments").row(0)
    assert rows[0] == metadata["dagster/row_count"]["intValue"] > 100
    assert rows[1].isoformat() == LAST_DAY


def test_every_asset_shows_its_rows_and_its_checks_after_a_run(refreshed_ui):
    for key, node in nodes(refreshed_ui).items():
        if key[0] in ("validation", "retention"):
            continue  # jobs of their own
        [materialisation] = node["assetMaterializations"]
        labels = [entry["label"] for entry in materialisation["metadataEntries"]]
        assert "dagster/row_count" in labels or key == ("published", "report"), key
        # Whether yesterday is published is asked by a job of its own.
        checks = [check for check in node["assetChecksOrError"]["checks"] if check["name"] != "up_to_date"]
        assert ".".join(key) not in TABLES or "contract" in [check["name"] for check in checks], key
        executions = {check["name"]: check["executionForLatestMaterialization"] for check in checks}
        assert None not in executions.values(), key
        # A check that does not block may warn: a small sample shop sells nothing on some last days.
        blocking = [check["name"] for check in checks if check["blocking"]]
        assert {executions[name]["status"] for name in blocking} <= {"SUCCEEDED"}, key


def test_the_figures_of_a_run_are_read_over_graphql(refreshed_ui):
    metadata = told(refreshed_ui, "segments", "customers")
    shares = [entry["floatValue"] for label, entry in metadata.items() if label.startswith("share ")]
    assert len(shares) >= 3
    assert sum(shares) == pytest.approx(1, abs=0.001)
    assert metadata["customers"]["intValue"] == metadata["dagster/row_count"]["intValue"]
    assert metadata["profile"]["mdStr"].startswith("| segment | customers | share |")
    assert metadata["duration_seconds"]["floatValue"] > 0


def test_column_lineage_is_kept_by_the_open_source_server(refreshed_ui):
    entries = nodes(refreshed_ui)["features", "customers"]["metadataEntries"]
    [lineage] = [entry["lineage"] for entry in entries if "lineage" in entry]
    [recency] = [column["columnDeps"] for column in lineage if column["columnName"] == "recency_log"]
    assert recency == [{"assetKey": {"path": ["rfm", "customers"]}, "columnName": "recency_days"}]


def test_one_asset_can_be_materialised_by_itself(refreshed_ui):
    refreshed_ui.wait_until_run(refreshed_ui.launch("__ASSET_JOB", assets=[("rfm", "grid")]))
    refreshed_ui.wait_until_run(refreshed_ui.launch("__ASSET_JOB", LAST_DAY, assets=[("segments", "profiles")]))


def test_the_asset_graph_shows_every_group_and_no_error(refreshed_ui, page, faults):
    page.goto(f"{refreshed_ui.url}/asset-groups")
    for group in GROUPS:
        expect(page.get_by_text(group, exact=True).last).to_be_visible(timeout=60_000)
    for group, name in (("raw", "files"), ("model", "centroids"), ("segments", "profiles"), ("published", "report")):
        # All groups open at once are larger than the window, and the page has what the window shows.
        page.goto(f"{refreshed_ui.url}/asset-groups/?expanded=global@global:{group}")
        expect(page.get_by_text(name, exact=True).last).to_be_visible(timeout=60_000)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text(re.compile("error|failed", re.IGNORECASE))).to_have_count(0)
    assert faults == []


def test_an_asset_page_shows_rows_columns_with_meanings_and_checks(refreshed_ui, page, faults):
    meaning = next(c.description for c in TABLES["segments.customers"].columns if c.name == "recency_days")
    page.goto(f"{refreshed_ui.url}/assets/segments/customers")
    expect(page.get_by_text("Row count")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("recency_days", exact=True).first).to_be_visible()
    expect(page.get_by_text(meaning).first).to_be_visible()
    page.goto(f"{refreshed_ui.url}/assets/segments/customers?view=checks")
    expect(page.get_by_text("one_segment_each").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Succeeded").first).to_be_visible()
    assert faults == []


def test_the_page_of_the_segments_shows_their_profile_and_what_to_do(refreshed_ui, page, faults):
    profile = told(refreshed_ui, "segments", "customers")["profile"]["mdStr"].splitlines()
    page.goto(f"{refreshed_ui.url}/assets/segments/customers")
    table = page.get_by_role("table").filter(has_text="mean money").last
    expect(table).to_be_visible(timeout=60_000)
    for heading in ("segment", "customers", "share", "mean orders"):
        expect(table.get_by_text(heading, exact=True)).to_be_visible()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in profile[2:] if line.startswith("|")]
    assert len(rows) >= 3
    for segment, customers, share, *_ in rows:
        expect(table.get_by_role("row").filter(has_text=segment)).to_contain_text(f"{customers}{share}")
        expect(page.get_by_role("listitem").filter(has_text=f"{segment}: ")).to_be_visible()
    assert faults == []


def test_the_page_of_the_candidates_shows_the_elbow_as_a_picture(refreshed_ui, page, faults):
    page.goto(f"{refreshed_ui.url}/assets/model/candidates")
    page.get_by_text("[Show Markdown]").first.click(timeout=60_000)
    picture = page.get_by_role("img", name="Inertia and silhouette")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 528
    assert faults == []


def test_numbers_that_make_a_series_are_plotted(refreshed_ui, page, faults):
    page.goto(f"{refreshed_ui.url}/assets/segments/profiles")
    page.get_by_role("button", name="Plots").click(timeout=60_000)
    # By partition it looks at the last 120 days only; the sample shop's are older.
    page.get_by_role("button", name="Events").last.click()
    for series in ("customers", "changed_segment", "share Champions"):
        expect(page.get_by_text(series, exact=True).last).to_be_visible()
    expect(page.locator("canvas").first).to_be_visible()
    assert faults == []


def test_a_check_that_fails_says_on_its_page_what_is_wrong_with_which_rows_and_what_to_do(refreshed_ui, page, faults):
    warehouse = (
        Path(told(refreshed_ui, "published", "segments")["path"]["path"]).parents[1] / "warehouse" / "rfm.duckdb"
    )

    def execute(statement: str) -> None:
        with duckdb.connect() as connection:
            connection.execute("attach $path as opened", {"path": str(warehouse)})
            connection.execute("use opened")
            connection.execute(statement)

    execute("update raw.files set sha256 = null")
    with pytest.raises(ServerError, match="1 blocking asset check failed"):
        refreshed_ui.wait_until_run(refreshed_ui.launch("__ASSET_JOB", checks=[(("raw", "files"), "contract")]))
    execute("update raw.files set sha256 = 'x'")
    page.goto(f"{refreshed_ui.url}/assets/raw/files?view=checks&checkDetail=contract")
    expect(page.get_by_text("raw.files breaks its contract: sha256 is empty in 1 row.")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("correct it and put it into landing again")).to_be_visible()
    page.get_by_text("[Show Markdown]").first.click()
    shown = page.get_by_role("table").filter(has_text="what is wrong").last
    expect(shown.get_by_role("row").last).to_contain_text("sha256 is empty")
    assert faults == []


def test_the_workspace_file_loads_from_any_folder(tmp_path):
    instance = new_instance(tmp_path)
    command = [Path(sys.executable).parent / "dagster", "definitions", "validate", "-w", ROOT / "workspace.yaml"]
    done = subprocess.run(
        command, cwd=tmp_path, env=clean_environment() | instance, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rfm_assets" in done.stdout + done.stderr
