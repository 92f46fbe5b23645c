"""How the report writes numbers, days and lists."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NO_VALUE = "–"  # noqa: RUF001 - an en dash, as tables have it
RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"  # Hebrew, Arabic and their kin
RUN = re.compile(rf"[{RIGHT_TO_LEFT}]+(?:[\s\d\"'-]+[{RIGHT_TO_LEFT}]+)*")
NEARLY = 1 - 0.005 / 1000  # of a billion: with two decimals, as many millions would round to a thousand
Number = float | Decimal


def day(on: date) -> str:
    """Return a day as people write it: 9 December 2011, in no locale but the report's own."""
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def count(number: Number) -> str:
    """Return a whole number: 4,338."""
    return f"{number:,.0f}"


def share(number: float | None, digits: int = 0) -> str:
    """Return a share of 1 in per cent; what would round to nothing is said to be less than the least."""
    if number is None:
        return NO_VALUE
    text = f"{number:.{digits}%}"
    return f"under {10.0**-digits:g}%" if number > 0 and _is_nothing(text) else _unsigned_zero(text)


def money(amount: Number, currency: str) -> str:
    """Return an amount as a headline has it: 8.29 million GBP, 12,346 GBP, 81.52 GBP."""
    size = abs(float(amount))
    for limit, word in ((10**12, "trillion"), (10**9, "billion"), (10**6, "million")):
        if size >= limit * NEARLY:
            return f"{float(amount) / limit:,.2f} {word} {currency}"
    return f"{_unsigned_zero(f'{amount:,.{0 if size >= 1000 else 2}f}')} {currency}"


def short(amount: Number) -> str:
    """Return an amount as the end of a bar has room for: 8.29M, 393k, 81.5."""
    size = float(f"{float(amount):.3g}")  # rounded first: 999,960 is a million
    for limit, letter in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k")):
        if abs(size) >= limit:
            return f"{size / limit:.3g}{letter}"
    return f"{size:.3g}"


def _unsigned_zero(text: str) -> str:
    return text.removeprefix("-") if _is_nothing(text) else text


def _is_nothing(text: str) -> bool:
    return not any(digit in text for digit in "123456789")


def plural(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: 1 customer, 2 customers."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def typical(median: float, one: str) -> str:
    """Return a median, a whole number or half of one more, with its noun: 1 order, 2.5 orders."""
    return plural(int(median), one) if float(median).is_integer() else f"{median:,.1f} {one}s"


def ago(days: float) -> str:
    """Return how long ago: today, 1 day ago, 12 days ago."""
    return f"{plural(round(days), 'day')} ago" if round(days) else "today"


def listed(items: Sequence[str], last: str = "and") -> str:
    """Return items as a sentence has them: a, b and c."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def labelled(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows of a chart as a sentence has them, each `name` with its `label`: Loyal 1,203 and Lost 884."""
    return listed([f"{row['name']} {row['label']}" for row in rows])


def isolated(sentence: str) -> str:
    """Return a sentence whose names in Hebrew or Arabic keep to themselves: a number behind one stays behind it."""
    return RUN.sub("\u2068\\g<0>\u2069", sentence)


def deviations(number: float, digits: int) -> str:
    """Return standard deviations with their sign: +1.2, -0.3, and 0.0 without one."""
    return f"{rounded:+.{digits}f}" if (rounded := round(number, digits)) else f"{0:.{digits}f}"


def signed(number: Number) -> str:
    """Return a change with its sign: +12, -3, no change."""
    return f"{number:+,.0f}" if number else "no change"
