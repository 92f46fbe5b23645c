"""Reading a file of any format into raw: each record loaded or refused, by the source that fits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import polars as pl

from rfm_assets.engines.base import Engine, Refused
from rfm_assets.engines.errors import UnreadableFileError
from rfm_assets.engines.layout import IN_UTC, UTC_MARK, Layout
from rfm_assets.ingestion.formats import unpacked
from rfm_assets.ingestion.mappings import NoSourceError, Source
from rfm_assets.ingestion.matching import Match, Target, match_rows, match_text
from rfm_assets.ingestion.objects import is_without_lines, json_frames, json_ways
from rfm_assets.ingestion.sheets import SHEET_MOMENTS, SHEET_ROWS, Sheet, sheets, with_comma
from rfm_assets.ingestion.splitting import LOOKED_AT

SEPARATOR = ", "
NUMBERS = ("quantity", "unit_price", "amount", "refund")
MONTHS = 12
TELLING = 10  # dates, and texts, in which it is no chance that all are on one side of the 12th


@dataclass
class Read:
    """What became of a file: the source it was read by, the records refused, the sheets that no source fits."""

    source: str  # its name; of a workbook, all of them
    source_digest: str
    refused: list[Refused] = field(default_factory=list)
    sheets_left_out: list[str] = field(default_factory=list)
    is_in_utc: bool = False  # moments were stored in UTC, and read on the shop's clock
    above_headers: int = 0  # lines, or rows that are not blank, passed over


def read_lines(
    engine: Engine, path: Path, file_id: int, target: Target, *, mend: bool = False, scratch: Path | None = None
) -> Read:
    """Append a file's lines to `raw.transactions`; return by which source, and what could not be read.

    With `mend`, a text file is read as if its lines all ended in the same way. It is unpacked in `scratch`.

    Raises:
        SourceError: no source fits the file, or several do, or it is in another currency than the warehouse.
        UnreadableFileError: the file cannot be read as a whole; a LineEndsError, if it may be with `mend`.
    """
    with unpacked(path, mend=mend, scratch=scratch) as plain:
        if plain.format == "workbook":
            return _read_sheets(engine, plain.path, file_id, target)
        if plain.format == "text":
            match = match_text(plain.path, target)
            refused = engine.load_csv(plain.path, match.layout, file_id)
            above = match.layout.above_header
            return Read(*_named(match.source), refused, is_in_utc=match.is_in_utc, above_headers=above)
        if plain.format == "parquet":
            types = engine.parquet_columns(plain.path)
            match = match_rows([list(types)], target, named=True)
            refused = engine.load_parquet(plain.path, match.layout, file_id)
            clock = list(types.values())[match.layout.positions["invoiced_at"][-1]]
            is_in_utc = clock in IN_UTC or match.layout.writing.is_since_1970
            return Read(*_named(match.source), refused, is_in_utc=is_in_utc)
        try:
            names = list(dict.fromkeys(chain(*json_ways(plain.path, engine.json_elements).values())))
            match = match_rows([names], target, named=True)
        except (NoSourceError, UnreadableFileError):
            only = target.only
            if only and is_without_lines(plain.path, [*map(str, only.column_list)], engine.json_elements):
                return Read(*_named(only))
            raise
        return _read_json(engine, plain.path, file_id, match, names)


def _read_json(engine: Engine, path: Path, file_id: int, match: Match, names: Sequence[str]) -> Read:
    no_objects: list[Refused] = []
    positions = match.layout.positions
    marks = {names[positions[ours][0]]: match.source.decimal for ours in NUMBERS if ours in positions}
    frames = json_frames(path, [names[at] for at in _used(match)], engine.json_elements, no_objects, marks)
    layout = _of_source_alone(match)
    first = next(frames)
    refused = engine.load_frames(chain([first], frames), layout, file_id)
    in_order = sorted(refused + no_objects, key=lambda line: line.line_no)
    return Read(*_named(match.source), in_order, is_in_utc=_are_in_utc(first, layout))


def _read_sheets(engine: Engine, path: Path, file_id: int, target: Target) -> Read:
    """Read the sheets that a source fits, those of one source together: an order may go on in the next sheet."""
    frames: dict[str, list[pl.DataFrame]] = {}
    matches: dict[str, Match] = {}
    names: dict[int, str] = {}
    failures: dict[str, NoSourceError] = {}
    above = 0
    for sheet in sheets(path):
        try:
            match = match_rows(sheet.first(LOOKED_AT), target)
        except NoSourceError as failure:
            failures[sheet.name] = failure
            continue
        names[sheet.number] = sheet.name
        matches[match.source.name] = match
        above += match.layout.above_header
        frames.setdefault(match.source.name, []).append(_records(sheet, match))
    if failures and not frames:
        raise next(iter(failures.values()))
    if not frames:
        raise UnreadableFileError("the workbook holds no rows. Export it again, or take it out of the landing folder")
    refused, in_utc = [], False
    for source, match in matches.items():
        layout = _of_source_alone(match)
        _require_days_unswapped(frames[source], layout)
        in_utc |= any(_are_in_utc(frame, layout) for frame in frames[source])
        writing = replace(layout.writing, timestamp_formats=(*SHEET_MOMENTS, *layout.writing.timestamp_formats))
        refused += engine.load_frames(frames[source], replace(layout, writing=writing), file_id)
    named = [
        replace(line, error=f"sheet {names[(line.line_no - 1) // SHEET_ROWS]!r}: {line.error}")
        for line in sorted(refused, key=lambda line: line.line_no)
    ]
    sources = _named(*(match.source for match in matches.values()))
    return Read(*sources, named, list(failures), is_in_utc=in_utc, above_headers=above)


def _require_days_unswapped(records: Iterable[pl.DataFrame], layout: Layout) -> None:
    """Do nothing, unless a spreadsheet took days for months in some of the moments and left the others as text.

    To one of the United States 02/01/2024 is 1 February, and 13/01/2024 nothing: no day of its cells of dates is beyond
    the 12th, and all texts have a number that is.
    """
    moments = pl.concat([frame[f"c{layout.positions['invoiced_at'][0]}"] for frame in records])
    dated = moments.str.extract("^[0-9]{4}-[0-9]{2}-([0-9]{2})").cast(pl.Int64).drop_nulls()
    numbers = moments.str.extract_groups("^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-][0-9]{2,4}").struct.unnest()
    left = numbers.cast(pl.Int64).max_horizontal().drop_nulls()
    if min(len(dated), len(left)) >= TELLING and (dated <= MONTHS).all() and (left > MONTHS).all():
        raise UnreadableFileError(
            f"{len(dated):,} of its moments are cells of dates, none beyond the 12th of a month, and {len(left):,} are "
            "texts that are all beyond it: a spreadsheet took days for months. Bring the export that it was made from"
        )


def _are_in_utc(records: pl.DataFrame, layout: Layout) -> bool:
    """Return whether moments of records, in the layout of their source alone, say that they are in UTC."""
    moments = records[f"c{layout.positions['invoiced_at'][-1]}"]
    return layout.writing.is_since_1970 or bool(moments.str.contains(UTC_MARK).any())


def digest_now(names: str, sources: Iterable[Source]) -> str | None:
    """Return the `source_digest` of a file that would be read by the sources of these names; None if one is gone."""
    by_name = {source.name: source for source in sources}
    found = [by_name.get(name) for name in names.split(SEPARATOR)]
    return None if None in found else _named(*filter(None, found))[1]


def _named(*sources: Source) -> tuple[str, str]:
    return SEPARATOR.join(source.name for source in sources), SEPARATOR.join(source.digest for source in sources)


def _records(sheet: Sheet, match: Match) -> pl.DataFrame:
    rows = sheet.rows[match.layout.header_lines :]
    positions = match.layout.positions
    columns = {at: pl.col(f"c{at}") for at in _used(match)}
    if match.source.decimal == ",":
        numbers = [positions[ours][0] for ours in NUMBERS if ours in positions]
        columns |= {at: with_comma(columns[at], match.source.thousands) for at in numbers}
    return rows.select("line_no", *(column.alias(f"c{to}") for to, column in enumerate(columns.values())))


def _used(match: Match) -> list[int]:
    return list(dict.fromkeys(chain.from_iterable(match.layout.positions.values())))


def _of_source_alone(match: Match) -> Layout:
    """Return the layout of records that have the columns of the source alone, each once, in its order."""
    to = {at: new for new, at in enumerate(_used(match))}
    positions = {ours: tuple(to[at] for at in parts) for ours, parts in match.layout.positions.items()}
    return replace(match.layout, width=len(to), positions=positions)
