"""The rows of workbooks, as frames of text with the number of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from rfm_assets.engines.errors import UnreadableFileError
from rfm_assets.ingestion.far_cells import LAST_ROW, require_near

SHEET_ROWS = LAST_ROW  # the most that a sheet of a workbook holds
# calamine's reading of a date cell, whatever the cell shows; with a T, of one that a strict workbook writes out.
SHEET_MOMENTS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f",
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook: number from 0, name, and rows that are not blank.

    `rows` holds `line_no`, which goes on from sheet to sheet as the contract of `raw.transactions` says, and text
    columns `c0` ….
    """

    number: int
    name: str
    rows: pl.DataFrame

    def first(self, count: int) -> list[list[str]]:
        """Return the first rows, without their numbers."""
        return [[value or "" for value in row[1:]] for row in self.rows.head(count).rows()]


def sheets(path: Path) -> Iterator[Sheet]:
    """Give the sheets of a workbook that are not blank, one after the other.

    Raises:
        UnreadableFileError: it is no workbook, or a damaged one, or a cell is far from the others.
    """
    import fastexcel

    content = path.read_bytes()
    require_near(content)
    try:
        workbook = fastexcel.read_excel(content)  # by its path, its name would say what it is
        for number, name in enumerate(workbook.sheet_names):
            # Without a header and with no row skipped, rows keep the numbers that the sheet shows.
            rows = workbook.load_sheet(number, header_row=None, skip_rows=0, dtypes="string").to_polars()
            rows.columns = [f"c{position}" for position in range(rows.width)]
            rows = rows.with_columns(_shortest(pl.all())).with_row_index("line_no", offset=1)
            rows = rows.filter(~pl.all_horizontal(pl.exclude("line_no").is_null()))
            if rows.height and rows.width > 1:
                rows = rows.with_columns(pl.col("line_no").cast(pl.Int64) + number * SHEET_ROWS)
                yield Sheet(number, name, rows)
    except BaseException as failure:
        # At a file that is cut off its reader may panic: that is no Exception, and its class cannot be imported.
        if not isinstance(failure, fastexcel.FastExcelError) and type(failure).__name__ != "PanicException":
            raise
        reason = str(failure).splitlines()[0]
        raise UnreadableFileError(
            f"it is no workbook that can be read: {reason}. "
            "Save it again, without a password; if it is an archive of other files, unpack it"
        ) from failure


def with_comma(number: pl.Expr, thousands: str) -> pl.Expr:
    """Return the cells of a column of numbers as a source with decimal comma writes them.

    calamine gives the number 2.5 and the text "2.5" as the same. What could be a text of thousands is made no number:
    the line is refused, not guessed.
    """
    written = pl.when(number.str.contains(r"^-?[0-9]+\.[0-9]+$")).then(number.str.replace(".", ",", literal=True))
    if thousands != ".":
        return written.otherwise(number)
    return (
        pl.when(number.str.contains(r"^-?[1-9][0-9]{0,2}\.[0-9]{3}$"))
        .then(number + " (a decimal point, or thousands?)")
        .otherwise(written.otherwise(number))
    )


def _shortest(text: pl.Expr) -> pl.Expr:
    # calamine writes a number with 9 decimals; beyond 15 digits these are no longer what the sheet shows.
    digits = text.str.contains(r"^-?[0-9]{7,}\.[0-9]{9}$")
    return pl.when(digits).then(text.cast(pl.Float64, strict=False).round_sig_figs(15).cast(pl.String)).otherwise(text)
