"""What the tests of the report share: a report of a shop, written once, and a browser that it is opened in."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser

from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets.publishing.report.writing import Report, write_report
from rfm_assets.settings import Settings
from rfm_assets_tests.publishing.report.browser import Opened, browser, opened
from rfm_assets_tests.publishing.report.shops import COLORS, Shop, fill


@dataclass(frozen=True)
class Told:
    """A report, and the warehouse that it was written of."""

    report: Report
    connection: duckdb.DuckDBPyConnection
    settings: Settings

    @property
    def html(self) -> str:
        return self.report.path.read_text(encoding="utf-8")

    def rows(self, select: str) -> list[tuple]:
        return self.connection.execute(select).fetchall()

    def write(self) -> Report:
        """Write the report again."""
        return write_report(DuckDBEngine(self.connection), self.settings, COLORS)


@pytest.fixture(scope="session")
def told(
    new_warehouse: Path, settings_for: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory
) -> Callable:
    """Fill a warehouse, write its report, and close the warehouse after the block."""

    @contextmanager
    def written(shop: Shop, **chosen: object) -> Iterator[Told]:
        settings = settings_for(tmp_path_factory.mktemp("shop") / "data", **chosen)
        settings.warehouse.parent.mkdir()
        shutil.copy(new_warehouse, settings.warehouse)
        with duckdb.connect() as connection:
            open_warehouse(connection, settings.warehouse)
            fill(connection, shop)
            yield Told(write_report(DuckDBEngine(connection), settings, COLORS), connection, settings)

    return written


@pytest.fixture(scope="session")
def full(told) -> Iterator[Told]:
    """The report of a shop that has everything, and odd names everywhere."""
    with told(Shop()) as found:
        yield found


@pytest.fixture(scope="session")
def new(told) -> Iterator[Told]:
    """The report of a shop on its first day: one snapshot, one segment, nothing returned, left out or validated."""
    with told(Shop(is_new=True)) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser, stopped at the end of a file: Playwright keeps an event loop in its process."""
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def report(chromium: Browser, full: Told) -> Opened:
    return opened(chromium, full.report.path)


@pytest.fixture(scope="module")
def first(chromium: Browser, new: Told) -> Opened:
    return opened(chromium, new.report.path)
