"""What a browser sees of the dashboard: the rows that each chart was sent, and what went wrong."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Response, sync_playwright

SIZE = {"width": 1400, "height": 1960}  # pixels: charts are asked for when they come into view
WAIT = 120_000  # milliseconds
DATA = "/api/v1/chart/data"


@dataclass
class Looked:
    """What each chart, by its title, was sent; and the errors, by the chart or by the place where they were seen."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def look(address: str, user: str, password: str, profile: Path, picture: Path | None = None) -> Looked:
    """Open the dashboard in a headless chromium as a person who logs in does, and return what came.

    Raises:
        RuntimeError: there is no chromium.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise RuntimeError("chromium is not installed, and the dashboard is looked at with it")
    looked = Looked()
    answers: list[Response] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium, args=["--no-sandbox", "--disable-gpu"], viewport=SIZE
        )
        page = browser.new_page()
        page.set_default_timeout(WAIT)
        page.on("pageerror", lambda error: looked.errors.setdefault("page", str(error)))
        page.on("response", lambda answer: answers.append(answer) if DATA in answer.url else None)
        _log_in(page, address, user, password)
        page.goto(f"{address}/superset/dashboard/customer-segments/")
        page.get_by_text("Money so far").first.wait_for()
        page.wait_for_load_state("networkidle")
        page.wait_for_function("!document.querySelector('[data-test=loading-indicator]')")
        charts = page.request.get(f"{address}/api/v1/dashboard/customer-segments/charts").json()["result"]
        _read(answers, {chart["id"]: chart["slice_name"] for chart in charts}, looked)
        for number, message in enumerate(page.locator(".ant-alert-error").all_inner_texts()):
            looked.errors[f"message {number + 1}"] = message
        if picture:
            page.screenshot(path=picture)
        browser.close()
    return looked


def _log_in(page: Page, address: str, user: str, password: str) -> None:
    page.goto(f"{address}/login/")
    page.locator("#username").fill(user)
    page.locator("#password").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def _read(answers: list[Response], titles: dict[int, str], looked: Looked) -> None:
    asked: set[str] = set()
    for answer in answers:
        chart = parse_qs(urlsplit(answer.url).query).get("form_data")
        if chart is None:  # the values of the filter
            continue
        (title,) = (title for number, title in titles.items() if chart[0] == f'{{"slice_id":{number}}}')
        asked.add(title)
        if answer.status == 200:
            looked.rows[title] = answer.json()["result"][0]["data"]
        else:
            looked.errors[title] = answer.text()
    looked.errors |= {title: "it did not ask for its data" for title in titles.values() if title not in asked}
