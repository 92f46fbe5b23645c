"""Who reads the published file can rely on it: its contract is kept, and it was looked at before it took the name."""

from dataclasses import replace

import duckdb
import pytest

from docs import schema
from rfm_assets.contracts import PUBLISHED, Column
from rfm_assets.publishing import files, promises
from rfm_assets.publishing.files import publish
from rfm_assets.publishing.promises import ContractNotKeptError, DamagedFileError, changes, promised
from rfm_assets_tests.publishing.published import BUILT_AT, contents, rows


def test_what_was_published_under_this_version_is_kept_by_the_next_release():
    assert schema.broken_promises() == [], schema.REMEDY


def test_a_listing_is_not_written_over_one_that_promises_more(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(schema, "VERSIONS", tmp_path)
    monkeypatch.setattr(schema, "PROMISES", tmp_path / "published.json")
    schema.main()
    before = schema.PROMISES.read_text(encoding="utf-8")
    profiles = PUBLISHED["published.segment_profiles"]
    fewer = replace(profiles, columns=profiles.columns[:-1])
    monkeypatch.setitem(PUBLISHED, "published.segment_profiles", fewer)
    with pytest.raises(SystemExit, match=f"segment_profiles.{profiles.columns[-1].name} is gone.* CONTRACT_VERSION"):
        schema.main()
    assert schema.PROMISES.read_text(encoding="utf-8") == before


def test_every_table_and_column_has_a_comment_in_the_file(segmented, settings):
    path = publish(segmented, settings, BUILT_AT).duckdb
    tables = rows(path, "select table_name, comment from duckdb_tables()")
    assert len(tables) == len(PUBLISHED)
    columns = rows(path, "select table_name, column_name, comment from duckdb_columns() where not internal")
    assert len(columns) > 60
    assert [found for found in tables + columns if not found[-1]] == []


@pytest.fixture
def change(monkeypatch):
    """Change the contract of `segment_moves` in place of a person who edits it, and how the table is made."""

    def edit(*, version=1, select=lambda text: text, **columns: Column | None):
        name = "published.segment_moves"
        table = PUBLISHED[name]
        kept = tuple(columns.get(column.name, column) for column in table.columns)
        added = tuple(column for name, column in columns.items() if column and name not in table.column_names)
        changed = replace(table, columns=tuple(column for column in kept if column) + added)
        declared = {**PUBLISHED, name: changed}
        for module in (promises, files):
            monkeypatch.setattr(module, "PUBLISHED", declared)
            monkeypatch.setattr(module, "CONTRACT_VERSION", version)
        original = files.select
        monkeypatch.setattr(files, "select", lambda n: select(original(n)) if n == name else original(n))

    return edit


MEANING = next(column for column in PUBLISHED["published.segment_moves"].columns if column.name == "customers")


@pytest.mark.parametrize(
    ("column", "select", "words"),
    [
        (None, lambda text: text.replace("    customers,\n", ""), "segment_moves.customers is gone"),
        (
            replace(MEANING, type="double"),
            lambda text: text.replace("    customers,\n", "    cast(customers as double) as customers,\n"),
            "segment_moves.customers was bigint and would be double",
        ),
        (
            replace(MEANING, meaning="customers who did not move"),
            lambda text: text,
            "segment_moves.customers meant 'customers who moved' and would mean 'customers who did not move'",
        ),
        (
            replace(MEANING, unit="thousands"),
            lambda text: text,
            "segment_moves.customers meant 'customers who moved' and would mean 'customers who moved (thousands)'",
        ),
    ],
    ids=["gone", "type", "meaning", "unit"],
)
def test_a_change_of_the_contract_under_the_same_version_leaves_the_old_files(
    segmented, settings, change, column, select, words
):
    publish(segmented, settings, BUILT_AT)
    before = contents(settings.published)
    change(customers=column, select=select)
    with pytest.raises(ContractNotKeptError, match="and its version would stay 1: ") as refused:
        publish(segmented, settings, BUILT_AT)
    assert f": {words}. What was published stays. " in str(refused.value)
    assert "raise CONTRACT_VERSION in rfm_assets/contracts/published.py" in str(refused.value)
    assert contents(settings.published) == before
    change(customers=column, select=select, version=2)
    assert publish(segmented, settings, BUILT_AT).version_before == 1
    assert rows(settings.published / "segments.duckdb", "select contract_version from about") == [(2,)]


def test_a_new_column_needs_no_new_version(segmented, settings, change):
    publish(segmented, settings, BUILT_AT)
    change(
        movers=Column("movers", "bigint", "customers again"),
        select=lambda text: text.replace("    customers,\n", "    customers,\n    customers as movers,\n"),
    )
    path = publish(segmented, settings, BUILT_AT).duckdb
    assert rows(path, "select customers, movers from segment_moves") == [(1, 1)]


def test_a_table_that_is_gone_or_of_another_grain_is_a_change():
    now = promised()
    del now["playbook"]
    now["segments"] = replace(now["segments"], grain="one row per order")
    assert changes(promised(), now) == [
        "segments was 'one row per customer, as of the latest snapshot' and would be 'one row per order'",
        "table playbook is gone",
    ]
    assert changes(now | {"segments": promised()["segments"]}, promised()) == [], "a new table is none"


@pytest.mark.parametrize("kind", ["table", "view"])
def test_what_somebody_put_into_the_file_is_no_promise_and_goes(segmented, settings, kind):
    path = publish(segmented, settings, BUILT_AT).duckdb
    path.chmod(0o644)
    with duckdb.connect(path) as shell:
        shell.execute(f"create {kind} my_notes as select 1 as x")
    publish(segmented, settings, BUILT_AT)
    assert rows(path, "select table_name from information_schema.tables where table_name = 'my_notes'") == []


def test_older_code_does_not_publish_over_a_newer_contract(segmented, settings, change):
    change(version=3)
    publish(segmented, settings, BUILT_AT)
    before = contents(settings.published)
    change(version=2)
    with pytest.raises(ContractNotKeptError, match="under contract version 3, and this is version 2, an older one"):
        publish(segmented, settings, BUILT_AT)
    assert contents(settings.published) == before


def test_a_published_file_that_nobody_can_read_is_replaced(segmented, settings):
    path = publish(segmented, settings, BUILT_AT).duckdb
    path.unlink()
    path.write_bytes(b"no database at all" * 1000)
    assert publish(segmented, settings, BUILT_AT).version_before is None
    assert rows(path, "select count(*) from segments") == [(2,)]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("delete from segments where customer_id = 'c1'", "segments holds 1 rows and not the 2 that it was given"),
        ("update segments set frequency = 3", "segments holds 2 rows and not the 2 that it was given, or others"),
        ("update about set playbook_rows = 7", "about says 7 rows for playbook, which holds 1"),
        ("comment on column playbook.segment is null", "playbook has not the columns, types and comments"),
        ("drop table playbook", "playbook"),
    ],
)
def test_a_built_file_that_is_not_what_it_should_be_is_not_published(
    segmented, settings, connection, monkeypatch, statement, words
):
    publish(segmented, settings, BUILT_AT)
    before = contents(settings.published)
    export = segmented.export

    def spoilt(path, tables, **given):
        wanted = export(path, tables, **given)
        connection.execute("attach $path as spoilt", {"path": str(path)})
        connection.execute("use spoilt")
        connection.execute(statement)
        connection.execute("use warehouse")
        connection.execute("detach spoilt")
        return wanted

    monkeypatch.setattr(segmented, "export", spoilt)
    with pytest.raises(DamagedFileError, match="the file was built but not published") as refused:
        publish(segmented, settings, BUILT_AT)
    assert words in str(refused.value)
    assert contents(settings.published) == before


def test_a_history_written_anew_is_compared_by_its_content_too(segmented, settings, connection, monkeypatch):
    export = segmented.export

    def spoilt(path, tables, **given):
        wanted = export(path, tables, **given)
        connection.execute("attach $path as spoilt", {"path": str(path)})
        connection.execute("update spoilt.segment_history set frequency = 3")
        connection.execute("detach spoilt")
        return wanted

    monkeypatch.setattr(segmented, "export", spoilt)
    with pytest.raises(DamagedFileError, match=r"segment_history holds 3 rows and not the 3 .* given, or others"):
        publish(segmented, settings, BUILT_AT)
    assert not (settings.published / "segments.duckdb").exists()


def test_a_built_file_cut_short_is_not_published(segmented, settings, monkeypatch):
    publish(segmented, settings, BUILT_AT)
    before = contents(settings.published)
    export = segmented.export

    def cut(path, tables, **given):
        wanted = export(path, tables, **given)
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size // 2)
        return wanted

    monkeypatch.setattr(segmented, "export", cut)
    with pytest.raises(DamagedFileError, match="the file was built but not published"):
        publish(segmented, settings, BUILT_AT)
    assert contents(settings.published) == before
