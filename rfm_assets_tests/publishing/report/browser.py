"""A report opened in a browser as a person opens it, and what is read there."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import tenacity
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu")  # a network is not kept from it: what a report asks for is told
WITHIN = 60  # seconds; the machine may be busy
DRAWN = "[...document.querySelectorAll('.chart')].every(c => c.dataset.drawn || c.classList.contains('failed'))"


@dataclass(frozen=True)
class Opened:
    """A page, what it asked for, and what the browser complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def texts(self, selector: str) -> list[str]:
        """Return the texts of all elements, what is hidden included."""
        return [" ".join(text.split()) for text in self.page.locator(selector).all_text_contents()]

    def table(self, name: str) -> list[list[str]]:
        """Return the cells of a table's body."""
        return self.page.locator(f"#{name} table tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
        )


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser."""
    assert CHROMIUM, "chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


def opened(browser: Browser, report: Path, **context: object) -> Opened:
    """Open a report from disk and wait until its charts are drawn, or could not be."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}, **context).new_page()
    found = Opened(page)
    page.on("request", lambda request: found.requests.append(request.url))
    page.on("console", lambda message: found.complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (found.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.goto(report.as_uri())
    if context.get("java_script_enabled", True):
        wait_until(page, DRAWN)
    return found


def wait_until(page: Page, holds: str) -> None:
    """Wait until an expression holds. Asked anew each time: the page lets no script but its own evaluate a text."""
    asked = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda answer: not answer),
        stop=tenacity.stop_after_delay(WITHIN),
        wait=tenacity.wait_fixed(0.05),
    )
    asked(page.evaluate, holds)
