"""A small warehouse to publish from, and what lies in the published folder."""

import os
from datetime import date, datetime
from pathlib import Path

import duckdb

from rfm_assets.engines.base import Engine
from rfm_assets_tests.rows import write_rows

BEFORE, LATEST, VERSION = date(2011, 11, 30), date(2011, 12, 9), date(2011, 12, 1)
BUILT_AT = datetime(2011, 12, 10, 5, 0, 7)  # noqa: DTZ001 as DuckDB gives it back


def customer(customer_id: str, on: date, segment: str, previous: str | None = None) -> tuple:
    numbers = (on, customer_id, 5, 2, "12.5000", 5, 2, 3, "Potential Loyalists", segment, previous)
    return (*numbers, BEFORE if previous else None, segment, 0.25, "thank them", VERSION)


def write_segments(engine: Engine) -> None:
    """Fill what is published: two customers on the latest of two snapshots, which are of two months."""
    write_rows(
        engine,
        "raw.files",
        (1, "old.csv", "a" * 64, "replaced", 1, 0, None, None, "online_retail", None),
        (2, "b.csv", "b" * 64, "loaded", 1, 0, None, None, "online_retail", None),
        (3, "a.csv", "c" * 64, "loaded", 1, 0, None, None, "online_retail", None),
        (4, "bad.csv", "d" * 64, "failed", 0, 0, None, None, None, "no"),
    )
    write_rows(
        engine,
        "segments.customers",
        customer("c2", LATEST, "Loyal", "Lost"),
        customer("c1", LATEST, "Loyal"),
        customer("c2", BEFORE, "Lost"),
    )
    write_rows(engine, "segments.profiles", (LATEST, "Loyal", 2, 1.0, "25.0000", 1.0, 5.0, 2.0, 12.5))
    write_rows(engine, "segments.moves", (LATEST, BEFORE, "Lost", "Loyal", "behaviour", 1))
    write_rows(engine, "segments.playbook", ("Loyal", "they come back", "thank them"))


def rows(path: Path, statement: str) -> list[tuple]:
    """Return the rows of a SELECT on a DuckDB file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(statement).fetchall()


def contents(folder: Path) -> dict[str, bytes | str]:
    """Return what lies in a folder by its path: the bytes of a file, where a link points."""
    return {
        str(path.relative_to(folder)): str(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def fill(path: Path, room: int) -> None:
    """Fill a disk up to so many kilobytes with a file."""
    with path.open("wb") as file:
        free = os.statvfs(path).f_bavail * os.statvfs(path).f_frsize
        file.write(b"x" * max(0, free - room * 1024))
