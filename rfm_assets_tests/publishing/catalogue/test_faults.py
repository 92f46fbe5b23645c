"""Offending rows in words."""

import polars as pl
import pytest

from rfm_assets.publishing.catalogue.faults import rows_in_words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "1 row: name f1"),
        (3, "3 rows: name f1; name f2; name f3"),
        (1_000, "1,000 rows, the first 3: name f1; name f2; name f3"),
    ],
)
def test_a_few_rows_are_told_and_how_many_there_are(count, words):
    assert rows_in_words(pl.DataFrame({"name": [f"f{place + 1}" for place in range(count)]})) == words
