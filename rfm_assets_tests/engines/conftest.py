"""What the tests of the engine share: a warehouse whose playbook has one row."""

import pytest

from rfm_assets_tests.rows import write_rows


@pytest.fixture
def played(warehouse):
    """A warehouse whose playbook has one row."""
    write_rows(warehouse, "segments.playbook", ("Loyal", "they come back", "thank them"))
    return warehouse
