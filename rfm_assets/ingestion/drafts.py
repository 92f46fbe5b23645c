"""A draft of a mapping for a file that no source fits, with its guesses marked."""

import json
import re
from collections import Counter
from collections.abc import Sequence

from rfm_assets.engines.layout import NOT_OF_PART, is_moment, joined_moment, without_minus
from rfm_assets.ingestion.column_words import CURRENCY, MONEY, NOT_OF_SALES, NUMBERS, OTHER_WORDS, WORDS, plain
from rfm_assets.ingestion.nested import DOT, holders
from rfm_assets.ingestion.samples import Sample

# Ways to write a moment, each before those that read the same text otherwise.
FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%d %H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p",
    "%d/%m/%Y %I:%M:%S %p", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d",
    "%Y%m%d", "%d-%m-%Y %H:%M:%S", "%m-%d-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%m-%d-%Y %H:%M", "%d-%m-%Y", "%m-%d-%Y",
    "%m/%d/%y", "%d/%m/%y", "%a, %d %b %Y %H:%M:%S %z",
)  # fmt: skip
OWN_IDS = ("id", "_id", "_id.$oid")  # what objects call their own; the last two in exports of MongoDB
NOW = {"%s": "1[0-9]{9}", "%Q": "1[0-9]{12}", "%s%f": "1[0-9]{15}"}  # SINCE_1970: of the years 2001 to 2033
NUMBER = re.compile(r"[+-]?[0-9][0-9.,'\u2019\s]*")  # French exports write blanks that do not break
CODE = re.compile("[A-Za-z]{3}")  # of a currency
WHOLE = re.compile("[+-]?[0-9]{3,}|0")
TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?( ?[AaPp][Mm])?")
SIGN = r"[A-Z]{0,2}[^\s\w.,'\u2019+-]{1,3}"  # a currency's, before or behind: €, R$
NUMBER_WITH_SIGN = re.compile(rf"([+-]?)\s*({SIGN})?\s*({NUMBER.pattern}?)\s*({SIGN})?")


def draft(sample: Sample, currency: str) -> str:
    """Return the TOML text of a mapping for a file like the sample; what is guessed says so in a comment."""
    header, rows = _header(sample)
    columns = _columns(header, rows) if header else _places(rows)
    places = {ours: [] if at is None else [at] for ours, at in columns.items()}
    of_moment = places["invoiced_at"]
    of_moment += _time_beside(rows, *of_moment)
    # Where no column's name says that it is money, any column of numbers may be.
    has_money = any(places.get(ours) for ours in MONEY)
    of_numbers = [at for ours in NUMBERS for at in places.get(ours, [])] if has_money else _number_columns(rows)
    numbers = [number for at in of_numbers for number in _values(rows, at)]
    parts = [found.groups(default="") for number in numbers if (found := _number(number))]
    decimal, thousands = _number_style([digits for _, _, digits, _ in parts])
    signs = Counter(before or behind for _, before, _, behind in parts if before or behind)
    moments = [joined_moment([row[at] for at in of_moment]) for row in rows if of_moment and len(row) > max(of_moment)]
    known = [moment for moment in moments if moment.strip()]
    forms = [form for form in FORMATS if known and all(is_moment(moment, form) for moment in known)]
    forms += [form for form, now in NOW.items() if known and all(re.fullmatch(now, moment) for moment in known)]
    lines = [
        "# A draft: look at each guess, correct it, and take its comment away.",
        f"currency = {_currency(header, rows, currency)}",
        f"timestamp_formats = {json.dumps(forms[:1] or ['%Y-%m-%d'])}  # {_doubt(forms)}",
        f'decimal = "{decimal}"  # guess',
        f"thousands = {json.dumps(thousands)}  # guess",
        'cancellation = { negative_quantity = true }  # guess: or { invoice_prefix = "C" }',
    ]
    if signs:
        lines.append(f"currency_sign = {_quoted(signs.most_common(1)[0][0])}  # guess")
    prices = [number for ours in MONEY for at in places.get(ours, []) for number in _values(rows, at)]
    if prices and all(map(WHOLE.fullmatch, prices)):
        lines.append("# minor_unit = 2  # take the comment away where 1299 is 12.99")
    if not header:
        lines.append("has_header = false  # guess: the first line reads like the others")
    if sample.delimiter:
        lines.append(f"delimiter = {json.dumps(sample.delimiter)}  # guess")
    lines += ["", f"[columns]  # found: {', '.join(header).encode('unicode_escape').decode() or 'no header'}"]
    for ours, found_at in places.items():
        where = ", ".join(_quoted(header[at]) if header else str(at + 1) for at in found_at)
        where = f"[{where}]" if len(found_at) > 1 else where
        lines.append(f"{ours} = {where}  # guess" if where else f'# {ours} = "..."  # nothing found that looks like it')
    return "\n".join(lines) + "\n"


def _currency(header: Sequence[str], rows: list[list[str]], currency: str) -> str:
    for at, name in enumerate(header):
        values = _values(rows, at)
        if any(word in plain(name) for word in CURRENCY) and values and all(map(CODE.fullmatch, values)):
            return f"{{ column = {_quoted(name)} }}  # guess"
    return f'"{currency}"  # guess: the warehouse\'s'


def _quoted(text: str) -> str:
    # TOML's strings are JSON's, but for one control character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _header(sample: Sample) -> tuple[list[str], list[list[str]]]:
    """Return the names of the columns, none where there is no header, and the rows of values; titles are neither."""
    filled = [sum(map(bool, row)) for row in sample.rows]
    titles = 0 if sample.has_names else next((at for at, count in enumerate(filled) if 2 * count > max(filled)), 0)
    first, *rest = sample.rows[titles:] or [[]]
    values = any(NUMBER.fullmatch(field) or any(is_moment(field, form) for form in FORMATS) for field in first)
    if values and not sample.has_names:
        return [], [first, *rest]
    return first, rest


def _columns(header: Sequence[str], rows: list[list[str]]) -> dict[str, int | None]:
    """Return the position of each of our fields by the names of the columns, those with values first.

    Quantity and money are numbers; money is there once, as price or as amount. Where no name says so, the first column
    of moments is the order's.
    """
    words_of = list(map(plain, header))
    values = [_values(rows, at) for at in range(len(header))]
    found: dict[str, int | None] = {}
    for ours, words in WORDS.items():
        free = [at for at in range(len(header)) if at not in found.values()]
        if ours in NUMBERS and rows:
            free = [at for at in free if _are_numbers(values[at])]
        filled = [at for at in free if values[at]]
        likely = [at for at in filled if not any(word in words_of[at] for word in OTHER_WORDS.get(ours, ()))]
        places = (at for some in (likely, filled, free) for word in words for at in some if word in words_of[at])
        found[ours] = next(places, None)
        if ours == "invoiced_at" and found[ours] is None:
            # A number is a moment to %Y%m%d: 536365 is a day of the year 5363.
            texts = [[] if all(map(str.isdigit, each)) else each for each in values]
            found[ours] = next(iter(_of_moments(texts)), None)
    amount = found["amount"]
    is_of_sales = amount is not None and not any(word in words_of[amount] for word in NOT_OF_SALES)
    if found["quantity"] is None and not is_of_sales:  # what each line says of money is a line's
        found["amount"] = amount if found["unit_price"] is None else found["unit_price"]
    if found["unit_price"] is not None and found["quantity"] is not None:
        del found["amount"]
    elif found["amount"] is not None:
        del found["unit_price"]
    money = next((header[at] for ours in MONEY if (at := found.get(ours)) is not None), "")
    if found["invoice_id"] is None:
        ids = [header.index(name) for name in _ids_around(money) if name in header]
        # That of an order is on each of its lines.
        repeated = (at for at in ids if len(set(values[at])) < len(values[at]))
        found["invoice_id"] = next(repeated, ids[-1] if ids else None)
    return found


def _ids_around(name: str) -> list[str]:
    """Return what the objects of JSON that hold a value call their own ids, from the nearest but that of the value."""
    *outer, _ = "", *(f"{each}{DOT}" for each in holders(name))
    return [f"{holder}{own}" for holder in reversed(outer) for own in OWN_IDS]


def _values(rows: list[list[str]], at: int) -> list[str]:
    return [row[at] for row in rows if at < len(row) and row[at]]


def _time_beside(rows: list[list[str]], day: int | None = None) -> list[int]:
    """Return the position of the first column of times, if the column of the day tells none."""
    columns = {
        at: [re.sub(NOT_OF_PART, "", row[at], count=1) for row in rows if len(row) > at and row[at]]
        for at in range(max(map(len, rows), default=0))
    }
    if day not in columns or any(":" in text for text in columns[day]):
        return []
    return [at for at, values in columns.items() if values and all(map(TIME.fullmatch, values))][:1]


def _of_moments(columns: list[list[str]]) -> list[int]:
    """Return the positions of the columns in which one way to write a moment reads every value."""
    return [
        at
        for at, values in enumerate(columns)
        if values and any(all(is_moment(value, form) for value in values) for form in FORMATS)
    ]


def _number_columns(rows: list[list[str]]) -> list[int]:
    columns = ([row[at] for row in rows if at < len(row)] for at in range(max(map(len, rows), default=0)))
    return [at for at, values in enumerate(columns) if _are_numbers(values)]


def _number(text: str) -> re.Match[str] | None:
    return NUMBER_WITH_SIGN.fullmatch(without_minus(text))


def _are_numbers(values: list[str]) -> bool:
    # Not all need be: some lines of any file are spoilt.
    return sum(bool(_number(value)) for value in values) * 2 > len(values)


def _places(rows: list[list[str]]) -> dict[str, int | None]:
    """Return the position of each field of a log without header: a customer, a date, a quantity, an amount."""
    width = len(rows[0]) if rows else 0
    columns = [[row[at] for row in rows if at < len(row)] for at in range(width)]
    dates = _of_moments(columns)
    numbers = [at for at, values in enumerate(columns) if at not in dates[:1] and all(map(_number, values))]
    others = [at for at in range(width) if at not in (*dates[:1], *numbers[1:])]
    if len(numbers) == 1 and len(others) > 1:
        others.remove(numbers[0])
    customer = next(iter(others), None)
    counts = [at for at in numbers if at != customer]
    return {
        "customer_id": customer,
        "invoiced_at": next(iter(dates), None),
        "quantity": counts[-2] if len(counts) > 1 else None,
        "amount": counts[-1] if counts else None,
    }


def _number_style(numbers: Sequence[str]) -> tuple[str, str]:
    """Return the decimal mark and what stands between thousands: the mark that comes last in some number is decimal.

    Where one mark is decimal, and nothing else is in any number, larger numbers may still have the other.
    """
    for number in numbers:
        if "," in number and "." in number:
            return (",", ".") if number.rindex(",") > number.rindex(".") else (".", ",")
    numbers = [re.sub(r"\s", " ", number.strip()).replace("\u2019", "'") for number in numbers]
    thousands = next((mark for mark in " '" if any(mark in number for number in numbers)), "")
    plain = [number.replace(thousands, "") for number in numbers]
    for decimal, other in (",.", ".,"):
        written = rf"[+-]?[0-9]+[{decimal}][0-9]{{1,2}}|[+-]?[0-9]{{4,}}[{decimal}][0-9]+"
        if any(re.fullmatch(written, number) for number in plain):
            return decimal, thousands or ("" if any(other in number for number in plain) else other)
    return ".", thousands


def _doubt(forms: Sequence[str]) -> str:
    if not forms:
        return "no way of writing fits all of the first lines: say how dates are written, in strftime's letters"
    if len(forms) > 1:
        return f"guess: {' and '.join(map(repr, forms[:2]))} both read the first lines"
    return "guess"
