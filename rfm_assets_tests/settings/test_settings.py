"""Settings: where they come from, and which one wins."""

from datetime import date
from pathlib import Path

import pytest

from rfm_assets.settings import Settings, SettingsError, load_settings
from rfm_assets_tests.settings.conftest import write_settings


def test_everything_has_a_default():
    settings = load_settings()
    assert settings.monetary == "net"
    assert settings.last_snapshot is None
    assert (settings.landing, settings.warehouse, settings.published) == (
        Path("data/landing"),
        Path("data/warehouse/rfm.duckdb"),
        Path("data/published"),
    )


def test_every_setting_says_what_it_is():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_variable_wins_over_the_file_and_the_file_over_the_default(monkeypatch):
    write_settings('monetary = "gross"\nclusters = 5\nfirst_snapshot = 2011-01-31\n')
    monkeypatch.setenv("RFM_CLUSTERS", "7")
    settings = load_settings()
    assert (settings.monetary, settings.clusters, settings.first_snapshot) == ("gross", 7, date(2011, 1, 31))
    assert settings.seed == 42


def test_the_settings_file_is_looked_for_in_the_data_folder(monkeypatch):
    write_settings("clusters = 5\n", "elsewhere/settings.toml")
    assert load_settings().clusters is None
    monkeypatch.setenv("RFM_DATA", "elsewhere")
    assert load_settings().clusters == 5
    assert load_settings().landing == Path("elsewhere/landing")


def test_a_named_settings_file_is_read_instead(monkeypatch):
    write_settings("clusters = 5\n")
    monkeypatch.setenv("RFM_SETTINGS", str(write_settings("clusters = 6\n", "mine.toml")))
    assert load_settings().clusters == 6


def test_a_named_settings_file_that_is_not_there_is_an_error(monkeypatch):
    monkeypatch.setenv("RFM_SETTINGS", "nowhere.toml")
    with pytest.raises(SettingsError, match=r"RFM_SETTINGS is 'nowhere.toml', but there is no such file"):
        load_settings()


def test_settings_do_not_change():
    with pytest.raises(ValueError, match="frozen"):
        load_settings().clusters = 5


def test_a_settings_file_that_is_a_dead_link_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("RFM_DATA", str(tmp_path))
    (tmp_path / "settings.toml").symlink_to(tmp_path / "unmounted" / "settings.toml")
    with pytest.raises(
        SettingsError, match=r"settings.toml is a link to .*unmounted/settings.toml, which is not there"
    ):
        load_settings()
