"""What the tests of lists share."""

import pytest

from rfm_assets_tests.publishing.lists.segments import Segments


@pytest.fixture
def segments(warehouse, settings):
    """Segments to come, and the folder that lists of them are published in."""
    return Segments(warehouse, settings.published)
