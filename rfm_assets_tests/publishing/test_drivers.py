"""The published file opens in what BI tools are built with: older DuckDBs, SQLAlchemy, Node."""

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from rfm_assets.contracts import PUBLISHED
from rfm_assets.publishing.files import publish
from rfm_assets_tests.publishing.published import BUILT_AT, LATEST, customer
from rfm_assets_tests.rows import write_rows

NODE_API = "1.5.6-r.1"
INSTALLED_WITHIN = 300  # seconds
READ = """
import duckdb, json, sys
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    tables = [name for (name,) in connection.execute("select table_name from duckdb_tables() order by all").fetchall()]
    counts = {name: len(connection.execute(f'from "{name}"').fetchall()) for name in tables}
    ask = "select comment from duckdb_columns() where table_name = 'segments' and column_name = 'segment'"
    comment = connection.execute(ask).fetchall()[0][0]
    money = connection.execute("select cast(sum(monetary) as varchar) from segment_history").fetchall()[0][0]
print(json.dumps({"version": duckdb.__version__, "counts": counts, "comment": comment, "money": money}))
"""
READ_IN_NODE = """
const { DuckDBInstance } = require("@duckdb/node-api");
(async () => {
  const instance = await DuckDBInstance.create(process.argv[1], { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const rows = async (query) => (await connection.runAndReadAll(query)).getRowsJson();
  const tables = (await rows("select table_name from duckdb_tables() order by all")).flat();
  const counts = {};
  for (const name of tables) counts[name] = (await rows(`from "${name}"`)).length;
  const comment = await rows(
    "select comment from duckdb_columns() where table_name = 'segments' and column_name = 'segment'");
  const money = await rows("select cast(sum(monetary) as varchar) from segment_history");
  const version = await rows("select version()");
  console.log(JSON.stringify({ version: version[0][0], counts, comment: comment[0][0], money: money[0][0] }));
})();
"""
EXPECTED = {
    "counts": {
        "about": 1, "playbook": 1, "segment_history": 40, "segment_moves": 1, "segment_profiles": 1, "segments": 4,
    },
    "comment": next(c.description for c in PUBLISHED["published.segments"].columns if c.name == "segment"),
    "money": "500.0000",
}  # fmt: skip


@pytest.fixture
def file(segmented, settings, connection) -> Path:
    """A file that was brought up to date, which is written otherwise than a first one."""
    history = [customer(f"c{i}", LATEST - timedelta(days=d), "Loyal") for d in range(10) for i in range(4)]
    write_rows(segmented, "segments.customers", *history)
    publish(segmented, settings, BUILT_AT)
    connection.execute("update segments.customers set frequency = 7 where snapshot_on = $on", {"on": LATEST})
    return publish(segmented, settings, BUILT_AT).duckdb


def installed(folder: Path, *command: str | Path) -> Path:
    """Install into a folder once and for all; one that was left half-made is made anew."""
    if not folder.exists():
        aside = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        done = subprocess.run([*command, aside], capture_output=True, text=True, timeout=INSTALLED_WITHIN, check=False)
        assert done.returncode == 0, done.stderr
        aside.rename(folder)
    return folder


@pytest.fixture
def cache(pytestconfig) -> Path:
    """A folder that outlives the run, below `.pytest_cache`."""
    return pytestconfig.cache.mkdir("drivers")


@pytest.mark.parametrize("version", ["1.0.0", "1.4.5", "1.5.6"])
def test_older_duckdbs_open_the_file(file, cache, version):
    if version == "1.0.0" and sys.version_info >= (3, 13):
        pytest.skip("there is no DuckDB 1.0 for this Python")
    pip = (
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary",
        ":all:",
    )
    target = installed(cache / f"duckdb-{version}-{sys.version_info[1]}", *pip, f"duckdb=={version}", "--target")
    read = subprocess.run(
        [sys.executable, "-c", READ, file],
        env=os.environ | {"PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert read.returncode == 0, read.stderr
    assert json.loads(read.stdout) == {"version": version, **EXPECTED}


def test_the_driver_for_node_opens_the_file(file, cache):
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    npm = ("npm", "install", "--silent", "--no-audit", "--no-fund", f"@duckdb/node-api@{NODE_API}", "--prefix")
    folder = installed(cache / f"node-api-{NODE_API}", *npm)
    read = subprocess.run(
        ["node", "-e", READ_IN_NODE, file], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert read.returncode == 0, read.stderr
    assert json.loads(read.stdout) == {"version": f"v{NODE_API.partition('-')[0]}", **EXPECTED}


def test_sqlalchemy_reads_and_reflects_the_file(file):
    engine = sa.create_engine(f"duckdb:///{file}", connect_args={"read_only": True})
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        assert set(inspector.get_table_names()) == set(EXPECTED["counts"])
        reflected = sa.MetaData()
        reflected.reflect(connection)
        for name, table in PUBLISHED.items():
            found = reflected.tables[name.removeprefix("published.")]
            assert [column.name for column in found.columns] == list(table.column_names)
            assert [c["comment"] for c in inspector.get_columns(found.name)] == [c.description for c in table.columns]
        segments = reflected.tables["segments"]
        assert isinstance(segments.c.monetary.type, sa.Numeric)
        assert isinstance(segments.c.snapshot_on.type, sa.Date)
        by_segment = sa.select(segments.c.segment, sa.func.count()).group_by(segments.c.segment)
        assert connection.execute(by_segment).all() == [("Loyal", 4)]
        history = reflected.tables["segment_history"]
        assert connection.execute(sa.select(sa.func.sum(history.c.monetary))).scalar_one() == 500
        with pytest.raises(sa.exc.SQLAlchemyError, match="read-only"):
            connection.execute(sa.delete(segments))
    engine.dispose()
