"""The lists that campaigns are made from: a folder for each publication, and `lists`, which points to the latest."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import file_digest, sha256
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict

from rfm_assets.contracts import LISTS
from rfm_assets.engines.base import Engine, select
from rfm_assets.publishing.files import NothingToPublishError
from rfm_assets.publishing.lists.names import CHANGES_FILE, file_names
from rfm_assets.publishing.room import explained
from rfm_assets.publishing.syncing import folder_aside, place, replaced

POINTER = "lists"
MANIFEST = "manifest.json"
KEPT = "The lists were not replaced, those before stay"
# Read by the next publication and by destinations; without a spreadsheet's quotes.
CUSTOMERS, CHANGES = ".customers.parquet", ".changes.parquet"
ID_DIGITS = 12
OWN = re.compile(rf"\d{{4}}-\d\d-\d\d-[0-9a-f]{{{ID_DIGITS}}}|copied")  # ends of the names that we give to folders


class ListedFile(BaseModel):
    """One CSV file: its name, whose it is, how many customers, and what it holds."""

    model_config = ConfigDict(frozen=True)

    file: str
    segment: str | None  # none for the changes
    customers: int
    sha256: str


class Manifest(BaseModel):
    """What a publication is: the same lists of the same snapshot are one, however often they are made."""

    model_config = ConfigDict(frozen=True)

    publication: str
    snapshot_on: date
    since: str | None  # the publication that the changes are counted from; none for the first
    since_snapshot_on: date | None
    lists: tuple[ListedFile, ...]
    changes: ListedFile


@dataclass(frozen=True)
class Publication:
    """A folder of lists, and what it holds."""

    folder: Path
    manifest: Manifest

    def follows(self, had: str | None) -> bool:
        """Tell whether the changes are counted from what a place has: not when it is new, or a delivery failed."""
        return had is not None and had == self.manifest.since

    def customers(self, batch_size: int) -> Iterator[pl.DataFrame]:
        """Give `customer_id` and `segment` of all customers, in order, in batches; an empty one when there are none."""
        return _batches(self.folder / CUSTOMERS, ["customer_id", "segment"], batch_size)

    def changes(self, batch_size: int) -> Iterator[pl.DataFrame]:
        """Give `customer_id`, `from_segment`, `to_segment` and `cause` of who moved since `manifest.since`."""
        return _batches(self.folder / CHANGES, ["customer_id", "from_segment", "to_segment", "cause"], batch_size)


def publish_lists(engine: Engine, published: Path) -> Publication:
    """Replace the lists by those of the latest snapshot, all in one step; lists that are the same stay as they are.

    Raises:
        NothingToPublishError: there are no segments.
        NotPublishedError: such as on a full disk; the lists before stay.
    """
    snapshot_on = engine.row(select("segments.latest"))["snapshot_on"]
    if snapshot_on is None:
        raise NothingToPublishError("segments.customers is empty: materialise segments for a day first")
    last = published_lists(published)
    with explained(published, f"{POINTER}/*", KEPT), folder_aside(published / f".{POINTER}.part") as aside:
        lists = _write_lists(engine, aside, snapshot_on)
        if last and (last.manifest.snapshot_on, last.manifest.lists) == (snapshot_on, lists):
            return last
        manifest = _write_changes(engine, aside, snapshot_on, lists, last)
        (aside / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
        return Publication(swap_in(aside, published / POINTER, manifest.publication), manifest)


def published_lists(published: Path, name: str = POINTER) -> Publication | None:
    """Return the publication that `lists`, or a link of another name, points to; none when there is none."""
    pointer = published / name
    if not (pointer / MANIFEST).exists():
        return None
    folder = pointer.resolve()
    return Publication(folder, Manifest.model_validate_json((folder / MANIFEST).read_bytes()))


def swap_in(aside: Path, pointer: Path, name: str) -> Path:
    """Give a folder its name beside `pointer` and let `pointer` show it; return the folder.

    A symbolic link is replaced in one step, files of a folder are not. The folder shown before stays until the next
    time, so that who is reading in it comes to the end.
    """
    if pointer.exists() and not pointer.is_symlink() and not (pointer / MANIFEST).is_file():
        raise FileExistsError(f"{pointer} is there and is no link to published lists: move it away")
    before = pointer.resolve() if pointer.is_symlink() else None
    folder = pointer.with_name(f".{pointer.name}-{name}")
    if before == folder.resolve():  # what is shown is in use, and is the same
        return folder
    place(aside, folder)
    with replaced(pointer) as link:
        link.symlink_to(folder.name, target_is_directory=True)
    for old in pointer.parent.iterdir():  # what is somebody else's may have a name that begins in the same way
        start, _, end = old.name.partition(f".{pointer.name}-")
        if not start and OWN.fullmatch(end) and old.resolve() not in (folder.resolve(), before):
            shutil.rmtree(old, ignore_errors=True)  # the next time, where it cannot go now: the new lists are shown
    return folder


def _write_lists(engine: Engine, folder: Path, snapshot_on: date) -> tuple[ListedFile, ...]:
    versions, table = _versions(engine, snapshot_on), LISTS["lists.segment"]
    segments = engine.read(select("lists.segments"), snapshot_on=snapshot_on, model_versions=versions)["segment"]
    files = file_names(segments)
    for segment, file in files.items():
        engine.export_csv(folder / file, table, select(table.name), snapshot_on=snapshot_on, segment=segment)
    engine.export_parquet(folder / CUSTOMERS, select("lists.customers"), snapshot_on=snapshot_on)
    counts = dict(pl.scan_parquet(folder / CUSTOMERS, glob=False).group_by("segment").len().collect().iter_rows())
    return tuple(
        ListedFile(file=file, segment=segment, customers=counts.get(segment, 0), sha256=_digest(folder / file))
        for segment, file in files.items()
    )


def _versions(engine: Engine, snapshot_on: date) -> list[date]:
    """Return the model versions that scored a snapshot, but for one that was fitted anew under its day since."""
    scored = engine.read(select("model.scored_with"), snapshot_on=snapshot_on).rows()
    now = {version: engine.row(select("model.digest"), model_version=version)["model_digest"] for version, _ in scored}
    return [version for version, digest in scored if digest in (None, now[version])]


def _write_changes(
    engine: Engine, folder: Path, snapshot_on: date, lists: tuple[ListedFile, ...], last: Publication | None
) -> Manifest:
    since, since_snapshot_on = (last.manifest.publication, last.manifest.snapshot_on) if last else (None, None)
    # The first publication has no changes: were all its customers arrivals, a welcome would go to each of them.
    listed = (last.folder if last else folder) / CUSTOMERS
    if "model_digest" in pl.scan_parquet(listed, glob=False).collect_schema():
        engine.stage_parquet("listed", listed)
    else:  # written before it told one fit from another: of the same version, it was the same
        fits = engine.read(select("model.scored_with"), snapshot_on=snapshot_on)
        engine.stage_frame("listed", pl.read_parquet(listed, glob=False).join(fits, on="model_version", how="left"))
    values = {"snapshot_on": snapshot_on, "since_snapshot_on": since_snapshot_on}
    count = engine.stage("list_changes", select("lists.changes"), **values)
    table = LISTS["lists.changes"]
    # Names come from our own contracts.
    staged = f"select {', '.join(table.column_names)} from list_changes order by customer_id"  # noqa: S608
    engine.export_csv(folder / CHANGES_FILE, table, staged)
    engine.export_parquet(folder / CHANGES, staged)
    changes = ListedFile(file=CHANGES_FILE, segment=None, customers=count, sha256=_digest(folder / CHANGES_FILE))
    content = "\n".join([str(since), *(file.model_dump_json() for file in (*lists, changes))])
    return Manifest(
        publication=f"{snapshot_on}-{sha256(content.encode()).hexdigest()[:ID_DIGITS]}",
        snapshot_on=snapshot_on,
        since=since,
        since_snapshot_on=since_snapshot_on,
        lists=lists,
        changes=changes,
    )


def _batches(path: Path, columns: list[str], batch_size: int) -> Iterator[pl.DataFrame]:
    frame = pl.read_parquet(path, columns=columns, glob=False).select(columns)
    return frame.iter_slices(batch_size) if len(frame) else iter([frame])


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
