"""What is said of a wrong setting: its name, its value, what is allowed, and which one was meant."""

from datetime import date

import pytest

from rfm_assets.settings import Settings, SettingsError, load_settings
from rfm_assets_tests.settings.conftest import write_settings

WRONG = [
    ("RFM_MONETARY", "both", "'net', 'gross' or 'matched'"),
    ("RFM_FIRST_SNAPSHOT", "1.12.2010", "valid date"),
    ("RFM_LAST_SNAPSHOT", "2011-02-30", "valid date"),
    ("RFM_CURRENCY", "pounds", "^[A-Z]{3}$"),
    ("RFM_MODEL_CADENCE", "hourly", "'daily', 'weekly', 'monthly' or 'quarterly'"),
    ("RFM_CLUSTERS", "1", "greater than or equal to 2"),
    ("RFM_CLUSTERS", "11", "less than or equal to 10"),
    ("RFM_CLUSTERS", "four", "valid integer"),
    ("RFM_MIN_CLUSTERS", "1", "greater than or equal to 2"),
    ("RFM_MAX_CLUSTERS", "11", "less than or equal to 10"),
    ("RFM_MIN_SEGMENT_SHARE", "0.21", "less than or equal to 0.2"),
    ("RFM_MIN_SEGMENT_SHARE", "-0.01", "greater than or equal to 0"),
    ("RFM_MIN_SEGMENT_SHARE", "nan", "less than or equal to 0.2"),
    ("RFM_MIN_STABILITY", "1.1", "less than or equal to 1"),
    ("RFM_MIN_AGREEMENT", "97", "less than or equal to 1"),
    ("RFM_OUTLIER_FENCE", "0", "greater than 0"),
    ("RFM_MAX_PSI", "0", "greater than 0"),
    ("RFM_MAX_FAR_SHARE", "0", "greater than 0"),
    ("RFM_MAX_FAR_SHARE", "5", "less than or equal to 1"),
    ("RFM_VALIDATION_DAYS", "6", "greater than or equal to 7"),
    ("RFM_REPLAY_DAYS", "1", "greater than or equal to 2"),
    ("RFM_MIN_DAILY_AGREEMENT", "97", "less than or equal to 1"),
    ("RFM_MIN_CUSTOMERS", "9", "greater than or equal to 10"),
    ("RFM_SEED", "-1", "greater than or equal to 0"),
    ("RFM_SEED", "4294967296", "less than or equal to 4294967295"),
    ("RFM_MAX_UNREADABLE_SHARE", "1.5", "less than or equal to 1"),
    ("RFM_MAX_UNREADABLE_SHARE", "nan", "less than or equal to 1"),
    ("RFM_SETTLE_SECONDS", "-1", "greater than or equal to 0"),
    ("RFM_CATCH_UP_DAYS", "0", "greater than or equal to 1"),
    ("RFM_LANDING_SECONDS", "9", "greater than or equal to 10"),
    ("RFM_KEEP_DAYS", "0", "greater than or equal to 1"),
    ("RFM_WEBHOOK_BATCH_SIZE", "0", "greater than or equal to 1"),
    ("RFM_WEBHOOK_BATCH_SIZE", "10001", "less than or equal to 10000"),
    ("RFM_POSTGRES_SCHEMA", "Sales", "^[a-z_]"),
    ("RFM_MEMORY_LIMIT", "lots", "such as 4GB or 50%"),
    ("RFM_MEMORY_LIMIT", "4 parsecs", "such as 4GB or 50%"),
    ("RFM_MEMORY_LIMIT", "0%", "such as 4GB or 50%"),
    ("RFM_MEMORY_LIMIT", "150%", "such as 4GB or 50%"),
    ("RFM_THREADS", "0", "greater than or equal to 1"),
    ("RFM_ALERT_MAIL_TO", "a@shop.example b@shop.example", "with commas between addresses"),
    ("RFM_SMTP_HOST", "mail..example.com", "between dots stand 1 to 63 letters"),
    ("RFM_SMTP_HOST", "", "at least 1 character"),
    ("RFM_SMTP_PORT", "65536", "less than or equal to 65535"),
    ("RFM_SMTP_USER", "m\u00fcller", "of ASCII can be sent to a mail server"),
    ("RFM_UI_URL", "localhost:3000", "begins with https:// or http://"),
    ("RFM_FRESH_CRON", "daily", "five cron fields"),
]


@pytest.mark.parametrize(("variable", "value", "allowed"), WRONG)
def test_a_wrong_variable_is_named_with_its_value_and_what_is_allowed(monkeypatch, variable, value, allowed):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    message = str(caught.value)
    assert message.startswith(f"{variable} is '{value}'. ")
    assert allowed in message
    assert "It stands in" not in message
    assert Settings.model_fields[variable.removeprefix("RFM_").lower()].description in message


@pytest.mark.parametrize(("variable", "value", "allowed"), WRONG)
def test_a_wrong_value_in_the_file_is_named_as_well(variable, value, allowed):
    write_settings(f'{variable.removeprefix("RFM_").lower()} = "{value}"\n')
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{variable} is '{value}'. ")
    assert allowed in str(caught.value)
    assert str(caught.value).endswith("settings.toml")


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("RFM_CLUSTERS", "2", 2),
        ("RFM_CLUSTERS", "10", 10),
        ("RFM_MIN_SEGMENT_SHARE", "0", 0.0),
        ("RFM_MIN_SEGMENT_SHARE", "0.2", 0.2),
        ("RFM_MIN_CUSTOMERS", "10", 10),
        ("RFM_SEED", "4294967295", 4_294_967_295),
        ("RFM_OUTLIER_FENCE", "inf", float("inf")),
        ("RFM_MAX_FAR_SHARE", "1", 1.0),
        ("RFM_VALIDATION_DAYS", "7", 7),
        ("RFM_REPLAY_DAYS", "2", 2),
        ("RFM_CATCH_UP_DAYS", "1", 1),
        ("RFM_LANDING_SECONDS", "10", 10),
        ("RFM_KEEP_DAYS", "1", 1),
        ("RFM_WEBHOOK_BATCH_SIZE", "10000", 10_000),
        ("RFM_MAX_UNREADABLE_SHARE", "1", 1.0),
        ("RFM_MEMORY_LIMIT", "4GB", "4GB"),
        ("RFM_MEMORY_LIMIT", "0.5GB", "0.5GB"),
        ("RFM_MEMORY_LIMIT", "100%", "100%"),
        ("RFM_MEMORY_LIMIT", "12.5%", "12.5%"),
        ("RFM_MEMORY_LIMIT", "512 MiB", "512 MiB"),
        ("RFM_THREADS", "1", 1),
    ],
)
def test_a_value_on_the_limit_is_allowed(monkeypatch, variable, text, value):
    monkeypatch.setenv(variable, text)
    assert getattr(load_settings(), variable.removeprefix("RFM_").lower()) == value


def test_all_wrong_settings_are_told_at_once(monkeypatch):
    monkeypatch.setenv("RFM_MONETARY", "both")
    monkeypatch.setenv("RFM_SEED", "x")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert [text.split(" is ")[0] for text in str(caught.value).splitlines()] == ["RFM_MONETARY", "RFM_SEED"]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (
            {"RFM_FIRST_SNAPSHOT": "2011-12-02", "RFM_LAST_SNAPSHOT": "2011-12-01"},
            "RFM_LAST_SNAPSHOT is 2011-12-01, before RFM_FIRST_SNAPSHOT 2011-12-02",
        ),
        (
            {"RFM_MIN_CLUSTERS": "6", "RFM_MAX_CLUSTERS": "5"},
            "RFM_MAX_CLUSTERS is 5, below RFM_MIN_CLUSTERS 6",
        ),
    ],
)
def test_a_range_that_holds_nothing_is_an_error_that_names_both_ends(monkeypatch, variables, message):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(message)


def test_a_range_of_one_is_allowed(monkeypatch):
    for name, value in {"FIRST_SNAPSHOT": "2011-12-01", "LAST_SNAPSHOT": "2011-12-01"}.items():
        monkeypatch.setenv(f"RFM_{name}", value)
    monkeypatch.setenv("RFM_MIN_CLUSTERS", "5")
    monkeypatch.setenv("RFM_MAX_CLUSTERS", "5")
    assert load_settings().last_snapshot == date(2011, 12, 1)


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_a_login_is_sent_whichever_way_it_is_encrypted(monkeypatch, security):
    for name, value in {"USER": "robot", "PASSWORD": "geheim", "SECURITY": security}.items():
        monkeypatch.setenv(f"RFM_SMTP_{name}", value)
    assert load_settings().smtp_security == security


def test_an_unknown_key_in_the_file_is_an_error_that_lists_the_settings():
    file = write_settings("groups = 5\n")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"groups in {file} is not a setting. The settings are: data, first_snapshot,")
    assert "clusters" in str(caught.value)


@pytest.mark.parametrize("content", [b"clusters = \n", b"clusters 5\n", "currency = '\u00fc'\n".encode("latin-1")])
def test_a_file_that_is_not_toml_is_an_error_that_names_it(content):
    write_settings("").write_bytes(content)
    with pytest.raises(SettingsError, match=r"data/settings.toml is not TOML: "):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("RFM_MONETRAY", "RFM_MONETARY"),
        ("rfm_clusters", "RFM_CLUSTERS"),
        ("RFM_CLUSTER", "RFM_CLUSTERS"),
        ("RFM_SMTP_PASSWD", "RFM_SMTP_PASSWORD"),
    ],
)
def test_a_misspelt_variable_is_an_error_that_says_which_one_was_meant(monkeypatch, variable, meant):
    monkeypatch.setenv(variable, "4")
    monkeypatch.setenv("RFM_SEED", "x")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    first, second = str(caught.value).splitlines()
    assert first == f"{variable} is not a setting: did you mean {meant}? Correct it or unset it"
    assert second.startswith("RFM_SEED is 'x'.")


@pytest.mark.parametrize("name", ["monetery", "Monetry", "RFM_MONETARY"])
def test_a_misspelt_name_in_the_file_is_an_error_that_says_which_one_was_meant(name):
    file = write_settings(f'{name} = "gross"\n')
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == f"{name} in {file} is not a setting: did you mean monetary? Correct it or take it out"


def test_a_data_folder_that_is_a_file_is_an_error_that_names_it(monkeypatch):
    monkeypatch.setenv("RFM_DATA", str(write_settings("", "shop.csv")))
    with pytest.raises(SettingsError, match=r"^RFM_DATA is 'shop.csv'.*It is a file, and a folder is needed"):
        load_settings()


@pytest.mark.parametrize("name", ["data", "lists_folder"])
def test_a_folder_that_begins_with_a_tilde_is_an_error_and_no_folder_of_that_name(name):
    write_settings(f'{name} = "~/lists"\n')
    with pytest.raises(SettingsError, match=rf"^RFM_{name.upper()} is '~/lists'.*Only a shell knows ~"):
        load_settings()


@pytest.mark.parametrize(
    "variable",
    ["RFM_ONLINE_RETAIL", "RFM_BUILD_NUMBER", "RFM_DATA_PORT", "RFM_DATA_SERVICE_HOST", "RFM_UI_PORT_80_TCP"],
)
def test_a_variable_that_is_another_programs_is_left_alone(monkeypatch, variable):
    monkeypatch.setenv(variable, "x")
    assert load_settings() == Settings()
