"""Product codes that are no products: data that a shop can edit, and which of their lines are left out."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import Engine, select

CODES, DAYS = TABLES["raw.excluded_codes"], TABLES["raw.days"]
Code = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=1)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


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
    try:
        return _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8-sig"))).codes
    except OSError as failure:
        raise NonProductError(f"RFM_NON_PRODUCTS is {str(file)!r}, which cannot be read: {failure.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        raise NonProductError(f"{file} is not TOML: {failure}") from None
    except ValidationError as failure:
        wrong = "; ".join(f"{' '.join(map(str, error['loc']))}: {error['msg']}" for error in failure.errors())
        raise NonProductError(f'{file}: {wrong}. It holds [codes] with lines such as "POST" = "postage"') from None


def exclude_codes(engine: Engine, codes: Mapping[str, str]) -> int:
    """Store the codes that are left out from now on; return the number of days whose lines that concerns.

    The days with lines of codes that came or went get a new version, so that clean is rebuilt for them and no others.
    """
    with engine.transaction():
        engine.stage("codes_before", select("raw.excluded_codes"))
        schema = dict.fromkeys(CODES.column_names, pl.String)
        engine.write(CODES, pl.DataFrame(list(codes.items()), schema=schema, orient="row"))
        if not engine.stage("codes_changed", select("raw.changed_codes")):
            return 0
        version = 1 + engine.row(select("raw.last_version"))["version"]
        engine.stage("file_days", select("raw.recoded_days"), version=version)
        return engine.store_matching(DAYS, select("raw.days"), columns=["invoiced_on"], staged="file_days")
