"""The code location: everything that is defined under `rfm_assets/defs`."""

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """Return every asset, check, job, schedule, sensor and resource of the project."""
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
