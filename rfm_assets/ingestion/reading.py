"""Reading a file of any format into raw: each record loaded or refused, by the source that fits."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from rfm_assets.engines.base import Engine, Refused, Writing
from rfm_assets.ingestion.formats import unpacked
from rfm_assets.ingestion.mappings import NoSourceError
from rfm_assets.ingestion.matching import Match, Target, match_row, match_text
from rfm_assets.ingestion.rows import SHEET_MOMENTS, Sheet, json_columns, json_frames, sheets, with_comma

NUMBERS = ("quantity", "unit_price", "amount", "refund")


@dataclass
class Read:
    """What became of a file: the source it was read by, the records refused, the sheets that no source fits."""

    source: str
    refused: list[Refused] = field(default_factory=list)
    sheets_left_out: list[str] = field(default_factory=list)


def read_lines(engine: Engine, path: Path, file_id: int, target: Target) -> Read:
    """Append a file's lines to `raw.transactions`; return by which source, and what could not be read.

    Raises:
        SourceError: no source fits the file, or several do, or it is in another currency than the warehouse.
        UnreadableFileError: the file cannot be read as a whole.
    """
    with unpacked(path) as plain:
        if plain.format == "workbook":
            return _read_sheets(engine, plain.path, file_id, target)
        if plain.format == "text":
            match = match_text(plain.path, target)
            return Read(match.source.name, engine.load_csv(plain.path, match.layout, file_id))
        if plain.format == "parquet":
            match = match_row(engine.parquet_columns(plain.path), target, named=True)
            return Read(match.source.name, engine.load_parquet(plain.path, match.layout, file_id))
        match = match_row(json_columns(plain.path), target, named=True)
        return _read_json(engine, plain.path, file_id, match)


def _read_json(engine: Engine, path: Path, file_id: int, match: Match) -> Read:
    names = sorted(match.source.named_columns.items())
    layout = replace(match.layout, width=len(names), positions={ours: at for at, (ours, _) in enumerate(names)})
    no_objects: list[Refused] = []
    frames = json_frames(path, tuple(str(column) for _, column in names), no_objects)
    refused = engine.load_frames(frames, layout, file_id)
    return Read(match.source.name, sorted(refused + no_objects, key=lambda line: line.line_no))


def _read_sheets(engine: Engine, path: Path, file_id: int, target: Target) -> Read:
    """Read the sheets that a source fits. When none does, the first one's failure is the file's."""
    read = Read("")
    failures: list[NoSourceError] = []
    for sheet in sheets(path):
        try:
            match = match_row(sheet.first, target)
        except NoSourceError as failure:
            failures.append(failure)
            read.sheets_left_out.append(sheet.name)
            continue
        read.source = match.source.name
        layout = replace(match.layout, writing=_of_cells(match.layout.writing))
        read.refused += [
            replace(line, error=f"sheet {sheet.name!r}: {line.error}")
            for line in engine.load_frames([_records(sheet, match)], layout, file_id)
        ]
    if not read.source:
        raise (
            failures[0] if failures else NoSourceError("the workbook holds no rows. Take it out of the landing folder")
        )
    return read


def _of_cells(writing: Writing) -> Writing:
    return replace(writing, timestamp_formats=(*SHEET_MOMENTS, *writing.timestamp_formats))


def _records(sheet: Sheet, match: Match) -> pl.DataFrame:
    rows = sheet.rows[1:] if match.source.has_header else sheet.rows
    if match.source.decimal == ".":
        return rows
    numbers = [f"c{at}" for ours, at in match.layout.positions.items() if ours in NUMBERS]
    return rows.with_columns(with_comma(pl.col(name), match.source.thousands) for name in numbers)
