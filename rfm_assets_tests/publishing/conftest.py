"""What the tests of published files share."""

import pytest

from rfm_assets_tests.publishing.published import write_segments
from rfm_assets_tests.publishing.segments import Segments


@pytest.fixture
def segmented(warehouse):
    """A warehouse with a small history of segments."""
    write_segments(warehouse)
    return warehouse


@pytest.fixture
def segments(warehouse, settings):
    """Segments to come, and the folder that lists of them are published in."""
    return Segments(warehouse, settings.published)
