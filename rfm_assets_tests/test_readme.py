"""The README and the pages beside it say what the code says."""

import re
import tomllib
from typing import get_args

from docs.settings import PAGE, page, short
from rfm_assets.ingestion.mappings import OrderField, Ours, Source, load_sources
from rfm_assets.settings import Settings
from rfm_assets_tests.ui.server import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_settings_are_those_of_the_code():
    assert short() in README, "run `make settings`"
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make settings`"


def test_every_setting_is_on_the_page():
    assert [name for name in Settings.model_fields if f"| `RFM_{name.upper()}` |" not in page()] == []


def test_the_columns_that_a_file_needs_are_all_named():
    (online_retail,) = (source for source in load_sources() if source.name == "online_retail")
    assert [name for name in online_retail.column_list if f"`{name}`" not in README] == []


def test_the_page_on_mappings_names_all_that_one_may_say_and_its_examples_are_some():
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    keys = [key for key in Source.model_fields if key not in ("name", "columns")]
    assert [key for key in keys if f"\n| `{key}` |" not in text] == []
    assert [name for name in (*get_args(Ours), *get_args(OrderField)) if f"`{name}`" not in text] == []
    (example, lists) = map(tomllib.loads, re.findall(r"```toml\n(.*?)```", text, re.DOTALL))
    assert Source.model_validate({**example, "name": "example"}).leave_out
    columns = example["columns"] | lists["columns"]
    assert len(Source.model_validate({**example, "columns": columns, "name": "lists"}).column_list) > len(columns)


def test_the_files_that_it_names_are_there():
    named = ("docs/pictures/asset_graph.png", "docs/pictures/report.png", "docs/pictures/report_pictures.png",
             "LICENSE", "workspace.yaml", "rfm_assets/ingestion/download.py",
             "rfm_assets/segmentation/archetypes.toml", "rfm_assets/defs/checks.py",
             "deploy/README.md", "docs/segments.md", "docs/operations.md", "docs/bi.md", "docs/lists.md",
             "docs/settings.md", "docs/sources.md",
             "examples/README.md")  # fmt: skip
    assert [name for name in named if name not in README or not (ROOT / name).exists()] == []
