"""What the tests of the UI share: a page of a browser that reaches this machine alone, and its faults."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Response, sync_playwright

from rfm_assets_tests.publishing.report.browser import CHROMIUM

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser for the tests of a file: what it has loaded of the UI, it need not load and compile again."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: install it (apt-get install chromium) to test what a browser shows")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("browser"),
            executable_path=CHROMIUM,
            args=CHROMIUM_FLAGS,
            viewport={"width": 1600, "height": 1000},
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: BrowserContext) -> Iterator[Page]:
    page = chromium.new_page()
    yield page
    page.close()


@pytest.fixture
def faults(page: Page) -> list[str]:
    """What goes wrong behind the page: errors of its scripts, and answers that are errors."""
    found: list[str] = []

    def look_at(response: Response) -> None:
        if response.status >= 400:
            found.append(f"{response.status} {response.url}")
        elif "/graphql" in response.url and response.json().get("errors"):
            found.append(str(response.json()["errors"]))

    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("requestfinished", lambda request: look_at(request.response()))
    return found
