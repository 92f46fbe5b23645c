"""What a published file promises: that the contract of the one before is kept, and that it holds what it says."""

from collections.abc import Mapping
from pathlib import Path

from rfm_assets.contracts import PUBLISHED
from rfm_assets.contracts.published import CONTRACT_VERSION
from rfm_assets.contracts.schema import plain
from rfm_assets.engines.base import Contents, Engine, Exported
from rfm_assets.engines.errors import UnreadableFileError


class ContractNotKeptError(ValueError):
    """What would be published breaks the contract of what is: the message names the columns and what to do."""


class DamagedFileError(RuntimeError):
    """The file that was built is not what it should be, and was not published."""


def promised() -> dict[str, Exported]:
    """Return the tables that a published file has by the contract, types written as the engine gives them back."""
    return {
        table.short_name: Exported(
            table.grain, {column.name: (plain(column.type), column.description) for column in table.columns}
        )
        for table in PUBLISHED.values()
    }


def keep_contract(engine: Engine, path: Path) -> int | None:
    """Return the contract version of the file published before; None where there is none, or none that can be read.

    Raises:
        ContractNotKeptError: a column or table of it is gone or changed, and the contract has no new version.
    """
    if not path.exists():
        return None
    try:
        before = engine.describe_exported(path)
        version = int(engine.read_exported(path, "select contract_version from exported.about").item())
    except UnreadableFileError:
        return None
    if version > CONTRACT_VERSION:
        raise ContractNotKeptError(
            f"{path.name} was published under contract version {version}, and this is version {CONTRACT_VERSION}, an "
            f"older one. What was published stays. Publish with the newer code, or raise CONTRACT_VERSION in "
            f"rfm_assets/contracts/published.py above {version}"
        )
    broken = changes(before, promised())
    if version == CONTRACT_VERSION and broken:
        raise ContractNotKeptError(
            f"The contract would change, and its version would stay {version}: {'; '.join(broken)}. What was published "
            "stays. Put these back, or raise CONTRACT_VERSION in rfm_assets/contracts/published.py and tell those who "
            "read the file; a new column needs no new version"
        )
    return version


def changes(before: Mapping[str, Exported], now: Mapping[str, Exported]) -> list[str]:
    """Return in words what readers of the tables before would miss or misunderstand now.

    Every table of ours says its grain in a comment: one that says none, somebody has put there, and nobody promised.
    """
    found = []
    for name, table in before.items():
        if not table.grain:
            continue
        if name not in now:
            found.append(f"table {name} is gone")
            continue
        if table.grain != now[name].grain:
            found.append(f"{name} was {table.grain!r} and would be {now[name].grain!r}")
        for column, (type_, meaning) in table.columns.items():
            if column not in now[name].columns:
                found.append(f"{name}.{column} is gone")
                continue
            new_type, new_meaning = now[name].columns[column]
            if new_type != type_:
                found.append(f"{name}.{column} was {type_} and would be {new_type}")
            if new_meaning != meaning:
                found.append(f"{name}.{column} meant {meaning!r} and would mean {new_meaning!r}")
    return found


def check_built(engine: Engine, path: Path, wanted: Mapping[str, Contents]) -> None:
    """Open a built file anew and compare its tables with the contract, their rows with `wanted` and with `about`.

    Raises:
        DamagedFileError: they differ; the message says where.
    """
    tables = {table.short_name: table for table in PUBLISHED.values()}
    try:
        described, found = engine.describe_exported(path), engine.exported(path, tables)
        about = engine.read_exported(path, "select * from exported.about").row(0, named=True)
    except UnreadableFileError as failure:
        raise DamagedFileError(f"the file was built but not published: {failure}") from failure
    wrong = [name for name, table in promised().items() if described.get(name) != table]
    faults = [f"{name} has not the columns, types and comments of its contract" for name in wrong]
    faults += [
        f"{name} holds {rows(found[name]):,} rows and not the {rows(wanted[name]):,} that it was given, or others"
        for name in tables
        if found[name] != wanted[name]
    ]
    faults += [
        f"about says {about[column]:,} rows for {name}, which holds {rows(found[name]):,}"
        for name in tables
        if (column := f"{name}_rows") in about and about[column] != rows(found[name])
    ]
    if faults:
        raise DamagedFileError(
            f"the file was built but not published, what was published before stays: {'; '.join(faults)}. Publish "
            "again; if it comes again, look at the disk"
        )


def rows(contents: Contents) -> int:
    """Return the number of rows."""
    return sum(fingerprint.rows for fingerprint in contents.values())
