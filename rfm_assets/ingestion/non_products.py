"""Product codes that are no products: data that a shop can edit, and which of their lines are left out."""

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import BaseModel, ConfigDict, StringConstraints

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, select
from rfm_assets.settings import Settings
from rfm_assets.toml_files import Text, read_toml

CODES, DAYS = TABLES["raw.excluded_codes"], TABLES["raw.days"]
Code = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=1)]


class NonProductError(ValueError):
    """The list of codes is wrong: the message names the file, the entry and what is allowed."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    codes: dict[Code, Text]


def load_non_products(path: Path | None = None) -> dict[str, str]:
    """Return the codes of a TOML file in upper case and what each is; of the shipped file without a path.

    Raises:
        NonProductError: the file is not there, is not TOML, or an entry is wrong.
    """
    file: Path | Traversable = path or files("rfm_assets.ingestion").joinpath("non_products.toml")
    hint = '. It holds [codes] with lines such as "POST" = "postage"'
    return read_toml(_File, file, NonProductError, setting="RFM_NON_PRODUCTS", hint=hint).codes


def codes_left_out(settings: Settings) -> dict[str, str]:
    """Return the codes whose lines the settings leave out, none by default; in upper case, and what each is.

    Raises:
        NonProductError: the file that the settings name is wrong.
    """
    return load_non_products(settings.non_products) if settings.exclude_non_products else {}


def exclude_codes(engine: Engine, codes: Mapping[str, str]) -> int:
    """Store the codes that are left out from now on; return the number of days whose lines that concerns.

    The days with lines of codes that came or went get a new version, so that clean is rebuilt for them and no others.
    """
    with engine.transaction():
        engine.stage("codes_before", select("raw.excluded_codes"))
        engine.write(CODES, pl.DataFrame(list(codes.items()), schema=CODES.column_names, orient="row"))
        if not engine.stage("codes_changed", select("raw.changed_codes")):
            return 0
        version = 1 + engine.row(select("raw.last_version"))["version"]
        engine.stage("file_days", select("raw.recoded_days"), version=version)
        return engine.store_matching(DAYS, select("raw.days"), columns=["invoiced_on"], staged="file_days")
