"""The asset graph as it was last agreed on: a change of it is a choice."""

import difflib

import pytest

from rfm_assets_tests.defs.graph import GRAPH, graph_text


def test_the_graph_is_the_one_agreed_on():
    from rfm_assets.definitions import defs

    agreed, found = GRAPH.read_text(encoding="utf-8"), graph_text(defs())
    changes = difflib.unified_diff(agreed.splitlines(), found.splitlines(), "agreed on", "defined", lineterm="", n=2)
    if found != agreed:
        pytest.fail("\n".join(["meant so? then `make graph`, and commit graph.txt:", *changes]), pytrace=False)
