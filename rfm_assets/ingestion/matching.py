"""Which source fits a file, by its columns, and where our fields are in it."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rfm_assets.engines.errors import UnreadableFileError
from rfm_assets.engines.layout import (
    LONGEST_FIELD,
    UTC_MARK,
    WHITESPACE,
    Layout,
    between_thousands,
    is_moment,
    joined_moment,
)
from rfm_assets.ingestion.mappings import ByColumn, NoSourceError, Source, SourceError

DELIMITERS = (",", ";", "\t", "|")
LONGEST_HEADER = 1 << 20  # characters
LOOKED_AT = 20  # lines
SHOWN = 500  # characters of what was found


@dataclass(frozen=True)
class Match:
    """The source that fits, where our fields are, and whether moments of the first lines say that they are in UTC."""

    source: Source
    layout: Layout
    is_in_utc: bool = False


@dataclass(frozen=True)
class Target:
    """What a file is matched for: the sources there are, its path below landing, the warehouse's currency and clock."""

    sources: Sequence[Source]
    name: str
    currency: str
    timezone: str = "UTC"

    @property
    def asked(self) -> list[Source]:
        """The sources to choose from: those whose `files` asks for the file, or else those that ask for none."""
        asking = [source for source in self.sources if source.takes(self.name)]
        return asking or [source for source in self.sources if source.files is None]


def match_row(first: Sequence[str], target: Target, *, named: bool = False) -> Match:
    """Return the one source that fits records whose first row this is: a header, or values when it has none.

    Args:
        first: the row as text.
        target: what to match.
        named: the row holds names, whatever it looks like.

    Raises:
        SourceError: no source fits, or several do, or a column is there twice, or the source's currency is another.
    """
    fields = [field.strip() for field in first]
    fitting = [source for source in target.asked if _fits(fields, source) and not (named and not source.has_header)]
    return _match([(source, None, fields) for source in fitting], target, fields)


def match_text(path: Path, target: Target) -> Match:
    """Return the one source that fits a UTF-8 text file, with the delimiter that makes it fit.

    Raises:
        SourceError: as `match_row` has it.
    """
    first, *more = _first_lines(path)
    fitting: list[tuple[Source, str | None, list[str]]] = []
    for source in target.asked:
        delimiters = (source.delimiter,) if source.delimiter else DELIMITERS
        # Without a header, a bad first line says no more than any other bad line.
        lines = [first] if source.has_header else [first, *more]
        splits = [(delimiter, split(line, delimiter)) for line in lines for delimiter in delimiters]
        fitting += [(source, delimiter, fields) for delimiter, fields in splits if _fits(fields, source)][:1]
    widest = max((split(first, delimiter) for delimiter in DELIMITERS), key=len)
    match = _match(fitting, target, widest)
    at, delimiter = match.layout.positions["invoiced_at"][-1], match.layout.delimiter or ","
    moments = [fields[at] for line in (first, *more) if len(fields := split(line, delimiter)) > at]
    return replace(match, is_in_utc=any(map(is_in_utc, moments)))


def is_in_utc(moment: str | None) -> bool:
    """Return whether a moment as text says that it is in UTC."""
    return bool(moment and re.search(UTC_MARK, moment))


def split(line: str, delimiter: str) -> list[str]:
    """Return the fields of a line, without the blanks around them.

    Raises:
        UnreadableFileError: a field is longer than the csv module reads.
    """
    if delimiter == WHITESPACE:
        return line.split()
    return next(records(io.StringIO(line, newline=""), delimiter), [])


def records(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Give the fields of each record, without the blanks around them; errors as `split` has them."""
    try:
        csv.field_size_limit(LONGEST_FIELD)
        yield from ([field.strip() for field in row] for row in csv.reader(lines, delimiter=delimiter))
    except csv.Error as failure:
        raise UnreadableFileError(f"its text cannot be split into fields ({failure}): is it a table?") from None


def _match(fitting: list[tuple[Source, str | None, list[str]]], target: Target, found: list[str]) -> Match:
    shown = "".join(one if one.isprintable() else "\ufffd" for one in ", ".join(found)[:SHOWN]) or "no columns"
    if not fitting:
        needs = "; ".join(f"{source.name} needs {_needs(source)}" for source in target.asked)
        raise NoSourceError(
            f"columns missing: {_missing(found, target.asked)}; found: {shown}. No source fits: {needs}. "
            "Name the columns so, or add a mapping in the folder sources beside landing: "
            "`make source FILE=...` drafts one"
        )
    # Two that differ in nothing but their currency: the one in the warehouse's is meant.
    fitting = [one for one in fitting if _is_in(one[0], target.currency)] or fitting
    if len(fitting) > 1:
        needs = "; ".join(f"{source.name} needs {_needs(source)}" for source, *_ in fitting)
        raise SourceError(
            f"several sources fit. {needs}. Found: {shown}. Set `files` in one of the mappings to say which are its own"
        )
    source, delimiter, fields = fitting[0]
    twice = [str(column) for column in source.column_list if source.has_header and fields.count(str(column)) > 1]
    if twice:
        raise SourceError(f"columns there twice: {', '.join(sorted(twice))}. Keep one of each")
    if not _is_in(source, target.currency):
        raise SourceError(
            f"the source {source.name} is in {source.currency}, the warehouse in {target.currency}. Are the amounts in "
            f"{target.currency}? Then copy rfm_assets/ingestion/sources/{source.name}.toml to the folder sources next "
            f'to landing, and set currency = "{target.currency}" in it. Otherwise take the file out: '
            f"{source.currency} needs a data folder of its own (RFM_DATA, RFM_CURRENCY)"
        )
    writing = source.writing(target.currency, target.timezone)
    return Match(source, Layout(len(fields), _positions(fields, source), writing, delimiter, source.has_header))


def _positions(fields: Sequence[str], source: Source) -> dict[str, tuple[int, ...]]:
    return {
        ours: tuple(part - 1 if isinstance(part, int) else fields.index(part) for part in parts)
        for ours, parts in source.named_columns.items()
    }


def _is_in(source: Source, currency: str) -> bool:
    return isinstance(source.currency, ByColumn) or source.currency == currency


def _fits(fields: Sequence[str], source: Source) -> bool:
    if source.has_header:
        return all(column in fields for column in source.column_list)
    if len(fields) < max(map(int, source.column_list)):
        return False
    positions = _positions(fields, source)
    numbers = [fields[positions[ours][0]] for ours in ("quantity", "unit_price", "amount") if ours in positions]
    mark = re.escape(source.decimal + between_thousands(source.thousands))
    moment = joined_moment([fields[at] for at in positions["invoiced_at"]])
    return all(re.fullmatch(rf"[+-]?[0-9{mark}]+", number) for number in numbers) and any(
        is_moment(moment, form) for form in source.timestamp_formats
    )


def _missing(found: Sequence[str], sources: Sequence[Source]) -> str:
    """Return the columns that lack to the source that is nearest."""
    shares = []
    for source in sources:
        if source.has_header:
            columns = list(map(str, source.column_list))
            lacking = [column for column in columns if column not in found]
            shares.append((len(lacking) / len(columns), ", ".join(lacking)))
    return min(shares, default=(0, "none"))[1]


def _needs(source: Source) -> str:
    if source.has_header:
        return ", ".join(map(str, source.column_list))
    places = {ours: " and ".join(map(str, parts)) for ours, parts in source.named_columns.items()}
    return "no header and " + ", ".join(f"{ours} as field {place}" for ours, place in places.items())


def _first_lines(path: Path) -> list[str]:
    """Return the first record of a text file, for a quoted name may hold a line end, and some lines after it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        start = file.read(LONGEST_HEADER)
    quoted = False
    for at, character in enumerate(start):
        quoted ^= character == '"'
        if character in "\r\n" and not quoted:
            return [start[:at], *(line for line in start[at:].splitlines() if line.strip())][:LOOKED_AT]
    if quoted:
        return [start.splitlines()[0]]
    return [start]
