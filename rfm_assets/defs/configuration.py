"""What a person configures, looked at before anything is defined by it: all that is wrong is one message."""

import os
from collections.abc import Iterator

import dagster as dg
from dagster_shared.check import CheckError

from rfm_assets.defs.freshness_policy import fresh_policy
from rfm_assets.settings import Settings, SettingsError, load_settings

CRONS = [name for name in Settings.model_fields if name.endswith("_cron")]


def check_configuration() -> None:
    """Return when settings and the files that they name can be used.

    Raises:
        SettingsError: a setting, or one of your own archetypes, sources or lists of codes is wrong; all of it is told.
    """
    settings = load_settings()
    if wrong := [*_crons(settings), *_own_files(settings)]:
        raise SettingsError("\n".join(wrong))


def _crons(settings: Settings) -> Iterator[str]:
    for name in CRONS:
        cron = getattr(settings, name)
        try:
            dg.ScheduleDefinition(job_name="any", cron_schedule=cron)
            if name == "fresh_cron":
                fresh_policy(settings)
        except dg.DagsterInvalidDefinitionError:
            yield f"RFM_{name.upper()} is {cron!r}, no time: five cron fields are like '0 5 * * *', daily at 5:00"
        except CheckError:
            yield f"RFM_{name.upper()} is {cron!r}: it may come once a day at most, such as '0 9 * * *', daily at 9:00"


def _own_files(settings: Settings) -> Iterator[str]:
    # The shipped ones are right, and loading them takes time.
    if settings.archetypes:
        from rfm_assets.segmentation.archetypes import ArchetypeError
        from rfm_assets.segmentation.rules import rules_of

        try:
            rules_of(settings)
        except ArchetypeError as wrong:
            yield str(wrong)
    if os.path.lexists(settings.sources):
        from rfm_assets.ingestion.mappings import SourceError, load_sources

        try:
            load_sources(settings.sources)
        except SourceError as wrong:
            yield str(wrong)
    if settings.non_products:
        from rfm_assets.ingestion.non_products import NonProductError, load_non_products

        try:
            load_non_products(settings.non_products)
        except NonProductError as wrong:
            yield str(wrong)
