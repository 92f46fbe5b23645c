"""What lies in landing and is no plain file of it: folders, links to other disks and to nowhere, pipes."""

import errno
import os
import re

import pytest

from rfm_assets.ingestion.files import landed_names, settled_looks
from rfm_assets_tests.ingestion.places import outcomes
from rfm_assets_tests.rows import line, write_csv


def test_folders_that_are_links_are_read_once_and_none_is_passed_over_in_silence(shop, tmp_path, monkeypatch):
    elsewhere = tmp_path / "share"
    write_csv(elsewhere / "b.csv", [line("2")])
    shop.drop("a.csv", line("1"))
    shop.drop("closed/c.csv", line("3"))
    (shop.landing / "share").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(shop.landing)
    scandir = os.scandir

    def refusing(path):
        if str(path).endswith("closed"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = outcomes(shop)
    assert {name: one.status for name, one in found.items()} == {
        "a.csv": "loaded", "share/b.csv": "loaded", "closed": "failed"
    }  # fmt: skip
    assert "Permission denied" in found["closed"].error


def test_a_hidden_folder_is_hidden_behind_a_link_too(shop):
    shop.drop("shop/a.csv", line("1"))
    shop.drop("shop/.old/b.csv", line("2"))
    (shop.landing / "twin").symlink_to(shop.landing / "shop")
    assert list(outcomes(shop)) == ["shop/a.csv"]


def test_what_spark_puts_beside_the_files_of_a_dataset_is_no_file_of_it(shop):
    shop.drop("sales/date=2011-01-05/part-0.csv", line("1"))
    for name in ("_SUCCESS", "_metadata", ".part-0.csv.crc", "_started_77", "_committed_77"):
        (shop.landing / "sales" / name).touch()
    shop.drop("sales/_metadata of it.csv", line("2"))
    assert list(outcomes(shop)) == ["sales/_metadata of it.csv", "sales/date=2011-01-05/part-0.csv"]


def test_a_pipe_is_no_file_and_nobody_waits_for_what_comes_through_it(shop):
    shop.drop("a.csv", line("1"))
    os.mkfifo(shop.landing / "pipe.csv")
    assert landed_names(shop.landing) == ["a.csv"]


def test_a_link_that_leads_nowhere_is_told_and_keeps_no_other_waiting(shop, tmp_path):
    shop.drop("a.csv", line("1"))
    (shop.landing / "b.csv").symlink_to(tmp_path / "share" / "b.csv")
    (shop.landing / "round").symlink_to("round")
    found = outcomes(shop)
    assert {name: one.status for name, one in found.items()} == {
        "a.csv": "loaded", "b.csv": "failed", "round": "failed"
    }  # fmt: skip
    assert found["b.csv"].error == (
        f"b.csv: it is a link to {tmp_path}/share/b.csv, which is not there: is its disk mounted?"
    )
    write_csv(tmp_path / "share" / "b.csv", [line("2")])
    assert outcomes(shop)["b.csv"].status == "loaded"


def test_a_landing_folder_that_is_a_link_to_nowhere_is_no_empty_one(shop, tmp_path):
    shop.drop("a.csv", line("1"))
    outcomes(shop)
    shop.landing.rename(tmp_path / "share")
    assert outcomes(shop) == {}  # as removed
    shop.landing.symlink_to(tmp_path / "away")
    with pytest.raises(FileNotFoundError, match=f"landing is a link to {tmp_path}/away, which is not there"):
        outcomes(shop)


def test_a_link_to_what_is_no_file_of_a_shop_is_refused_and_nothing_of_it_is_told(shop, monkeypatch):
    monkeypatch.setenv("RFM_WEBHOOK_TOKEN", "geheim-4711")
    shop.drop("a.csv", line("1"))
    (shop.landing / "environ.csv").symlink_to("/proc/self/environ")
    found = outcomes(shop)
    assert found["a.csv"].status == "loaded"
    assert re.fullmatch(r"environ.csv: it leads to /proc/\d+/environ, which is no file of a shop: take it away",
                        found["environ.csv"].error)  # fmt: skip
    # Whoever looks from outside sees another process there each time.
    assert [look.name for look in settled_looks(shop.landing)] == ["a.csv"]
