"""The code location: everything that is defined under `rfm_assets/defs`."""

import warnings
from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """Return every asset, check, job, schedule, sensor and resource of the project.

    Raises:
        SettingsError: the configuration is wrong; the message says all of it.
    """
    from rfm_assets.defs.configuration import check_configuration

    check_configuration()
    # As `dg.load_from_defs_folder` does, but for describing every component type of every installed package: 0.15 s.
    project = Path(__file__).parent
    with warnings.catch_warnings():
        for category in (dg.BetaWarning, dg.PreviewWarning):
            warnings.simplefilter("ignore", category)
        return dg.ComponentTree.for_project(project).build_defs(project / "defs")
