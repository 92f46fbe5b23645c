"""The settings by topic: each with its name, unit, default, limits and meaning."""

from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from rfm_assets.settings.field_types import (
    Cron,
    Currency,
    Folder,
    MailAddress,
    MailAddresses,
    PostgresAddress,
    SecretWebAddress,
    Site,
    Timezone,
    Token,
)


class Topic(BaseModel):
    """Settings that stand together on the page of settings, under the first line of their docstring."""

    model_config = ConfigDict(defer_build=True)  # only all topics together are ever filled


class Data(Topic):
    """Data, days and money."""

    data: Folder = Field(
        Path("data"), description="root folder of all data: landing, warehouse and published lie in it"
    )
    first_snapshot: date = Field(date(2010, 12, 1), description="first day that can be refreshed")
    last_snapshot: date | None = Field(None, description="last day that can be refreshed; open when not set")
    monetary: Literal["net", "gross", "matched"] = Field(
        "net",
        description="what monetary counts: net is sales less returns, gross is sales only, matched is net without the "
        "returns whose sale is known and without what they return; an order returned whole is then no order",
    )
    currency: Currency = Field("GBP", description="currency of every amount, three letters (ISO 4217)")

    @model_validator(mode="after")
    def _has_days(self) -> Self:
        if self.last_snapshot and self.last_snapshot < self.first_snapshot:
            raise ValueError(
                f"RFM_LAST_SNAPSHOT is {self.last_snapshot}, before RFM_FIRST_SNAPSHOT {self.first_snapshot}: "
                "there would be no day to refresh"
            )
        return self

    @cached_property
    def landing(self) -> Path:
        """The folder that files are dropped in."""
        return self.data / "landing"

    @cached_property
    def sources(self) -> Path:
        """The folder of your own source mappings."""
        return self.data / "sources"

    @cached_property
    def warehouse(self) -> Path:
        """The DuckDB file that the pipeline alone opens."""
        return self.data / "warehouse" / "rfm.duckdb"

    @cached_property
    def published(self) -> Path:
        """The folder of what BI opens."""
        return self.data / "published"


class Modelling(Topic):
    """Model and validation."""

    model_cadence: Literal["daily", "weekly", "monthly", "quarterly"] = Field(
        "monthly", description="how often the model is refitted: on the first day of each such period"
    )
    clusters: int | None = Field(None, ge=2, le=10, description="fixes the number of clusters; chosen when not set")
    min_clusters: int = Field(3, ge=2, le=10, description="least number of clusters tried")
    max_clusters: int = Field(8, ge=2, le=10, description="largest number of clusters tried")
    min_segment_share: float = Field(
        0.01, ge=0, le=0.2, description="least share of customers (0 to 1) that a cluster may hold"
    )
    min_stability: float = Field(
        0.8, ge=0, le=1, description="least mean adjusted Rand index of refits on resampled customers"
    )
    min_agreement: float = Field(
        0.97,
        ge=0,
        le=1,
        description="least share of customers (0 to 1) whose segment keeps its name under a new model version",
    )
    scaling: Literal["zscore", "robust"] = Field(
        "zscore", description="how logarithms are scaled: zscore by mean and deviation, robust by median and quartiles"
    )
    outlier_fence: float = Field(
        3.0,
        gt=0,
        description="interquartile ranges of the logarithms, outside the quartiles, beyond which a customer is an "
        "outlier and left out of the fit; inf for nobody",
    )
    max_psi: float = Field(
        0.25, gt=0, description="largest population stability index of a feature that does not count as drift"
    )
    max_far_share: float = Field(
        0.05,
        gt=0,
        le=1,
        description="largest share of customers (0 to 1), further from every centroid than 99 % of those fitted, that "
        "does not count as drift",
    )
    refit_on_drift: bool = Field(
        False, description="whether the model is also refitted on a snapshot that has drifted from it"
    )
    min_customers: int = Field(50, ge=10, description="least number of customers that a model is fitted on")
    seed: int = Field(42, ge=0, le=2**32 - 1, description="seed of every random draw")
    validation_days: int = Field(
        70, ge=7, le=730, description="length of a validation's windows in days: one learnt from, the next tested on"
    )
    replay_days: int = Field(
        86, ge=2, le=731, description="days that the stability report replays, the snapshot being the last"
    )
    min_daily_agreement: float = Field(
        0.97, ge=0, le=1, description="least share of customers whose segment should stay from one day to the next"
    )

    @model_validator(mode="after")
    def _has_clusters_to_try(self) -> Self:
        if self.max_clusters < self.min_clusters:
            raise ValueError(
                f"RFM_MAX_CLUSTERS is {self.max_clusters}, below RFM_MIN_CLUSTERS {self.min_clusters}: "
                "there would be no number of clusters to try"
            )
        return self


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
    smtp_host: str = Field("localhost", min_length=1, description="mail server")
    smtp_port: int = Field(587, ge=1, le=65535, description="port of the mail server")
    smtp_security: Literal["starttls", "ssl", "none"] = Field(
        "starttls", description="how the way to the mail server is encrypted: starttls (587), ssl (465), none (25)"
    )
    smtp_user: str | None = Field(None, description="login at the mail server; none when not set")
    smtp_password: SecretStr | None = Field(None, description="password of that login")
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


class Input(Topic):
    """Input."""

    max_unreadable_share: float = Field(
        0.01, ge=0, le=1, description="a file with a larger share of unreadable lines (0 to 1) is refused as a whole"
    )
    settle_seconds: float = Field(
        0, ge=0, le=86400, description="a file changed less than so many seconds ago waits for the next run"
    )
    exclude_non_products: bool = Field(
        False, description="leave out lines with product codes that are no products, such as postage"
    )
    non_products: Path | None = Field(
        None, description="TOML file with your own list of codes that are no products; the shipped one when not set"
    )


class Copies(Topic):
    """Names, lists and copies."""

    archetypes: Path | None = Field(
        None, description="TOML file with your own segment names and actions; the shipped ones when not set"
    )
    lists_folder: Folder | None = Field(
        None, description="another place that the lists for campaigns are copied to, such as a new name on a share"
    )
    webhook_url: SecretWebAddress | None = Field(
        None, description="HTTP address that the lists for campaigns are posted to; a secret: variable only"
    )
    webhook_token: Token | None = Field(
        None, description="bearer token that goes with each post; a secret: variable only"
    )
    webhook_batch_size: int = Field(500, ge=1, le=10_000, description="most customers in one post")
    postgres_url: PostgresAddress | None = Field(
        None,
        description="PostgreSQL database that the published tables are copied to, such as "
        "postgresql://user:password@host/database; a secret: variable only",
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
