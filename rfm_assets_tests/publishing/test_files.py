"""What BI opens is whole, says what it is, and is replaced in one step or not at all."""

import os
import stat
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from rfm_assets.contracts import PUBLISHED, TABLES
from rfm_assets.contracts.published import CONTRACT_VERSION
from rfm_assets.engines.errors import ContractError, NotWrittenError
from rfm_assets.publishing.files import NothingToPublishError, publish
from rfm_assets.publishing.room import NotPublishedError
from rfm_assets.publishing.syncing import replaced
from rfm_assets_tests.publishing.published import (
    BEFORE,
    BUILT_AT,
    LATEST,
    VERSION,
    contents,
    customer,
    rows,
)
from rfm_assets_tests.rows import write_rows


def test_the_latest_snapshot_the_history_and_their_companions_are_published(segmented, settings):
    published = publish(segmented, settings, BUILT_AT)
    assert published.row_counts == {
        "segments": 2,
        "segment_history": 3,
        "segment_profiles": 1,
        "segment_moves": 1,
        "playbook": 1,
        "about": 1,
    }
    assert published.duckdb == settings.published / "segments.duckdb"
    numbers = (5, 2, Decimal("12.5000"), 5, 2, 3, "Potential Loyalists", "Loyal")
    columns = (
        "snapshot_on, customer_id, recency_days, frequency, monetary, r_score, f_score, m_score, rfm_segment, segment, "
        "previous_segment, margin, recommended_action, model_version"
    )
    assert rows(published.duckdb, f"select {columns} from segments order by all") == [
        (LATEST, "c1", *numbers, None, 0.25, "thank them", VERSION),
        (LATEST, "c2", *numbers, "Lost", 0.25, "thank them", VERSION),
    ]
    assert rows(published.duckdb, "select snapshot_on, customer_id, segment from segment_history order by all") == [
        (BEFORE, "c2", "Lost"),
        (LATEST, "c1", "Loyal"),
        (LATEST, "c2", "Loyal"),
    ]
    assert rows(published.duckdb, "select * from segment_moves") == [(LATEST, BEFORE, "Lost", "Loyal", "behaviour", 1)]


def test_the_file_says_what_it_is(segmented, settings):
    path = publish(segmented, settings.model_copy(update={"monetary": "gross", "currency": "EUR"}), BUILT_AT).duckdb
    sources = f"a.csv {'c' * 64}; b.csv {'b' * 64}"
    assert rows(path, "select * from about") == [
        (CONTRACT_VERSION, LATEST, VERSION, 2, "gross", "EUR", sources, BUILT_AT, 2, 3, 1, 1, 1)
    ]


def test_the_file_says_what_money_counts_in_the_snapshot_that_it_shows_not_what_it_would_count_now(segmented, settings):
    write_rows(segmented, "rfm.snapshots", (BEFORE, "gross", 1, "12.5", "-"), (LATEST, "net", 1, "12.5", "-"))
    path = publish(segmented, settings.model_copy(update={"monetary": "gross"}), BUILT_AT).duckdb
    assert rows(path, "select snapshot_on, monetary_counts from about") == [(LATEST, "net")]


@pytest.mark.parametrize(("of_segments", "days"), [("then", {LATEST}), ("now", {BEFORE, LATEST})])
def test_a_snapshot_whose_segments_are_of_other_numbers_is_left_out(segmented, settings, of_segments, days):
    write_rows(segmented, "rfm.snapshots", (BEFORE, "net", 1, "12.5", "now"))
    write_rows(segmented, "segments.snapshots", (BEFORE, of_segments, None, None))
    path = publish(segmented, settings, BUILT_AT).duckdb
    assert {day for (day,) in rows(path, "select snapshot_on from segment_history")} == days


def test_tables_and_columns_carry_the_contracts_types_and_comments(segmented, settings):
    path = publish(segmented, settings, BUILT_AT).duckdb
    found = rows(
        path,
        "select table_name, column_name, lower(data_type), comment from duckdb_columns() where not internal"
        " order by table_name, column_index",
    )
    assert [(table, column, type_.replace(",", ", "), comment) for table, column, type_, comment in found] == [
        (name.removeprefix("published."), column.name, column.type, column.description)
        for name, table in sorted(PUBLISHED.items())
        for column in table.columns
    ]
    assert dict(rows(path, "select table_name, comment from duckdb_tables()")) == {
        name.removeprefix("published."): table.grain for name, table in PUBLISHED.items()
    }


def test_the_file_can_be_opened_by_every_duckdb_from_1_0_on(segmented, settings):
    path = publish(segmented, settings, BUILT_AT).duckdb
    ((tags,),) = rows(path, "select tags from duckdb_databases() where database_name = 'segments'")
    assert tags == {"storage_version": "v1.0.0+"}


def test_the_parquet_file_holds_the_latest_snapshot(segmented, settings):
    published = publish(segmented, settings, BUILT_AT)
    with duckdb.connect(str(published.duckdb), read_only=True) as connection:
        expected = pl.DataFrame(connection.sql("select * from segments"))
    assert pl.read_parquet(published.parquet).equals(expected)


def test_a_parquet_file_that_cannot_be_written_is_named_and_the_next_one_is_written(segmented, settings, tmp_path):
    path, table = publish(segmented, settings, BUILT_AT).duckdb, PUBLISHED["published.segments"]
    nowhere, file = tmp_path / "nowhere" / "segments.parquet", tmp_path / "segments.parquet"
    with pytest.raises(NotWrittenError, match=f"{nowhere} could not be written: "):
        segmented.copy_parquet(path, "segments", table, {None: nowhere})
    segmented.copy_parquet(path, "segments", table, {None: file})
    assert len(pl.read_parquet(file)) == 2


def test_what_is_published_is_read_only_and_alone_in_its_folder(segmented, settings):
    publish(segmented, settings, BUILT_AT)
    visible = [path for path in settings.published.glob("*") if not path.name.startswith(".")]
    assert {path.name for path in visible} == {"segments.duckdb", "segments.parquet", "segment_history"}
    files = [path for path in settings.published.rglob("*") if path.is_file() and not path.is_symlink()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o444}
    assert len(files) == 4


def test_a_reader_sees_its_snapshot_to_the_end_and_the_next_one_the_new(segmented, settings):
    path = publish(segmented, settings, BUILT_AT).duckdb
    with duckdb.connect(str(path), read_only=True) as reader:
        assert reader.execute("select count(*) from segments").fetchall() == [(2,)]
        write_rows(segmented, "segments.customers", customer("c1", LATEST, "Loyal"))
        publish(segmented, settings, BUILT_AT)
        assert reader.execute("select customer_id from segments order by all").fetchall() == [("c1",), ("c2",)]
    assert rows(path, "select customer_id from segments") == [("c1",)]


@pytest.fixture
def before(segmented, settings):
    """What an earlier publication left: the bytes of each file by name."""
    publish(segmented, settings, BUILT_AT)
    return contents(settings.published)


def test_a_select_that_fails_half_way_leaves_the_old_files_byte_for_byte(segmented, settings, connection, before):
    columns = ", ".join(f"cast(null as {column.type}) as {column.name}" for column in TABLES["segments.moves"].columns)
    connection.execute("drop table segments.moves")
    connection.execute(f"create view segments.moves as select {columns} where error('disk gone') is null")
    with pytest.raises(duckdb.Error, match="disk gone"):
        publish(segmented, settings, BUILT_AT)
    assert contents(settings.published) == before
    connection.execute("drop view segments.moves")
    connection.execute(f"create table segments.moves as select {columns} where false")
    assert publish(segmented, settings, BUILT_AT).row_counts["segment_moves"] == 0


def test_a_table_that_no_longer_keeps_the_contract_leaves_the_old_files(segmented, settings, connection, before):
    connection.execute("alter table segments.profiles alter customers type double")
    with pytest.raises(ContractError, match=r"published\.segment_profiles was not stored\. customers"):
        publish(segmented, settings, BUILT_AT)
    assert contents(settings.published) == before


def test_without_segments_the_old_files_stay(segmented, settings, connection, before):
    connection.execute("delete from segments.customers")
    with pytest.raises(NothingToPublishError, match=r"segments\.customers is empty"):
        publish(segmented, settings, BUILT_AT)
    assert contents(settings.published) == before


def test_what_a_dead_process_left_is_cleared(segmented, settings):
    settings.published.mkdir()
    for name in (".segments.duckdb.part", ".segments.duckdb.part.wal", ".segments.parquet.part"):
        (settings.published / name).write_text("half a file")
    (settings.published / ".segment_history.part").symlink_to("nowhere")
    for name in (".segment_history-0123.part", ".segment_history-4567"):
        (settings.published / name / "snapshot_month=2011-12").mkdir(parents=True)
    publish(segmented, settings, BUILT_AT)
    (folder,) = {Path(path).parts[0] for path in contents(settings.published) if path.startswith(".")}
    assert (settings.published / "segment_history").readlink() == Path(folder)
    assert len(list(settings.published.iterdir())) == 4


@pytest.mark.parametrize("table", ["segments", "segment_history"])
def test_what_somebody_wrote_into_the_file_is_not_played_into_the_next_one(segmented, settings, table):
    path = publish(segmented, settings, BUILT_AT).duckdb
    log = path.with_name("segments.duckdb.wal")
    before, expected = path.read_bytes(), rows(path, f"select * from {table} order by all")
    path.chmod(0o644)
    with duckdb.connect(path) as shell:  # killed before it could write its log into the file
        shell.execute(f"delete from {table}")
        written = log.read_bytes()
    path.write_bytes(before)
    log.write_bytes(written)
    assert rows(path, f"select * from {table}") == []
    publish(segmented, settings, BUILT_AT)
    assert rows(path, f"select * from {table} order by all") == expected
    assert not log.exists()


def test_what_a_dead_process_logged_is_not_played_into_the_next_file(segmented, settings):
    path = publish(segmented, settings, BUILT_AT).duckdb
    before, expected = path.read_bytes(), rows(path, "from segment_history order by all")
    path.chmod(0o644)
    with duckdb.connect(path) as shell:
        shell.execute("delete from segment_history")
        written = path.with_name("segments.duckdb.wal").read_bytes()
    path.write_bytes(before)
    path.with_name(".segments.duckdb.part.wal").write_bytes(written)
    publish(segmented, settings, BUILT_AT)
    assert rows(path, "from segment_history order by all") == expected


def test_a_name_that_cannot_be_taken_is_told_with_those_that_were(segmented, settings, monkeypatch):
    replace = Path.replace

    def refusing(path, target):
        if target.name == "segments.parquet":
            raise PermissionError("no right to rename")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refusing)
    with pytest.raises(NotPublishedError, match=r"Only a part was published.* segments\.duckdb is new, segm"):
        publish(segmented, settings, BUILT_AT)


def test_a_block_that_raises_leaves_the_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "new" / "file.txt"
    with replaced(path) as aside:
        aside.write_text("old")
    with pytest.raises(KeyboardInterrupt), replaced(path) as aside:
        aside.write_text("half")
        raise KeyboardInterrupt
    assert [(file.name, file.read_text()) for file in path.parent.iterdir()] == [("file.txt", "old")]


def test_the_path_changes_from_the_old_file_to_the_whole_new_one(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    inode = path.stat().st_ino
    with replaced(path) as aside:
        aside.write_text("new")
        assert path.read_text() == "old"
        assert aside.parent == path.parent  # a rename works within one file system only
    assert path.read_text() == "new"
    assert path.stat().st_ino != inode


def test_a_file_is_synced_before_it_takes_the_name_and_the_folder_after(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    synced = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, path.exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    with replaced(path) as aside:
        aside.write_text("new")
    assert synced == [(".file.txt.part", False), (tmp_path.name, True)]
