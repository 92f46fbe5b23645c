"""Loading the definitions: how long it takes, and what is said when the configuration is wrong."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

from rfm_assets_tests.ui.server import ROOT, clean_environment

BIN = Path(sys.executable).parent
TRIES = 5
MOST = 1.5  # times `import dagster`
LOAD = """
import gc, json, sys, time
gc.disable()
start = time.process_time()
import dagster
with_dagster = time.process_time()
from rfm_assets.definitions import defs
defs()
print(json.dumps([(time.process_time() - start) / (with_dagster - start), [*sys.modules]]))
"""
# What an asset imports when it runs.
LATER = {
    "duckdb",
    "polars",
    "numpy",
    "sklearn",
    "scipy",
    "matplotlib",
    "altair",
    "great_tables",
    "jinja2",
    "vl_convert",
    "httpx",
    "tenacity",
    "sqlglot",
}


def load(data: Path) -> tuple[float, set[str]]:
    """Return how many times what dagster takes of the processor the definitions take, and what was imported."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD], env=clean_environment() | {"RFM_DATA": str(data)},
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    ratio, modules = json.loads(done.stdout)
    return ratio, set(modules)


def test_the_definitions_load_in_less_than_one_and_a_half_times_dagster(tmp_path):
    # Both in one process, because a busy machine is now fast and now slow; without pauses of the garbage collector.
    loads = [load(tmp_path) for _ in range(TRIES)]
    assert loads[0][1] & LATER == set()
    assert median(ratio for ratio, _ in loads) < MOST, [round(ratio, 2) for ratio, _ in loads]


@pytest.fixture
def wrong(tmp_path: Path) -> Callable[..., str]:
    """What `dg check defs` says of a configuration that is wrong, but for where in the code it was raised."""

    def check(**variables: str) -> str:
        done = subprocess.run(
            [BIN / "dg", "check", "defs"],
            env=clean_environment() | {"RFM_DATA": str(tmp_path), "PATH": f"{BIN}:/usr/bin:/bin"} | variables,
            capture_output=True, text=True, check=False, cwd=ROOT,
        )  # fmt: skip
        assert done.returncode == 1, done.stdout + done.stderr
        said, _, trace = (done.stdout + done.stderr).partition("Stack Trace:")
        assert trace.count('File "') <= 4, trace
        return said.partition("rfm_assets.settings.errors.SettingsError: ")[2].strip()

    return check


def test_everything_that_is_wrong_is_one_message(wrong, tmp_path):
    archetypes, sources = tmp_path / "archetypes.toml", tmp_path / "sources"
    archetypes.write_text("[[archetype]]\nname = 'Champions'\n")
    sources.mkdir()
    (sources / "till.toml").write_text("columns = \n")
    said = wrong(RFM_ARCHETYPES=str(archetypes), RFM_REFRESH_CRON="99 5 * * *", RFM_FRESH_CRON="0 9,12 * * *",
                 RFM_RETENTION_CRON="0 6 * * 9")  # fmt: skip
    refresh, fresh, retention, archetype, source = said.splitlines()
    assert refresh == (
        "RFM_REFRESH_CRON is '99 5 * * *', no time: five cron fields are like '0 5 * * *', daily at 5:00"
    )
    assert (
        fresh == "RFM_FRESH_CRON is '0 9,12 * * *': it may come once a day at most, such as '0 9 * * *', daily at 9:00"
    )
    assert retention.startswith("RFM_RETENTION_CRON is '0 6 * * 9', no time")
    assert archetype.startswith(f"{archetypes}: archetype 1 description: Field required")
    assert source.startswith(f"{sources}/till.toml is not TOML: ")


def test_wrong_and_misspelt_variables_are_one_message(wrong):
    said = wrong(RFM_MONETRAY="net", RFM_SEED="x", RFM_SMTP_PASSWORD="geheim")  # noqa: S106
    assert [line.partition(" is ")[0] for line in said.splitlines()] == ["RFM_MONETRAY", "RFM_SEED"]
