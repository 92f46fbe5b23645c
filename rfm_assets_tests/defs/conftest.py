"""What the tests of the Dagster layer share: a small shop's file, and runs of the job on it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from rfm_assets.sample import write_sample
from rfm_assets.settings import Settings
from rfm_assets_tests.conftest import FilledOnce
from rfm_assets_tests.defs.tables import tables

# Three days that follow one another; a model is due on the second of them.
DAYS = ("2024-09-30", "2024-10-01", "2024-10-02")
Refresh = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture(scope="session")
def sample_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 300 customers and 12,000 lines from 2024-01-01 to 2025-01-31."""
    path = tmp_path_factory.mktemp("sample") / "shop.csv"
    write_sample(path, scale=0.2)
    return path


@pytest.fixture(scope="session")
def shop_of(
    settings_for: Callable[..., Settings], sample_csv: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Settings]:
    """Make a data folder that has the sample shop in landing, and give its settings."""

    def build(**chosen: object) -> Settings:
        settings = settings_for(tmp_path_factory.mktemp("data"), **chosen)
        shutil.copy(sample_csv, settings.landing / "shop.csv")
        return settings

    return build


@dataclass(frozen=True)
class Refreshed:
    """A shop refreshed for the days one after the other, and the tables that it had after each."""

    settings: Settings
    tables: list[dict[str, pl.DataFrame]]


@pytest.fixture(scope="session")
def day_by_day(
    filled_once: FilledOnce,
    settings_for: Callable[..., Settings],
    sample_csv: Path,
    refresh: Refresh,
    tmp_path_factory: pytest.TempPathFactory,
) -> Refreshed:
    def fill(folder: Path) -> None:
        settings = settings_for(folder / "data")
        shutil.copy(sample_csv, settings.landing / "shop.csv")
        for day in DAYS:
            assert refresh(settings, day).success
            shutil.copytree(settings.data, folder / day, symlinks=True)

    folder = filled_once("day_by_day", fill)
    own = tmp_path_factory.mktemp("day_by_day") / "data"  # a warehouse is opened by one process at a time
    shutil.copytree(folder / "data", own, symlinks=True)
    return Refreshed(settings_for(own), [tables(settings_for(folder / day)) for day in DAYS])


@pytest.fixture(scope="session")
def in_one_run(
    shop_of: Callable[..., Settings], refresh_tables: Refresh
) -> tuple[dg.ExecuteInProcessResult, dict[str, pl.DataFrame]]:
    """The result and the tables of the same days, refreshed as a range."""
    settings = shop_of()
    result = refresh_tables(settings, DAYS[0], DAYS[-1])
    assert result.success
    return result, tables(settings)


def materialised(result: dg.ExecuteInProcessResult) -> dict[tuple[str, str | None], dict[str, dg.MetadataValue]]:
    """Return what a run reported, by table and day; a table without days has None."""
    found = (event.step_materialization_data.materialization for event in result.get_asset_materialization_events())
    return {(".".join(event.asset_key.path), event.partition): dict(event.metadata) for event in found}


@pytest.fixture(scope="session")
def job() -> dg.JobDefinition:
    from rfm_assets.definitions import defs

    return defs().resolve_job_def("refresh")


def _runs_of(job: dg.JobDefinition) -> Refresh:
    from rfm_assets.defs.resources import warehouse_of

    def run(settings: Settings, first: str, last: str | None = None) -> dg.ExecuteInProcessResult:
        tags = {"dagster/partition": first} if last is None else {
            "dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last
        }  # fmt: skip
        with dg.DagsterInstance.ephemeral() as instance:
            return job.execute_in_process(
                instance=instance,
                tags=tags,
                run_config={"loggers": {"progress": {}}},  # not the console
                resources={"settings": settings, "warehouse": warehouse_of(settings)},
                raise_on_error=False,
            )

    return run


@pytest.fixture(scope="session")
def refresh(job: dg.JobDefinition) -> Refresh:
    """Run the job in this process for a day, or for a range of days at once, and return its result."""
    return _runs_of(job)


@pytest.fixture(scope="session")
def refresh_tables(job: dg.JobDefinition) -> Refresh:
    """Run it without what is written for people, the report and the lists: in five sixths of the time."""
    graph = job.asset_layer.asset_graph
    assets = job.asset_layer.selected_asset_keys - {dg.AssetKey(["published", name]) for name in ("report", "lists")}
    checks = {check for check in graph.asset_check_keys if check.asset_key in assets}
    return _runs_of(job.get_subset(asset_selection=assets, asset_check_selection=checks))


@pytest.fixture
def refreshed(day_by_day: Refreshed, settings_for: Callable[..., Settings], tmp_path: Path) -> Settings:
    """The settings of a copy of that shop, for a test to break."""
    folder = tmp_path / "data"
    shutil.copytree(day_by_day.settings.data, folder, symlinks=True)
    return settings_for(folder)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance that remembers runs while the test lasts."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance
