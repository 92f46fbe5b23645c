"""The pages of the examples name what is there, and every question."""

import re
from pathlib import Path

import pytest

from rfm_assets_tests.examples.test_questions import QUESTIONS
from rfm_assets_tests.ui.server import ROOT

PAGES = [ROOT / "examples" / name for name in ("README.md", "bi-tools.md", "superset/README.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_to_is_there(page):
    links = re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_runs_in_python_is_run_where_its_packages_are(page):
    assert re.findall(r"^python .*", page.read_text(encoding="utf-8"), re.MULTILINE) == []


def test_the_list_of_questions_has_the_words_of_each_file():
    listed = dict(
        re.findall(r"^\| (.+\?) \| \[`\w+\.sql`\]\(questions/(\w+)\.sql\) \|$", PAGES[0].read_text("utf-8"), re.M)
    )
    asked = {
        re.search(r"^-- question: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)[1]: name
        for name, path in QUESTIONS.items()
    }
    assert listed == asked


def test_the_picture_of_the_dashboard_is_small():
    assert (Path(PAGES[2]).parent / "dashboard.png").stat().st_size < 300_000
