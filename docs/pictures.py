"""Make the pictures of the README from a real run on the sample shop: `make pictures`. Needs chromium."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from playwright.sync_api import sync_playwright

from rfm_assets.sample import write_sample
from rfm_assets_tests.ui.server import HOST, Server, new_instance, served

LAST_DAY = "2025-01-31"  # of the sample shop
PICTURES = Path(__file__).parent / "pictures"
REFRESHED = ("2024-12-31", "2025-01-30", LAST_DAY)  # for the report: what moved in a day, and in a month
DAGSTER_DEV = ("dagster", "dev", "-w", "workspace.yaml", "-h", HOST, "-p", "{port}")
SIZE = {"width": 1600, "height": 1100}  # pixels
# The chain's main tables: all of them together do not fit a window.
SHOWN = (
    "raw/transactions", "clean/transactions", "clean/orders", "rfm/customers", "features/customers", "model/versions",
    "model/centroids", "segments/customers", "segments/profiles", "segments/moves", "published/segments",
    "published/lists", "published/report",
)  # fmt: skip
REPORT_SIZE = {"width": 1280, "height": 1640}


def main() -> int:
    """Refresh the sample shop in temporary folders, save the asset graph and the report; return the exit status."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("error: chromium is not installed, and the pictures are its screenshots", file=sys.stderr)
        return 1
    with TemporaryDirectory() as name:
        folder = Path(name)
        instance = new_instance(folder) | {"RFM_FIRST_SNAPSHOT": LAST_DAY, "RFM_LAST_SNAPSHOT": LAST_DAY}
        write_sample(Path(instance["RFM_DATA"]) / "landing" / "sample_shop.csv")
        with served(DAGSTER_DEV, folder, instance) as server:
            server.wait_until_loaded()
            server.wait_until_run(server.launch("refresh", LAST_DAY))
            _asset_graph(server, chromium, folder / "browser", PICTURES / "asset_graph.png")
    with TemporaryDirectory() as name:
        instance = new_instance(Path(name))
        write_sample(Path(instance["RFM_DATA"]) / "landing" / "sample_shop.csv")
        for day in REFRESHED:
            command = (sys.executable, "-m", "rfm_assets.commands.refresh", day)
            subprocess.run(command, env=os.environ | instance, check=True)  # noqa: S603 - our own
        _report(chromium, Path(instance["RFM_DATA"]) / "published" / "report.html")
    return 0


def _asset_graph(server: Server, chromium: str, profile: Path, picture: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu"],
            viewport=SIZE,
        )
        page = browser.new_page()
        selection = " or ".join(f'key:"{key}"' for key in SHOWN)
        page.goto(f"{server.url}/asset-groups~{quote(selection, safe='')}")
        page.get_by_text("Hide navigation").click()
        page.locator("button:has([aria-label=panel_show_right])").click()
        page.get_by_placeholder("Jump to").wait_for(state="hidden")
        page.mouse.click(SIZE["width"] / 2, SIZE["height"] - 10)
        with page.expect_response(lambda answer: "AssetGraphLiveQuery" in (answer.request.post_data or "")):
            page.keyboard.press("Alt+E")  # expands all groups and fits the graph to the window
        page.get_by_text("report", exact=True).last.wait_for()
        page.wait_for_load_state("networkidle")
        picture.parent.mkdir(exist_ok=True)
        page.screenshot(path=picture)
        browser.close()
    print(f"{picture}: {picture.stat().st_size:,} bytes")


def _report(chromium: str, report: Path) -> None:
    """Save its beginning as it looks in light, and as much of its pictures as it looks in dark."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=REPORT_SIZE)
        page.goto(report.as_uri())
        page.wait_for_function("[...document.querySelectorAll('.chart')].every(chart => chart.dataset.drawn)")
        for picture, scheme, begins in (("report", "light", "header"), ("report_pictures", "dark", "#pictures")):
            page.emulate_media(color_scheme=scheme)
            top = page.locator(begins).evaluate("begin => begin.getBoundingClientRect().top + scrollY")
            path = PICTURES / f"{picture}.png"
            page.screenshot(path=path, full_page=True, clip={"x": 0, "y": top, **REPORT_SIZE})
            print(f"{path}: {path.stat().st_size:,} bytes")
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
