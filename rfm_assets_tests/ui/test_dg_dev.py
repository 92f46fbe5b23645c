"""`dg dev` on an empty landing folder: the same assets, a run that says what to do, and Ctrl+C."""

from collections.abc import Iterator

import pytest

from rfm_assets_tests.ui.nodes import ASSETS, nodes
from rfm_assets_tests.ui.server import HOST, Server, ServerError, new_instance, served

DG_DEV = ("dg", "dev", "--host", HOST, "--port", "{port}")


@pytest.fixture(scope="module")
def dg_ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The UI of `dg dev`, with nothing in landing."""
    folder = tmp_path_factory.mktemp("dg_ui")
    with served(DG_DEV, folder, new_instance(folder)) as server:
        server.wait_until_loaded()
        yield server


def test_dg_dev_serves_the_same_assets(dg_ui):
    entry = dg_ui.wait_until_loaded()
    assert entry["locationOrLoadError"]["__typename"] == "RepositoryLocation", entry
    assert nodes(dg_ui).keys() == ASSETS


def test_a_run_without_any_file_fails_with_what_to_do(dg_ui):
    with pytest.raises(ServerError, match=r"no file lies in .*landing: put the shop's transactions there"):
        dg_ui.wait_until_run(dg_ui.launch("refresh", "2025-01-31"))


def test_ctrl_c_leaves_no_process_behind(dg_ui):
    dg_ui.interrupt()
    assert "Traceback" not in dg_ui.output
