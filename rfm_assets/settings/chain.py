"""Settings of the chain itself: data, model, input."""

from datetime import date
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import Literal, Self

from pydantic import Field, model_validator

from rfm_assets.settings.field_types import Currency, Folder
from rfm_assets.settings.topic import Topic


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

    @property
    def of_shop(self) -> str:
        """What a `make` command has behind its name, when the data folder is not that of the project."""
        return "" if self.data == Path("data") else f" RFM_DATA={quote(str(self.data))}"

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
