"""The settings in force, from RFM_* variables or a TOML file."""

import os
import tomllib
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from rfm_assets.settings.around import Alerts, Copies, Machine, Retention, Timetable
from rfm_assets.settings.chain import Data, Input, Modelling
from rfm_assets.settings.errors import PREFIX, SettingsError, error_in_words, misspelt_variables


# pydantic takes the fields of the last base first.
class Settings(Machine, Copies, Input, Retention, Alerts, Timetable, Modelling, Data, BaseSettings):
    """What a person may choose. A variable wins over the settings file, the file over the default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, defer_build=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Variables first, then the settings file."""
        file = TomlConfigSettingsSource(settings_cls, settings_file())
        for name in sorted(SECRETS & file.toml_data.keys()):
            raise SettingsError(
                f"{name} is in {settings_file()}, and is a secret: take it out of the file, and set the variable "
                f"{PREFIX}{name.upper()}"
            )
        return init_settings, env_settings, file


SECRETS = {name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)}


def settings_file() -> Path:
    """Return the settings file: `RFM_SETTINGS`, or `settings.toml` in the data folder.

    Raises:
        SettingsError: `RFM_SETTINGS` names a file that is not there, or the file in the data folder is a dead link.
    """
    named = os.environ.get(f"{PREFIX}SETTINGS")
    if named and not Path(named).is_file():
        raise SettingsError(f"RFM_SETTINGS is {named!r}, but there is no such file: correct it or unset it")
    file = Path(named) if named else Path(os.environ.get(f"{PREFIX}DATA", "data")) / "settings.toml"
    if file.is_symlink() and not file.exists():
        raise SettingsError(f"{file} is a link to {file.readlink()}, which is not there: is its disk mounted?")
    return file


def load_settings() -> Settings:
    """Return the settings in force.

    Raises:
        SettingsError: a setting is wrong or unknown; all wrong ones are in the one message.
    """
    misspelt = misspelt_variables(Settings.model_fields)
    try:
        settings = Settings()
    except ValidationError as wrong:
        errors = [error_in_words(error, Settings.model_fields, SECRETS, settings_file()) for error in wrong.errors()]
        raise SettingsError("\n".join([*misspelt, *errors])) from None
    except OSError as wrong:
        raise SettingsError(f"{settings_file()} cannot be read: {wrong.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise SettingsError(f"{settings_file()} is not TOML: {wrong}") from None
    if misspelt:
        raise SettingsError("\n".join(misspelt))
    return settings
