"""What `make demo` and `make refresh` end with: the published segments as a table in the terminal."""

import sys
from pathlib import Path
from shlex import quote

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from rfm_assets.engines.duckdb.frames import read_published
from rfm_assets.publishing.files import DUCKDB_FILE
from rfm_assets.publishing.markdown import PROFILE, cells
from rfm_assets.publishing.report.writing import REPORT_FILE
from rfm_assets.settings import SettingsError, load_settings

WIDE = 120  # characters; what the whole table needs
PLAIN_WIDTH = 160  # characters, where there is no terminal to ask

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
    table = Table(
        title=f"Customers as of {about['snapshot_on']} ({about['currency']}, {about['monetary_counts']}, "
        f"model of {about['model_version']})",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    # In a narrow terminal what to do stands below, or rich would cut the numbers to make room. Where there is
    # none even for them, their lines run over its edge.
    is_wide = console.width >= WIDE
    shown = headings if is_wide else headings[:-1]
    for heading in shown:
        is_number = heading not in ("segment", "what to do")
        table.add_column(
            heading if is_wide else heading.replace("mean ", "mean\n"),
            justify="right" if is_number else "left",
            no_wrap=is_number or heading == "segment",
        )
    for row in rows:
        table.add_row(*row[: len(shown)])
    width = console.width
    if not is_wide:
        whole = Measurement.get(console, console.options.update(max_width=PLAIN_WIDTH), table).maximum
        console.width = max(width, whole)
    console.print(table)
    console.width = width
    if not is_wide:
        for row in rows:
            console.print(f"{row[0]}: {row[-1]}")
        console.print()
    console.print(f"published: {path}", soft_wrap=True)
    if (report := path.with_name(REPORT_FILE)).exists():
        console.print(f"report:    {report}   (open it in a browser)", soft_wrap=True)
    shop = "" if settings.data == Path("data") else f" RFM_DATA={quote(str(settings.data))}"
    console.print(f"next:      make dev{shop}   (the Dagster UI on http://127.0.0.1:3000)", soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
