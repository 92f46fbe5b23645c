"""How the records of a file lie, and how its source writes values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

WHITESPACE = "whitespace"  # a delimiter: any run of blanks
LONGEST_FIELD = 2**31 - 1  # of text: a quoted one may be as long as its file
# At the end of a moment; that of PostgreSQL, of whole hours, is none behind a day: 2011-12-09.
OFFSET = r"\s*(?:Z|UTC|[+-][0-9]{2}:?[0-9]{2})\s*$|(:[0-9]{2}(?:[.][0-9]+)?)[+-][0-9]{2}\s*$"
BELOW_ZERO = r"^[(]([^-+()]*)[)]$|^([^-+()]*)-$"  # a number as accountants write it, and SAP: (12.00), 12.00-
# Moments that are a number in UTC, and how many of it are a second: d3-time-format's letters, and strftime's.
SINCE_1970 = {"%s": 1, "%Q": 1_000, "%s%f": 1_000_000}
A_NUMBER = r"[0-9]{1,18}([.][0-9]{1,9})?"  # of seconds, or of parts of them
WHOLE_HOURS = re.compile(r":[0-9]{2}([.][0-9]+)?[+-][0-9]{2}$")
UTC_MARK = r"(Z|UTC)\s*$"  # at the end of a moment that a text writes in UTC
IN_UTC = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS")  # types of moments that a file stores in UTC
# What spreadsheets and Parquet add to a day that has its time in another column, and to that time.
NOT_OF_PART = r"[T ]00:00:00([.]0+)?$|^(1899-12-3[01]|1904-01-01)[T ]"
MOMENT_GLUE, ID_GLUE = " ", "-"
# What some programs write between thousands for it: blanks that do not break, and Switzerland's apostrophe.
WRITTEN_FOR = {" ": "\u00a0\u202f", "'": "\u2019"}
BLANKS = " \t\r\n" + WRITTEN_FOR[" "]  # DuckDB's trim without a list of them leaves tabs and line ends


@dataclass(frozen=True)
class Writing:
    """How a source writes its values, and what stands in for fields that it does not have."""

    timestamp_formats: tuple[str, ...]  # in strftime's letters, or SINCE_1970's; the first that reads a value decides
    decimal: str  # point or comma
    thousands: str  # what may stand between groups of three digits; empty for nothing
    currency: str  # the warehouse's: a line in another one stops the file
    timezone: str  # the shop's, by its IANA name, for moments that a file stores without a clock of their own
    country: str | None = None  # where the file names none
    cancellation_prefix: str | None = None  # an invoice number that starts so is a cancellation
    cancellation_values: tuple[str, ...] = ()  # values of the field `cancellation` that mark one
    negative_is_cancellation: bool = False  # a quantity below zero marks one
    left_out_values: tuple[str, ...] = ()  # values of the field `left_out` of a line that is no purchase and no return
    guests: tuple[str, ...] = ()  # values of the field `customer_id` that stand for nobody
    currency_sign: str | None = None  # may stand before or behind money
    minor_unit: int = 0  # decimals of the currency, where money is a number of its smallest coins
    order_fields: tuple[str, ...] = ()  # stand only on one line of an order, and hold for all of its lines
    quote: str = '"'  # may stand around a value of a text file; empty where none does, and each line is a record

    @property
    def is_since_1970(self) -> bool:
        """Whether moments are numbers, hence in UTC."""
        return not SINCE_1970.keys().isdisjoint(self.timestamp_formats)


@dataclass(frozen=True)
class Layout:
    """Where our fields are in the records of a file, and how they are written.

    Fields beyond those of `raw.transactions`: `amount` (quantity times price, in place of a price), `currency`,
    `cancellation` and `left_out` (see `Writing`) and `refund` (money given back on the order, above zero).
    """

    width: int  # fields in a record
    positions: Mapping[str, tuple[int, ...]]  # our name to positions from 0: an invoice or a moment may have several
    writing: Writing
    delimiter: str = ","  # of a text file; WHITESPACE for any run of blanks
    header_lines: int = 1  # before the first record: the header, and the lines above it; 0 without one

    @property
    def above_header(self) -> int:
        """The number of lines above the header."""
        return max(self.header_lines - 1, 0)

    def moments(self, fields: Sequence[str]) -> Iterator[str]:
        """Give what may be the moment of a record that has these fields, more or fewer before it than it should."""
        first, *more = self.positions["invoiced_at"]
        for at in range(len(fields)):
            places = [at, *(at + place - first for place in more)]
            if all(0 <= place < len(fields) for place in places):
                yield joined_moment([fields[place] for place in places])


def between_thousands(mark: str) -> str:
    """Return every character that is read as a mark between thousands."""
    return mark + WRITTEN_FOR.get(mark, "")


def joined_moment(parts: Sequence[str]) -> str:
    """Return a moment of one column, or of several: a day, and the time on it."""
    return parts[0] if len(parts) == 1 else MOMENT_GLUE.join(re.sub(NOT_OF_PART, "", part, count=1) for part in parts)


def without_minus(number: str) -> str:
    """Return a number without parentheses around it, or a minus behind it, which say that it is below zero."""
    return re.sub(BELOW_ZERO, r"\1\2", number.strip()).strip()


def is_moment(text: str, form: str) -> bool:
    """Return whether a format, in strftime's letters or SINCE_1970's, reads a text."""
    if form in SINCE_1970:
        return bool(re.fullmatch(A_NUMBER, text.strip()))
    if "%z" in form:  # Python wants the minutes, too, and UTC as a number
        text = re.sub(r"UTC\s*$", "+0000", f"{text}00" if WHOLE_HOURS.search(text) else text)
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 the shop's time has no zone
    except ValueError:
        return False
    return True
