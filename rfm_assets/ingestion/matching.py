"""Which source fits a file, by its columns, and where our fields are in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from rfm_assets.engines.layout import (
    UTC_MARK,
    WHITESPACE,
    Layout,
    between_thousands,
    is_moment,
    joined_moment,
    without_minus,
)
from rfm_assets.ingestion.mappings import ByColumn, NoSourceError, Source, SourceError
from rfm_assets.ingestion.splitting import DELIMITERS, first_lines, is_whole, split
from rfm_assets.shown import harmless

SHOWN = 500  # characters of what was found


@dataclass(frozen=True)
class Match:
    """The source that fits, where our fields are; of text, whether its first lines say that moments are in UTC."""

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
        return self._asking or [source for source in self.sources if source.files is None]

    @property
    def only(self) -> Source | None:
        """The one source whose `files` asks for the file: it is of no other, whatever it holds."""
        return self._asking[0] if len(self._asking) == 1 else None

    @property
    def _asking(self) -> list[Source]:
        return [source for source in self.sources if source.takes(self.name)]


@dataclass(frozen=True)
class _Fit:
    source: Source
    fields: list[str]  # the header, as the source writes it, or the values of a first line
    is_exact: bool  # it is written so in the file, too
    header_lines: int
    delimiter: str


def match_rows(rows: Sequence[Sequence[str]], target: Target, *, named: bool = False) -> Match:
    """Return the one source that fits records whose first rows these are: titles, a header, values.

    Args:
        rows: as text, none of them blank; `header_lines` of the layout counts them.
        target: what to match.
        named: the first row holds names, whatever it looks like.

    Raises:
        SourceError: no source fits, or several do, or a column is there twice, or the source's currency is another.
    """
    fields = [[field.strip() for field in row] for row in rows]
    fitting = _fitting({",": fields}, range(1, len(fields) + 1), target, named=named)
    return _match(fitting, target, fields)


def match_text(path: Path, target: Target) -> Match:
    """Return the one source that fits a UTF-8 text file, with the delimiter that makes it fit.

    Raises:
        SourceError: as `match_rows` has it.
    """
    lines = first_lines(path)
    ways = {each: [split(line, each) for line in lines.values()] for each in (*DELIMITERS, WHITESPACE)}
    # With a line above the header that is half of a record, DuckDB would pass over other lines than these.
    above = len(list(takewhile(is_whole, lines.values())))
    fitting = _fitting(ways, list(lines)[: above + 1], target)
    widest = [max(fields, key=len) for fields in zip(*(ways[each] for each in DELIMITERS), strict=True)]
    match = _match(fitting, target, widest)
    at = match.layout.positions["invoiced_at"][-1]
    moments = [fields[at] for fields in ways[match.layout.delimiter] if len(fields) > at]
    says_utc = any(re.search(UTC_MARK, moment) for moment in moments)
    return replace(match, is_in_utc=match.layout.writing.is_since_1970 or says_utc)


def _fitting(
    ways: Mapping[str, Sequence[Sequence[str]]], numbers: Sequence[int], target: Target, *, named: bool = False
) -> list[_Fit]:
    """Return the sources that fit, with the first of the numbered rows as their header that makes one fit.

    Args:
        ways: the first rows, by the delimiter that splits them; of no text, by any one.
        numbers: those of the rows that may be the header.
        target: what to match.
        named: the first row holds names, whatever it looks like.
    """
    for at, number in enumerate(numbers):
        fitting = []
        for source in target.asked:
            if named and not source.has_header:
                continue
            own = source.delimiter or ""
            delimiters = [own] if own in ways else [way for way in ways if way != WHITESPACE]
            for delimiter in delimiters:
                rows = ways[delimiter]
                # Without a header, a bad first line says no more than any other bad line.
                candidates = [_spelled(rows[at], source)] if source.has_header else rows
                if not source.has_header and source.files is None and _is_header(rows[0], source):
                    continue
                fields = next((fields for fields in candidates if _fits(fields, source)), None)
                if fields and all(_is_title(above, fields, source) for above in rows[:at]):
                    is_exact = not source.has_header or fields == rows[at]
                    lines = number if source.has_header else 0
                    fitting.append(_Fit(source, list(fields), is_exact, lines, delimiter))
                    break
        if fitting:
            return fitting
    return []


def _is_header(fields: Sequence[str], source: Source) -> bool:
    """Return whether a first line may well name the columns: as many as the source has, and none with a digit."""
    is_wide = len(fields) >= max(int(place) for place in source.column_list)
    return is_wide and all(fields) and not any(re.search("[0-9]", field) for field in fields)


def _spelled(header: Sequence[str], source: Source) -> Sequence[str]:
    """Return a header with the source's names for columns that differ from them in nothing but upper and lower case."""
    names = {str(column).casefold(): str(column) for column in source.column_list if column not in header}
    return [names.get(name.casefold(), name) for name in header]


def _is_title(above: Sequence[str], header: Sequence[str], source: Source) -> bool:
    """Return whether a line above a header is none of its table, and none of another with as many columns."""
    return sum(map(bool, above)) < len(header) and not _has_values(above, _positions(header, source), source)


def _match(fitting: Sequence[_Fit], target: Target, rows: Sequence[Sequence[str]]) -> Match:
    if not fitting:
        raise _nothing_fits(rows, target)
    fitting = [one for one in fitting if one.is_exact] or fitting
    # Two that differ in nothing but their currency: the one in the warehouse's is meant.
    fitting = [one for one in fitting if _is_in(one.source, target.currency)] or fitting
    if len(fitting) > 1:
        needs = "; ".join(f"{one.source.name} needs {_needs(one.source)}" for one in fitting)
        found = _shown(_nearest(rows, target))
        raise SourceError(
            f"several sources fit. {needs}. Found: {found}. Set `files` in one of the mappings to say which are its own"
        )
    source, fields = fitting[0].source, fitting[0].fields
    twice = [str(column) for column in source.column_list if source.has_header and fields.count(str(column)) > 1]
    if twice:
        raise SourceError(f"columns there twice: {', '.join(sorted(twice))}. Keep one of each")
    if not _is_in(source, target.currency):
        raise SourceError(
            f"the source {source.name} is in {source.currency}, the warehouse in {target.currency}. Are the amounts in "
            f'{target.currency}? Then set currency = "{target.currency}" in {source.name}.toml in the folder sources '
            f"next to landing (of a mapping that ships, copy rfm_assets/ingestion/sources/{source.name}.toml there). "
            f"Is the shop in {source.currency}? Set RFM_CURRENCY={source.currency}. Otherwise take the file out: "
            f"{source.currency} needs a data folder of its own (RFM_DATA)"
        )
    writing = source.writing(target.currency, target.timezone)
    positions = _positions(fields, source)
    return Match(source, Layout(len(fields), positions, writing, fitting[0].delimiter, fitting[0].header_lines))


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
    return _has_values(fields, _positions(fields, source), source)


def _has_values(fields: Sequence[str], positions: Mapping[str, Sequence[int]], source: Source) -> bool:
    """Return whether a line has numbers and a moment where its source has them."""
    if len(fields) <= max(map(max, positions.values())):
        return False
    numbers = [
        without_minus(fields[positions[ours][0]]) for ours in ("quantity", "unit_price", "amount") if ours in positions
    ]
    mark = re.escape(source.decimal + between_thousands(source.thousands))
    sign = rf"(?:\s*{re.escape(source.currency_sign)}\s*)?" if source.currency_sign else ""
    moment = joined_moment([fields[at] for at in positions["invoiced_at"]])
    return all(re.fullmatch(rf"[+-]?{sign}[+-]?[0-9{mark}]+{sign}", number) for number in numbers) and any(
        is_moment(moment, form) for form in source.timestamp_formats
    )


def _nothing_fits(rows: Sequence[Sequence[str]], target: Target) -> NoSourceError:
    found = _nearest(rows, target)
    lacking = _lacking(found, target.asked)[1]
    if not lacking:
        return NoSourceError(
            f"lines stand above the header {_shown(found)!r} that are no titles: as many fields of them are filled, or "
            "they have values where the mapping has them, or a quote is open. Put the header first, or take them out"
        )
    needs = "; ".join(f"{source.name} needs {_needs(source)}" for source in target.asked)
    return NoSourceError(
        f"columns missing: {lacking}; found: {_shown(found)}. No source fits: {needs}.",
        advice="Name the columns so, or add a mapping in the folder sources beside landing: `make source FILE=...` "
        "drafts one",
    )


def _nearest(rows: Sequence[Sequence[str]], target: Target) -> Sequence[str]:
    """Return the row that comes nearest to a header."""
    return min(rows, key=lambda fields: _lacking(fields, target.asked)[0])


def _shown(fields: Sequence[str]) -> str:
    return harmless(", ".join(fields)[:SHOWN], kept="") or "no columns"


def _lacking(found: Sequence[str], sources: Sequence[Source]) -> tuple[float, str]:
    """Return the columns that lack to the source that is nearest, and the share that they are of its columns."""
    shares = []
    for source in sources:
        if source.has_header:
            columns, there = source.column_list, set(_spelled(found, source))
            lacking = [str(column) for column in columns if column not in there]
            shares.append((len(lacking) / len(columns), ", ".join(lacking)))
    return min(shares, default=(0, "none"))


def _needs(source: Source) -> str:
    if source.has_header:
        return ", ".join(map(str, source.column_list))
    places = {ours: " and ".join(map(str, parts)) for ours, parts in source.named_columns.items()}
    return "no header and " + ", ".join(f"{ours} as field {place}" for ours, place in places.items())
