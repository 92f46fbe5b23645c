"""Contracts of what the checks remember: the files and days that passed, so that each is looked at once."""

from rfm_assets.contracts.clean import BUILT_BY
from rfm_assets.contracts.raw import FILE_ID, INVOICED_ON
from rfm_assets.contracts.schema import table

TABLES = dict(
    [
        table(
            "meta.checked_files",
            "one row per file version whose lines passed the checks of raw",
            FILE_ID,
            key=("file_id",),
        ),
        table(
            "meta.checked_days",
            "one row per business day whose lines and orders passed the checks of clean, as they were built then",
            INVOICED_ON,
            *BUILT_BY,
            key=("invoiced_on",),
        ),
    ]
)
