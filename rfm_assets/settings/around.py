"""Settings around the chain: when it runs, who is told, what is kept, where it goes, the machine."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from rfm_assets.settings.field_types import (
    Cron,
    Folder,
    Host,
    Login,
    MailAddress,
    MailAddresses,
    Password,
    PostgresAddress,
    SecretWebAddress,
    Site,
    Timezone,
    Token,
)
from rfm_assets.settings.topic import Topic


class Timetable(Topic):
    """Timetable."""

    refresh_cron: Cron = Field(
        "0 5 * * *",
        description="when yesterday is refreshed, as five cron fields: minute, hour, day, month, weekday",
    )
    catch_up_days: int = Field(
        31, ge=1, le=366, description="most days refreshed in one run when days were missed, the newest ones"
    )
    landing_seconds: int = Field(
        60, ge=10, le=86400, description="seconds between two looks of the sensor into the landing folder"
    )
    validation_cron: Cron = Field(
        "0 7 1 * *",
        description="when the validation runs, as five cron fields: minute, hour, day, month, weekday",
    )
    fresh_cron: Cron = Field(
        "0 9 * * *",
        description="when yesterday's segments must be published at the latest, as five cron fields (once a day at "
        "most)",
    )
    timezone: Timezone = Field(
        "UTC",
        description="timezone of schedules, of the end of a day, and of the shop's clock where a file stores moments "
        "in UTC (Parquet, or Z behind them), such as Europe/London",
    )


class Alerts(Topic):
    """Alerts."""

    alert_webhook: SecretWebAddress | None = Field(
        None,
        description="address that failures are posted to as Slack expects it (Slack, Mattermost and others); off when "
        "not set",
    )
    alert_mail_to: MailAddresses | None = Field(
        None, description="who gets a mail of failures, with commas between addresses; off when not set"
    )
    alert_mail_from: MailAddress = Field("rfm_assets@localhost", description="sender of these mails")
    alert_warnings: bool = Field(False, description="whether failed checks that only warn are told as well")
    smtp_host: Host = Field("localhost", description="mail server")
    smtp_port: int = Field(587, ge=1, le=65535, description="port of the mail server")
    smtp_security: Literal["starttls", "ssl", "none"] = Field(
        "starttls", description="how the way to the mail server is encrypted: starttls (587), ssl (465), none (25)"
    )
    smtp_user: Login | None = Field(None, description="login at the mail server; none when not set")
    smtp_password: Password | None = Field(None, description="password of that login")
    ui_url: Site = Field(
        "http://127.0.0.1:3000", description="address of the Dagster UI, as those who get an alert can open it"
    )

    @model_validator(mode="after")
    def _login_is_whole_and_encrypted(self) -> Self:
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError("RFM_SMTP_USER and RFM_SMTP_PASSWORD go together: set both, or neither")
        if self.smtp_user and self.smtp_security == "none":
            raise ValueError(
                "RFM_SMTP_SECURITY is 'none' while RFM_SMTP_PASSWORD is set: it would be sent for all to read. "
                "Set starttls or ssl, or no login"
            )
        return self


class Retention(Topic):
    """Retention."""

    retention_cron: Cron = Field(
        "0 6 * * 0",
        description="when old snapshots are taken out, as five cron fields: minute, hour, day, month, weekday",
    )
    keep_days: int = Field(90, ge=1, le=36500, description="snapshots of so many days up to the latest one are kept")
    keep_month_ends: bool = Field(True, description="whether the last snapshot of each month is kept for ever")


class Copies(Topic):
    """Names, lists and copies."""

    archetypes: Path | None = Field(
        None, description="TOML file with your own segment names and actions; the shipped ones when not set"
    )
    lists_folder: Folder | None = Field(
        None, description="another place that the lists for campaigns are copied to, such as a new name on a share"
    )
    webhook_url: SecretWebAddress | None = Field(
        None, description="HTTP address that the lists for campaigns are posted to"
    )
    webhook_token: Token | None = Field(None, description="bearer token that goes with each post")
    webhook_batch_size: int = Field(500, ge=1, le=10_000, description="most customers in one post")
    postgres_url: PostgresAddress | None = Field(
        None,
        description="PostgreSQL database that the published tables are copied to, such as "
        "postgresql://user:password@host/database",
    )
    postgres_schema: str = Field(
        "rfm",
        pattern=r"^[a-z_][a-z0-9_]{0,62}$",
        description="schema of the copied tables, in small letters, which nothing else is in",
    )


class Machine(Topic):
    """The machine."""

    pictures: bool = Field(
        True, description="whether the catalogue shows pictures; each new model version then takes half a second more"
    )
    memory_limit: str = Field(
        "75%",
        pattern=r"^(([1-9]\d*(\.\d+)?|0?\.\d*[1-9]\d*)\s*[KMGT]i?B|(100|[1-9]\d?(\.\d+)?)\s*%)$",
        description="most memory that DuckDB may use, such as 4GB or 50% of the machine's",
    )
    threads: int | None = Field(
        None, ge=1, le=1024, description="threads that DuckDB may use; all processors when not set"
    )
