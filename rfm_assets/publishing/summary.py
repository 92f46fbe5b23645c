"""What `make demo` and `make refresh` end with: the published segments as a table in the terminal."""

import sys
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from rfm_assets.engines.duckdb.frames import read_published
from rfm_assets.publishing.files import DUCKDB_FILE
from rfm_assets.publishing.markdown import PROFILE, cells
from rfm_assets.publishing.report.writing import REPORT_FILE
from rfm_assets.settings import SettingsError, load_settings

# Characters.
PLAIN_WIDTH = 160  # where there is no terminal to ask
UNLIMITED = 10_000
ACTION = 40  # the least that what to do can be read in
TO_DO = "what to do"

SEGMENTS = """
select
    profiles.*,
    playbook.recommended_action,
from segment_profiles as profiles
inner join about on profiles.snapshot_on = about.snapshot_on
left join playbook on profiles.segment = playbook.segment
order by profiles.customers desc, profiles.segment
"""


def main() -> int:
    """Print the latest published profile, where it lies, and what to do next; return the exit status."""
    # Names of segments are data: brackets and colons in them are no markup.
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    try:
        settings = load_settings()
    except SettingsError as wrong:
        print(f"error: {wrong}", file=sys.stderr)
        return 2
    path = settings.published / DUCKDB_FILE
    if not path.exists():
        print(f"error: nothing is published at {path}: refresh a day first, `make refresh DAY=...`", file=sys.stderr)
        return 1
    headings, rows = cells(read_published(path, SEGMENTS), PROFILE)
    about = read_published(path, "select * from about").row(0, named=True)
    title = (
        f"Customers as of {about['snapshot_on']} ({about['currency']}, {about['monetary_counts']}, "
        f"model of {about['model_version']})"
    )
    # In a narrow terminal, and beside long names, what to do stands below, or rich would cut the numbers to make room.
    # Where there is none even for them, their lines run over its edge.
    table, width = _table(title, headings, rows), console.width
    is_wide = _width(console, _table(title, headings[:-1], rows)) + ACTION <= width
    if not is_wide:
        table = _table(title, [name.replace("mean ", "mean\n") for name in headings[:-1]], rows)
        console.width = max(width, _width(console, table))
    console.print(table)
    console.width = width
    if not is_wide:
        for row in rows:
            console.print(f"{row[0]}: {row[-1]}")
        console.print()
    console.print(f"published: {path}", soft_wrap=True)
    if (report := path.with_name(REPORT_FILE)).exists():
        console.print(f"report:    {report}   (open it in a browser)", soft_wrap=True)
    console.print(f"next:      make dev{settings.of_shop}   (the Dagster UI on http://127.0.0.1:3000)", soft_wrap=True)
    return 0


def _table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Return a table of as many columns as there are headings."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for heading in headings:
        is_number = heading not in ("segment", TO_DO)
        table.add_column(heading, justify="right" if is_number else "left", no_wrap=heading != TO_DO)
    for row in rows:
        table.add_row(*row[: len(headings)])
    return table


def _width(console: Console, table: Table) -> int:
    return Measurement.get(console, console.options.update(max_width=UNLIMITED), table).maximum


if __name__ == "__main__":
    sys.exit(main())
