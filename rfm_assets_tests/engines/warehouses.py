"""Warehouses of other versions: the first release's own file, and files made of a version's listing."""

import lzma
from collections import defaultdict
from pathlib import Path

import duckdb

VERSIONS = Path(__file__).parent / "versions"
LISTED = sorted(int(path.stem) for path in VERSIONS.glob("*.txt"))
FIRST_RELEASE = VERSIONS / "1.duckdb.xz"
FIRST_RELEASE_DAYS = ("2024-10-01", "2024-10-02")


def first_release(path: Path) -> Path:
    """Unpack the warehouse that the first release made, two snapshots of 62 customers, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.decompress(FIRST_RELEASE.read_bytes()))
    return path


def empty_of(version: int, path: Path) -> Path:
    """Make a warehouse with the tables of a version and no row but the version's number; return its path."""
    tables = defaultdict(list)
    for line in (VERSIONS / f"{version}.txt").read_text(encoding="utf-8").splitlines():
        table, column, type_ = line.split(" ", 2)
        tables[table].append(f'"{column}" {type_}')
    with duckdb.connect() as connection:
        connection.execute("attach $path as warehouse", {"path": str(path)})
        connection.execute("use warehouse")
        for table, columns in tables.items():
            connection.execute(f"create schema if not exists {table.partition('.')[0]}")
            connection.execute(f"create table {table} ({', '.join(columns)})")
        if "meta.schema_version" in tables:
            connection.execute(f"insert into meta.schema_version by name select {version} as version, '' as changes")
    return path
