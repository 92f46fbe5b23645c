"""What the tests of published files share."""

import pytest

from rfm_assets_tests.publishing.published import write_segments


@pytest.fixture
def segmented(warehouse):
    """A warehouse with a small history of segments."""
    write_segments(warehouse)
    return warehouse
