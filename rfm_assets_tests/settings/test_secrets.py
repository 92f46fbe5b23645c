"""Settings that are secrets or addresses: what is allowed, and that no secret is shown."""

import pytest

from rfm_assets.settings import SettingsError, load_settings
from rfm_assets_tests.settings.conftest import write_settings


def test_a_wrong_address_of_the_webhook_is_not_shown(monkeypatch):
    monkeypatch.setenv("RFM_ALERT_WEBHOOK", "hooks.slack.com/services/geheim")
    with pytest.raises(SettingsError, match=r"^RFM_ALERT_WEBHOOK is wrong \(and kept secret\)\. .*https://") as caught:
        load_settings()
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"RFM_SMTP_USER": "me"}, "RFM_SMTP_USER and RFM_SMTP_PASSWORD go together"),
        ({"RFM_SMTP_PASSWORD": "geheim"}, "RFM_SMTP_USER and RFM_SMTP_PASSWORD go together"),
        (
            {"RFM_SMTP_USER": "me", "RFM_SMTP_PASSWORD": "geheim", "RFM_SMTP_SECURITY": "none"},
            "RFM_SMTP_SECURITY is 'none' while RFM_SMTP_PASSWORD is set",
        ),
    ],
)
def test_a_login_is_whole_and_goes_encrypted_and_is_not_shown(monkeypatch, variables, message):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings()
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("name", ["webhook_url", "webhook_token", "postgres_url"])
def test_a_secret_is_no_setting_for_a_file(name):
    write_settings(f'{name} = "geheim"\n')
    with pytest.raises(SettingsError, match=rf"{name} is in .*settings.toml, and is a secret") as raised:
        load_settings()
    assert "geheim" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RFM_WEBHOOK_URL", "ftp://geheim@crm.example"),
        ("RFM_WEBHOOK_URL", "https:///geheim"),
        ("RFM_WEBHOOK_URL", "https://cr m.example/geheim"),
        ("RFM_POSTGRES_URL", "mysql://rfm:geheim@db/x"),
        ("RFM_POSTGRES_URL", "postgresql://[geheim"),
        ("RFM_POSTGRES_URL", "host=db password=geheim"),
        ("RFM_POSTGRES_URL", "postgresql://bob:ge%heim@db/bi"),
        ("RFM_POSTGRES_URL", "postgresql://bob:x@geheim@db/bi"),
        ("RFM_POSTGRES_URL", "postgresql://bob:x geheim@db/bi"),
        ("RFM_WEBHOOK_TOKEN", "geheim geheim"),
        ("RFM_WEBHOOK_TOKEN", "geheim\u00e9"),
        ("RFM_SMTP_PASSWORD", "geheim\u00e9"),
    ],
)
def test_a_secret_that_is_wrong_is_named_and_not_shown(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"{name} is wrong.*(begins with|percent-encoded|of ASCII)") as raised:
        load_settings()
    assert "geheim" not in str(raised.value)


def test_a_secret_is_not_in_what_settings_print(monkeypatch):
    monkeypatch.setenv("RFM_POSTGRES_URL", "postgresql://rfm:geheim@db/x")
    monkeypatch.setenv("RFM_WEBHOOK_TOKEN", "geheim")
    settings = load_settings()
    assert "geheim" not in repr(settings) + settings.model_dump_json()
    assert settings.postgres_url.get_secret_value() == "postgresql://rfm:geheim@db/x"


def test_an_address_that_is_posted_to_keeps_its_last_slash_and_one_that_paths_go_behind_does_not(monkeypatch):
    for name in ("RFM_WEBHOOK_URL", "RFM_ALERT_WEBHOOK", "RFM_UI_URL"):
        monkeypatch.setenv(name, "https://crm.example/lists/")
    found = load_settings()
    assert found.webhook_url.get_secret_value() == "https://crm.example/lists/"
    assert found.alert_webhook.get_secret_value() == "https://crm.example/lists/"
    assert found.ui_url == "https://crm.example/lists"


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:p@one:5432,two:5433/bi", "postgresql:///bi?host=/run/pg", "postgres://db/bi?sslmode=require"],
)
def test_every_way_that_postgresql_is_addressed_is_allowed(monkeypatch, url):
    monkeypatch.setenv("RFM_POSTGRES_URL", url)
    assert load_settings().postgres_url.get_secret_value() == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook_url", "https://crm.example/hook"),
        ("webhook_token", "geheim-4711"),
        ("postgres_url", "postgresql://bob:geh%40im@db/bi"),
        ("alert_webhook", "https://hooks.example/x"),
        ("smtp_password", "geh eim"),
    ],
)
def test_the_line_end_of_a_file_that_a_secret_is_read_from_is_none_of_it(monkeypatch, name, value):
    for login in ("RFM_SMTP_USER", "RFM_SMTP_PASSWORD"):  # neither goes without the other
        monkeypatch.setenv(login, "me")
    monkeypatch.setenv(f"RFM_{name.upper()}", f"{value}\n")
    assert getattr(load_settings(), name).get_secret_value() == value
