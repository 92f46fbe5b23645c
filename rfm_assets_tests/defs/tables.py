"""What a data folder holds after a run: the rows of every table, and the bytes of what is published."""

import duckdb
import polars as pl
from polars.testing import assert_frame_equal

from rfm_assets.contracts import PUBLISHED, TABLES
from rfm_assets.settings import Settings

# Written by the job `refresh`.
REFRESHED = {name: table for name, table in TABLES.items() if table.schema != "validation"}
# The same wherever the same files were dropped: file times are not.
COMPARED = {name: table for name, table in TABLES.items() if name != "raw.landed_files"}
BY_DAY = [name for name, table in REFRESHED.items() if table.partition]


def tables(settings: Settings) -> dict[str, pl.DataFrame]:
    """Return every table of the warehouse, file times left out, and of the published file, in the order of its key."""
    found = {}
    published = settings.published / "segments.duckdb"
    for file, declared, schema in ((settings.warehouse, COMPARED, ""), (published, PUBLISHED, "published.")):
        with duckdb.connect() as connection:
            connection.execute("attach $path as opened (read_only)", {"path": str(file)})
            connection.execute("use opened")
            for name, table in declared.items():
                key = ", ".join(table.key)
                found[name] = pl.DataFrame(connection.table(name.removeprefix(schema)).order(key))
    return found


def assert_same_tables(found: dict[str, pl.DataFrame], expected: dict[str, pl.DataFrame]) -> None:
    """Fail unless every table has the same rows, to the last bit."""
    assert found.keys() == expected.keys()
    for name, frame in expected.items():
        try:
            assert_frame_equal(found[name], frame, check_exact=True)
        except AssertionError as difference:
            raise AssertionError(f"{name}: {difference}") from None


def published_bytes(settings: Settings) -> dict[str, bytes]:
    """Return what lies in the published folder and in its folders, by name; of a link what it points to."""
    return {
        str(path.relative_to(settings.published)): bytes(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in settings.published.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def execute(settings: Settings, statement: str) -> None:
    """Change the warehouse behind the pipeline's back."""
    with duckdb.connect() as connection:
        connection.execute("attach $path as opened", {"path": str(settings.warehouse)})
        connection.execute("use opened")
        connection.execute(statement)
