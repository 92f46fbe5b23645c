"""What the tests of published files share."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rfm_assets_tests.publishing.published import write_segments


@pytest.fixture
def segmented(warehouse):
    """A warehouse with a small history of segments."""
    write_segments(warehouse)
    return warehouse


@pytest.fixture
def small_disk(settings) -> Iterator[Path]:
    """The published folder on a disk of six megabytes."""
    settings.published.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", settings.published], check=False,
                             capture_output=True, text=True) if os.geteuid() == 0 else None  # fmt: skip
    if mounted is None or mounted.returncode:
        pytest.skip(f"a disk can be mounted by root alone: {mounted.stderr if mounted else ''}")
    yield settings.published
    subprocess.run(["umount", settings.published], check=True)
