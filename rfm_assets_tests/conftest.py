"""What the tests share: an empty warehouse, settings of its own, a small shop, the real data."""

import hashlib
import lzma
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets.settings import Settings, load_settings
from rfm_assets_tests.online_retail import CSV, brought
from rfm_assets_tests.postgres import postgres_server, postgres_url  # noqa: F401  fixtures
from rfm_assets_tests.rows import Shop

ONLINE_RETAIL = "RFM_ONLINE_RETAIL"
# Of the unpacked files: the UCI repository's own CSV, and the same lines as a widely shared Latin-1 copy has them.
ONLINE_RETAIL_SHA256 = {
    "online_retail.csv": "a2f79bbdd4463df6db8a3f5a50b9c980ae8f645a370bf5e2c0d6097f9e817b05",
    "online_retail_latin1.csv": "d07aec9960083af2339975a3f9d3b26313b342dcd9f86cce0b919b1cde639a44",
}
BLOCK = 1 << 20  # bytes
FilledOnce = Callable[[str, Callable[[Path], object]], Path]

# The files that take a minute or more.
LONGEST = (
    "defs/test_daemon.py",
    "defs/test_killed.py",
    "defs/test_refresh_command.py",
    "defs/test_refresh_graph.py",
    "deploy/test_stack.py",
    "publishing/test_processes.py",
    "test_deliveries.py",
    "ui/test_alerts.py",
    "ui/test_user_interface.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first: at the end, one process would work at them alone."""
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONGEST))


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all of pytest's processes share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def filled_once(shared_folder: Path) -> FilledOnce:
    """Give a folder that one of pytest's processes fills while the others wait. Nobody is to change it afterwards."""

    def filled(name: str, fill: Callable[[Path], object]) -> Path:
        folder, done = shared_folder / name, shared_folder / f"{name}.done"
        with FileLock(shared_folder / f"{name}.lock"):
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)  # what one left in which it failed
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder

    return filled


@pytest.fixture(scope="session", autouse=True)
def _own_environment(shared_folder: Path) -> Iterator[None]:
    """Keep the developer's RFM_* variables and caches out of every test; RFM_ONLINE_RETAIL only names real data."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_CACHE_HOME", str(shared_folder / "cache"))
        for name in [name for name in os.environ if name.startswith("RFM_") and name != ONLINE_RETAIL]:
            environment.delenv(name)
        yield


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The default settings, with a data folder of the test's own that has an empty landing folder."""
    monkeypatch.setenv("RFM_DATA", str(tmp_path / "data"))
    settings = load_settings()
    settings.landing.mkdir(parents=True)
    return settings


@pytest.fixture(scope="session")
def settings_for() -> Callable[..., Settings]:
    """Give the settings of a data folder, its landing folder made: the defaults but for what is named."""

    def build(data: Path, **chosen: object) -> Settings:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("RFM_DATA", str(data))  # a settings file is looked for there, too
            settings = Settings(**chosen)
        settings.landing.mkdir(parents=True, exist_ok=True)
        return settings

    return build


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture(scope="session")
def new_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse file with every table, none of which has a row: copied for each test, which is faster than made."""
    path = tmp_path_factory.mktemp("new_warehouse") / "rfm.duckdb"
    with duckdb.connect() as connection:
        open_warehouse(connection, path)
        DuckDBEngine(connection)
    return path


@pytest.fixture
def warehouse(connection: duckdb.DuckDBPyConnection, new_warehouse: Path, tmp_path: Path) -> DuckDBEngine:
    """The engine on a new warehouse file; the fixture `connection` looks into the same one."""
    path = tmp_path / "data" / "warehouse" / "rfm.duckdb"
    path.parent.mkdir(parents=True)
    shutil.copy(new_warehouse, path)
    open_warehouse(connection, path)
    return DuckDBEngine(connection)


@pytest.fixture
def shop(warehouse: DuckDBEngine, settings: Settings) -> Shop:
    """A shop whose files land in the landing folder of `settings` and are loaded into `warehouse`."""
    return Shop(warehouse, settings.landing)


@pytest.fixture(scope="session")
def online_retail(filled_once: FilledOnce) -> Path:
    """A folder with the real `online_retail.csv` and `online_retail_latin1.csv`, unpacked and checked."""
    named = os.environ.get(ONLINE_RETAIL)
    if not named:
        pytest.skip(f"{ONLINE_RETAIL} is not set: it names the folder that holds online_retail.csv.xz")

    def unpack(folder: Path) -> None:
        for name, sha256 in ONLINE_RETAIL_SHA256.items():
            digest = hashlib.sha256()
            with lzma.open(Path(named) / f"{name}.xz") as packed, (folder / name).open("wb") as unpacked:
                while block := packed.read(BLOCK):
                    digest.update(block)
                    unpacked.write(block)
            assert digest.hexdigest() == sha256, (
                f"{name}.xz in {named} is not the file that the figures were counted on"
            )

    return filled_once("online_retail", unpack)


@pytest.fixture(scope="module")
def retail(
    filled_once: FilledOnce,
    online_retail: Path,
    settings_for: Callable[..., Settings],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[DuckDBEngine]:
    """The engine on a copy of a warehouse that the real file was brought into once."""

    def fill(folder: Path) -> None:
        with brought(online_retail / CSV, settings_for(folder)):
            pass

    own = tmp_path_factory.mktemp("retail") / "rfm.duckdb"
    shutil.copy(settings_for(filled_once("brought", fill)).warehouse, own)
    with duckdb.connect() as connection:
        open_warehouse(connection, own)
        yield DuckDBEngine(connection)
