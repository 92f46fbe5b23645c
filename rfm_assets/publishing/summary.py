"""What `make demo` and `make refresh` end with: the published segments as a table in the terminal."""

import sys

from rich import box
from rich.console import Console
from rich.table import Table

from rfm_assets.engines.duckdb import read_published
from rfm_assets.publishing.files import DUCKDB_FILE
from rfm_assets.publishing.profile import cells
from rfm_assets.settings import SettingsError, load_settings

PLAIN_WIDTH = 160  # characters, where there is no terminal to ask

PROFILE = """
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
    headings, rows = cells(read_published(path, PROFILE))
    about = read_published(path, "select * from about").row(0, named=True)
    table = Table(
        title=f"Customers as of {about['snapshot_on']} ({about['currency']}, {about['monetary_counts']}, "
        f"model of {about['model_version']})",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    for heading, right in zip(headings, [False, True, True, True, True, True, False], strict=True):
        table.add_column(heading, justify="right" if right else "left", no_wrap=heading != "what to do")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    console.print(f"published: {path}", soft_wrap=True)
    console.print("next:      make dev   (the Dagster UI on http://127.0.0.1:3000)", soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
