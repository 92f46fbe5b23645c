"""Source mappings: which of a file's columns is which of ours, and how it writes values; data that a user can add."""

import os
import re
from collections.abc import Iterable
from fnmatch import fnmatch
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from rfm_assets.engines.layout import SINCE_1970, UTC_MARK, WHITESPACE, Writing
from rfm_assets.settings.field_types import Currency
from rfm_assets.toml_files import Text, read_toml

Ours = Literal[
    "invoice_id", "stock_code", "description", "quantity", "invoiced_at", "unit_price", "amount", "customer_id",
    "country", "line_id", "refund",
]  # fmt: skip
Column = Text | Annotated[int, Field(ge=1, le=1000)]
OrderField = Literal["customer_id", "invoiced_at", "country", "currency", "left_out"]
JOINED = ("invoice_id", "invoiced_at")  # may be made of several columns
DIGITS = 16
ADDED = ("currency_sign", "leave_out", "guests", "minor_unit", "unquoted")
DIRECTIVES = frozenset("aAdmyYbBHIMSpfz")


class SourceError(ValueError):
    """A mapping is wrong, or no mapping or several fit a file: the message says what is needed and what was found."""


class NoSourceError(SourceError):
    """No mapping fits the columns; `advice` is what to do, for whoever does not do it already."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(" ".join(filter(None, (message, advice))))
        self.message = message


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ByColumn(_Strict):
    """A fact that a column of the file tells."""

    column: Text


class Cancellation(_Strict):
    """What marks a line as taken back: one of three ways."""

    invoice_prefix: Text | None = None
    negative_quantity: bool = False
    column: Text | None = None
    values: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> "Cancellation":
        ways = [bool(self.invoice_prefix), self.negative_quantity, bool(self.column)]
        if sum(ways) != 1 or bool(self.column) != bool(self.values):
            raise ValueError("give invoice_prefix, or negative_quantity = true, or column with values")
        return self


class LeftOut(_Strict):
    """What marks a line as neither bought nor taken back, such as an order that failed."""

    column: Text
    values: Annotated[tuple[Text, ...], Field(min_length=1)]


class Source(_Strict):
    """A kind of export: its columns and how it writes dates and numbers."""

    name: Text
    columns: dict[Ours, Column | Annotated[tuple[Column, ...], Field(min_length=1)]]
    timestamp_formats: Annotated[tuple[Text, ...], Field(min_length=1)]
    currency: Currency | ByColumn
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    currency_sign: Annotated[str, StringConstraints(pattern=r"^[^\s\d.,'+\\-]{1,3}$")] | None = None
    minor_unit: Annotated[int, Field(ge=0, le=4)] = 0
    cancellation: Cancellation = Cancellation(negative_quantity=True)
    leave_out: LeftOut | None = None
    guests: tuple[Text, ...] = ()
    default_country: Text | None = None
    order_fields: tuple[OrderField, ...] = ()
    has_header: bool = True
    delimiter: Literal[",", ";", "\t", "|", "whitespace"] | None = None
    unquoted: bool = False
    files: Text | None = None

    @field_validator("timestamp_formats")
    @classmethod
    def _formats_say_a_day(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        if len(formats) == 1 and formats[0] in SINCE_1970:
            return formats
        for form in formats:
            found = set(re.findall("%(.)", form))
            if found - DIRECTIVES or not (found & set("yY") and found & set("mbB") and "d" in found):
                letters = " ".join(f"%{letter}" for letter in sorted(DIRECTIVES))
                raise ValueError(
                    f"{form!r} must name a year, a month and a day, and may use {letters}. Moments that are a number, "
                    "of seconds since 1970 (%s), thousandths (%Q) or millionths of them (%s%f), have no other format"
                )
            if re.search(UTC_MARK, form):
                raise ValueError(
                    f"{form!r} ends in what says UTC: write %z for it, which puts moments on the shop's clock"
                )
            swapped = form.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")
            if swapped != form and swapped in formats:
                raise ValueError(f"{form!r} and {swapped!r} read the same text as different days. Keep one")
        return formats

    @model_validator(mode="after")
    def _is_whole(self) -> "Source":
        columns = self.columns
        missing = [name for name in ("customer_id", "invoiced_at") if name not in columns]
        if ("unit_price" in columns) == ("amount" in columns):
            missing.append("either unit_price or amount")
        if "unit_price" in columns and "quantity" not in columns:
            missing.append("quantity")
        if (self.order_fields or "refund" in columns) and "invoice_id" not in columns:
            missing.append("invoice_id, which order_fields and refund go by")
        if missing:
            raise ValueError(f"columns lack {', '.join(missing)}")
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}")
        several = [name for name, where in columns.items() if isinstance(where, tuple) and name not in JOINED]
        if several:
            raise ValueError(f"{', '.join(several)} must be one column: a list goes with {' and '.join(JOINED)}")
        wrong = [
            name
            for name, parts in self.named_columns.items()
            if name in columns and any(isinstance(part, int) == self.has_header for part in parts)
        ]
        if wrong:
            kind = "names" if self.has_header else "positions, from 1, since has_header is false"
            raise ValueError(f"columns must be {kind}: {', '.join(wrong)} is not")
        if not self.has_header and (isinstance(self.currency, ByColumn) or self.cancellation.column or self.leave_out):
            raise ValueError("without a header, currency, cancellation and leave_out cannot go by a column")
        if self.delimiter == WHITESPACE and self.has_header:
            raise ValueError("delimiter whitespace goes with has_header = false")
        return self

    @property
    def named_columns(self) -> dict[str, tuple[str | int, ...]]:
        """Every column that a file must have, by what it is for: several are read as one."""
        named: dict[str, tuple[str | int, ...]] = {
            str(ours): theirs if isinstance(theirs, tuple) else (theirs,) for ours, theirs in self.columns.items()
        }
        if isinstance(self.currency, ByColumn):
            named["currency"] = (self.currency.column,)
        if self.cancellation.column:
            named["cancellation"] = (self.cancellation.column,)
        if self.leave_out:
            named["left_out"] = (self.leave_out.column,)
        return named

    @property
    def column_list(self) -> list[str | int]:
        """Every column that a file must have, each once."""
        return list(dict.fromkeys(chain.from_iterable(self.named_columns.values())))

    @property
    def digest(self) -> str:
        """Some letters that tell what the source says of a file from anything else that it might say."""
        # What a release added, and a mapping does not use, makes no mapping another one: its files would be read anew.
        unused = {name for name in ADDED if not getattr(self, name)}
        return sha256(self.model_dump_json(exclude={"name", "files", *unused}).encode()).hexdigest()[:DIGITS]

    def writing(self, currency: str, timezone: str) -> Writing:
        """Return how the source writes, for a warehouse in this currency and a shop in this timezone."""
        return Writing(
            timestamp_formats=self.timestamp_formats,
            decimal=self.decimal,
            thousands=self.thousands,
            currency=currency,
            timezone=timezone,
            country=self.default_country,
            cancellation_prefix=self.cancellation.invoice_prefix,
            cancellation_values=self.cancellation.values,
            negative_is_cancellation=self.cancellation.negative_quantity,
            currency_sign=self.currency_sign,
            minor_unit=self.minor_unit,
            left_out_values=self.leave_out.values if self.leave_out else (),
            guests=self.guests,
            order_fields=self.order_fields,
            quote="" if self.unquoted or self.delimiter == WHITESPACE else '"',
        )

    def takes(self, name: str) -> bool:
        """Return whether `files` asks for the file of this name below landing."""
        return self.files is not None and fnmatch(name, self.files)


def load_sources(own: Path | None = None) -> tuple[Source, ...]:
    """Return the shipped sources and those of a folder, by name; one of the folder replaces a shipped one of its name.

    Raises:
        SourceError: the folder cannot be looked into, a file is not TOML, or an entry is missing or wrong.
    """
    shipped: Iterable[Traversable] = files("rfm_assets.ingestion").joinpath("sources").iterdir()
    found: dict[str, Traversable] = {Path(file.name).stem: file for file in shipped if file.name.endswith(".toml")}
    if own and os.path.lexists(own):
        try:
            found |= {file.stem: file for file in own.iterdir() if file.suffix == ".toml"}
        except OSError as failure:  # files would be read again by the shipped mappings
            raise SourceError(
                f"the folder of your mappings, {own}, cannot be looked into: {failure.strerror}. Is its disk mounted? "
                "Take it away to do without mappings of your own"
            ) from failure
    return tuple(read_source(name, file) for name, file in sorted(found.items()))


def read_source(name: str, file: Traversable) -> Source:
    """Return the source that a TOML file describes.

    Raises:
        SourceError: it is not TOML, or an entry is missing or wrong.
    """
    return read_toml(Source, file, SourceError, name=name)
