"""Every setting of the project: its name, unit, default and limits; read from RFM_* variables or a TOML file."""

from rfm_assets.settings.errors import PREFIX, SettingsError
from rfm_assets.settings.loading import SECRETS, Settings, load_settings

__all__ = ["PREFIX", "SECRETS", "Settings", "SettingsError", "load_settings"]
