"""The words behind an error, as they are told to a person."""

import sys

import pytest
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._utils.error import serializable_error_info_from_exc_info

from rfm_assets.defs.progress import cause_of


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("the file: is empty"), "the file: is empty"),
        (NotImplementedError(), "NotImplementedError"),
        (KeyboardInterrupt(), "it was interrupted"),
        (DagsterExecutionInterruptedError("in step 3"), "it was interrupted"),
    ],
)
def test_an_error_is_told_in_its_words_or_by_its_kind_and_an_interrupt_as_one(error, words):
    try:
        raise error
    except BaseException:  # noqa: BLE001  an interrupt, too
        assert cause_of(serializable_error_info_from_exc_info(sys.exc_info())) == words
