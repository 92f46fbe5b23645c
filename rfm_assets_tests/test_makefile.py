"""What `make` says by itself, and what it sets before a command runs."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHOWN = "shown: instance; @echo $$DAGSTER_HOME"


def home(**variables: str) -> str:
    """Return the Dagster instance that the commands are given, made if it was not there."""
    kept = {name: value for name, value in os.environ.items() if name not in ("RFM_DATA", "DAGSTER_HOME", "MAKEFLAGS")}
    made = subprocess.run(
        ["make", "-s", "-C", ROOT, "--no-print-directory", "--eval", SHOWN, "shown"],
        env=kept | variables, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return made.stdout.strip()


def test_make_alone_lists_the_commands_and_what_they_do_in_two_columns():
    made = subprocess.run(
        ["make", "-s", "-C", ROOT, "--no-print-directory"], capture_output=True, text=True, check=True
    )
    lines = made.stdout.splitlines()
    assert "make demo             the whole chain on the sample shop, ending in its segments" in lines
    assert {len(re.match(r"make \S+\s+", line)[0].expandtabs()) for line in lines} == {22}


@pytest.mark.parametrize("data", [None, "data", "./data/", str(ROOT / "data")])
def test_the_shop_in_data_has_the_instance_that_is_there(data):
    assert home(**({"RFM_DATA": data} if data else {})) == str(ROOT / "dagster_home")


def test_a_shop_in_another_folder_has_an_instance_of_its_own(tmp_path):
    data = tmp_path / "second shop"
    assert home(RFM_DATA=f"{data}/") == str(data / "dagster")
    assert (data / "dagster" / "dagster.yaml").read_bytes() == (ROOT / "dagster_home" / "dagster.yaml").read_bytes()


def test_an_instance_that_a_person_names_is_left_as_it_is(tmp_path):
    assert home(RFM_DATA=str(tmp_path), DAGSTER_HOME="/somewhere/else") == "/somewhere/else"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["$(shell echo ran).csv", "a$b c.csv", "$(FILE).csv"])
def test_the_name_of_a_file_is_no_command_of_make(name):
    made = subprocess.run(
        ["make", "-s", "-C", ROOT, "--no-print-directory", "--eval", 'told: ; @echo "$$FILE"', "told", f"FILE={name}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert made.stdout.strip() == name
