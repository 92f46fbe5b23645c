"""Files that came to harm on their way: what is whole of them comes in, the rest is told, and no other file waits."""

import gzip
import os
from datetime import UTC, datetime

import duckdb
import fastexcel
import polars as pl
import pytest

from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets.ingestion.files import digest_of, inspect, settled_looks
from rfm_assets.ingestion.intake import Intake
from rfm_assets.ingestion.landing import load_landing
from rfm_assets.ingestion.mappings import load_sources
from rfm_assets.ingestion.source import main
from rfm_assets_tests.rows import HEADER, csv_text, line, write_csv

LINES = [line(str(number), description=f"café {number}") for number in range(200)]


def loaded(shop, share=0.5):
    """Load, and return the outcomes by name."""
    return {outcome.name: outcome for outcome in shop.load(share)}


def parquet_of(path, *moments, type_="timestamp"):
    """Write a Parquet file of one line for each moment."""
    values = ", ".join(
        f"('{number}', 'A', 'd', 2, '{moment}'::{type_}, 2.5, 'c1', 'F')" for number, moment in enumerate(moments)
    )
    with duckdb.connect() as connection:
        connection.execute(f"create table lines as select * from (values {values}) as lines({', '.join(HEADER)})")
        connection.execute(f"copy lines to '{path}' (format parquet)")
    return path


@pytest.fixture
def shop(shop):
    shop.drop("whole.csv", line("whole"))
    return shop


# Each ends in an error of another kind, or in none; 4 is cut off.
@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5, 8, 11, 18, 20, 25, 31, 35])
def test_a_damaged_parquet_file_is_named_and_keeps_no_other_waiting(shop, seed):
    path = parquet_of(shop.landing / "a.parquet", "2011-01-05 10:00:00", "2011-01-06 10:00:00")
    content = bytearray(path.read_bytes())
    at = seed * (len(content) - 8) // 40 + 4
    content[at] ^= 0x55
    path.write_bytes(content[: -1 - seed] if seed % 5 == 4 else content)
    found = loaded(shop)
    assert found["whole.csv"].status == "loaded"
    assert found["a.parquet"].status == "loaded" or found["a.parquet"].error.startswith("a.parquet: ")


def test_a_schema_that_is_none_is_told_as_that_of_its_file(shop, capsys):
    path = parquet_of(shop.landing / "a.parquet", "2011-01-05 10:00:00")
    content = bytearray(path.read_bytes())
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    told = set()
    # What the schema says of the table and of its first column, but for the letters of the table's name.
    for at in [*range(footer, footer + 9), *range(footer + 20, footer + 31)]:
        path.write_bytes(content[:at] + bytes([0]) + content[at + 1 :])
        found = loaded(shop)
        assert found.get("whole.csv") is None or found["whole.csv"].status == "loaded"
        if "a.parquet" in found and (error := found["a.parquet"].error):
            assert error.startswith("a.parquet: ")
            told.add(error)
        assert main([str(path)]) in (0, 2)
    assert any("DuckDB cannot read it: IO Error" in error for error in told), "of this it names no file"


def test_a_file_from_a_clock_that_is_far_ahead_is_loaded(shop):
    path = shop.drop("ahead.csv", line("ahead"))
    os.utime(path, (13_569_465_600, 13_569_465_600))  # 2400
    assert loaded(shop)["ahead.csv"].status == "loaded"
    assert loaded(shop) == {}


def test_a_parquet_file_sent_as_text_is_named(shop, capsys):
    path = parquet_of(shop.landing / "a.parquet", *(f"2011-01-{day:02} 10:00:00" for day in range(1, 29)))
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n").replace(b"\x15\x00", b"\x15"))
    found = loaded(shop)
    assert (found["a.parquet"].status, found["whole.csv"].status) == ("failed", "loaded")
    assert main([str(path)]) == 2
    assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.parametrize("moment", ["infinity", "-infinity"])
def test_a_moment_without_end_is_refused_as_a_line(shop, moment):
    parquet_of(shop.landing / "a.parquet", moment, "2011-01-05 10:00:00")
    assert loaded(shop)["a.parquet"].unreadable_count == 1
    assert shop.rows("select line_no, error from raw.unreadable") == [
        (1, "invoiced_at is outside the years 1900 to 2199")
    ]
    assert len(rebuild_touched_days(shop.engine)) == 2


def test_moments_in_utc_are_read_on_the_shops_clock_however_finely_they_are_stored(shop):
    (shop.landing / "whole.csv").unlink()
    frame = pl.DataFrame([dict(zip(HEADER, line("1"), strict=True))]).with_columns(
        Quantity=1, UnitPrice=2.5, InvoiceDate=pl.lit(datetime(2011, 6, 30, 22, 30, tzinfo=UTC))
    )
    for number, unit in enumerate(("ms", "us", "ns")):
        one = frame.with_columns(pl.col("InvoiceDate").cast(pl.Datetime(unit, "UTC")), InvoiceNo=pl.lit(str(number)))
        one.write_parquet(shop.landing / f"{unit}.parquet")
    load_landing(shop.engine, shop.landing, 0, intake=Intake(timezone="Europe/Berlin"))
    found = shop.rows("select distinct cast(invoiced_at as varchar), timezone from raw.transactions, raw.files")
    assert found == [("2011-07-01 00:30:00", "Europe/Berlin")]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (b"m\xe4rz.csv", "m\\xe4rz.csv"),
        (b"a\nb\x1b[2J.csv", "a\\nb\\x1b[2J.csv"),
        ("a\u202eb.csv".encode(), "a\\u202eb.csv"),
    ],
)
def test_a_name_that_is_no_text_or_steers_a_terminal_is_told_and_keeps_no_other_waiting(shop, name, told):
    try:
        (shop.landing / os.fsdecode(name)).write_text(csv_text([line()]))
    except OSError:
        pytest.skip("this file system takes no such name")
    found = loaded(shop)
    assert found["whole.csv"].status == "loaded"
    assert found[told].error == f"{told}: its name is not UTF-8, or has control characters in it: rename it"
    assert [look.name for look in settled_looks(shop.landing)] == ["whole.csv"]
    assert digest_of(settled_looks(shop.landing))


def test_a_workbook_at_which_its_reader_panics_is_named_and_keeps_no_other_waiting(shop, monkeypatch):
    class PanicException(BaseException):
        """As the binding of a reader in Rust raises it."""

    def panicking(_):
        raise PanicException("slice index starts at 4096 but ends at 3585")

    monkeypatch.setattr(fastexcel, "read_excel", panicking)
    (shop.landing / "cut.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    found = loaded(shop)
    assert found["whole.csv"].status == "loaded"
    assert "cut.xls: it is no workbook that can be read: slice index starts at 4096" in found["cut.xls"].error


def test_a_file_that_takes_more_memory_than_there_may_be_is_named_and_keeps_no_other_waiting(shop, connection):
    frame = pl.DataFrame([dict(zip(HEADER, line(str(number)), strict=True)) for number in range(300)])
    frame.with_columns(Description=pl.lit("x" * 1_000_000)).write_parquet(shop.landing / "bomb.parquet")
    connection.execute("set memory_limit = '60MB'")
    found = loaded(shop)
    assert found["whole.csv"].status == "loaded"
    assert found["bomb.parquet"].status == "failed"
    assert "Raise RFM_MEMORY_LIMIT, or take the file out" in found["bomb.parquet"].error
    assert shop.rows("select distinct name from raw.files inner join raw.transactions using (file_id)") == [
        ("whole.csv",)
    ]


def test_a_byte_that_is_no_utf_8_is_one_letter_and_leaves_the_others_as_they_are(shop):
    (shop.landing / "whole.csv").unlink()
    write_csv(shop.landing / "a.csv", LINES[:10])
    other = csv_text([line("other", description="cafe")]).encode().replace(b"cafe", b"caf\xe9 \x80").splitlines()[1]
    (shop.landing / "b.csv").write_bytes(csv_text(LINES[:10]).encode() + other + b"\n")
    assert {one.status for one in loaded(shop, 0).values()} == {"loaded"}
    rebuild_touched_days(shop.engine)
    assert shop.rows("select count(*) from clean.transactions") == [(11,)]
    assert shop.rows("select description from raw.transactions where invoice_id = 'other'") == [("café €",)]


def test_a_file_that_says_it_is_utf_8_is_but_for_the_bytes_that_are_none(shop):
    (shop.landing / "whole.csv").unlink()
    (shop.landing / "a.csv").write_bytes(b"\xef\xbb\xbf" + csv_text([line(description="café")]).encode("cp1252"))
    assert loaded(shop, 0)["a.csv"].status == "loaded"
    assert shop.rows("select description from raw.transactions") == [("café",)]


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_a_file_cut_within_a_letter_is_utf_8_still(shop, start):
    content = csv_text(LINES).encode()
    (shop.landing / "a.csv").write_bytes(start + content[: content.rindex("é".encode()) + 1])
    assert loaded(shop)["a.csv"].line_count == 200
    assert shop.rows("select count(*) from raw.transactions where description like 'café %'") == [(199,)]


def test_a_file_of_one_byte_a_letter_stays_one(shop):
    text = csv_text(
        [line(description="CAFÉ\u2019S Ã "), line("2", description="Straße"), line("3", description="naïve")]
    )
    (shop.landing / "a.csv").write_bytes(text.encode("cp1252"))
    assert loaded(shop)["a.csv"].status == "loaded"
    assert shop.rows("select description from raw.transactions where description <> 'a thing' order by line_no") == [
        ("CAFÉ\u2019S Ã ",), ("Straße",), ("naïve",)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "numbers", "refused"),
    [
        (csv_text(LINES).replace("\n", "\r\n") + ",".join(line("last")) + "\n", [*range(2, 203)], []),
        (csv_text(LINES).replace("\n", "\r\n", 100), [*range(2, 202)], []),
        (csv_text(LINES).replace("café 7,", "ca\rfé 7,"), [*range(2, 9), *range(11, 203)], [9, 10]),
        (csv_text(LINES).replace("café 7,", '"ca\r\nfé 7",').replace("café 9,", "c\ra,"), None, [12, 13]),
    ],
    ids=["the last line", "half of the lines", "within a field", "within a quoted field"],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_lines_that_end_in_other_ways_are_lines(shop, content, numbers, refused, pack):
    (shop.landing / "a.csv").write_bytes(pack(content.encode()))
    outcome = loaded(shop)["a.csv"]
    assert outcome.status == "loaded", outcome.error
    found = shop.rows(
        "select line_no from raw.transactions join raw.files using (file_id) where name = 'a.csv' order by all"
    )
    assert numbers is None or [line_no for (line_no,) in found] == numbers
    assert [line_no for (line_no,) in shop.rows("select line_no from raw.unreadable order by all")] == refused
    assert outcome.line_count == len(found) + len(refused)


def test_an_archive_is_unpacked_where_the_data_has_room_and_what_a_killed_run_left_there_goes(
    shop, tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "no folder"))
    scratch = tmp_path / "warehouse"
    for folder in (".rfm_assets_killed", "rfm_assets_of_mine"):
        (scratch / folder).mkdir(parents=True)
        (scratch / folder / "unpacked").write_text("half of it")
    (shop.landing / "a.csv.gz").write_bytes(gzip.compress(csv_text([line("1")]).encode()))
    outcomes = load_landing(shop.engine, shop.landing, 0, intake=Intake(scratch=scratch))
    assert {outcome.name: outcome.error for outcome in outcomes} == {"a.csv.gz": None, "whole.csv": None}
    assert [path.name for path in scratch.iterdir()] == ["rfm_assets_of_mine"]


def test_a_file_that_goes_away_meanwhile_waits_for_what_comes_under_its_next_name(shop, monkeypatch):
    shop.drop("a.csv", line("a"))

    def late(landing, name, *rest):
        if name == "a.csv":
            (landing / name).rename(landing / "b.csv")
        return inspect(landing, name, *rest)

    monkeypatch.setattr("rfm_assets.ingestion.landing.inspect", late)
    assert (loaded(shop)["a.csv"].status, loaded(shop).get("a.csv")) == ("waiting", None)
    assert shop.rows("select name from raw.files where status = 'loaded' order by all") == [("b.csv",), ("whole.csv",)]


def test_a_file_that_grew_while_it_was_read_is_not_known_by_how_it_looked_before(shop, monkeypatch):
    path = shop.drop("a.csv", line("a"))
    load_csv = type(shop.engine).load_csv

    def grow(engine, plain, *rest):
        refused = load_csv(engine, plain, *rest)
        if plain == path:
            shop.drop("a.csv", line("a"), line("b"))
        return refused

    monkeypatch.setattr(type(shop.engine), "load_csv", grow)
    assert loaded(shop)["a.csv"].status == "waiting"
    assert shop.rows("select name from raw.landed_files") == [("whole.csv",)]


@pytest.mark.parametrize("name", ["a.csv.part", "a.csv.PART", "a.csv.Tmp", "a.csv.crdownload"])
def test_a_file_that_says_by_its_name_that_it_is_not_whole_waits(shop, name):
    shop.drop(name, line("a"))
    assert {one.name: one.status for one in shop.load()} == {name: "waiting", "whole.csv": "loaded"}


def test_a_copy_that_fails_under_one_name_is_read_under_another(shop, settings):
    (settings.sources).mkdir(parents=True)
    (settings.sources / "own.toml").write_text(
        'currency = "GBP"\ntimestamp_formats = ["%d.%m.%Y"]\nfiles = "own/*"\n[columns]\ncustomer_id = "K"\n'
        'invoiced_at = "D"\namount = "A"\n'
    )
    for name in ("a.csv", "own/a.csv"):
        write_csv(shop.landing / name, [("k1", "05.01.2011", "10.00")], ("K", "D", "A"))
    found = load_landing(shop.engine, shop.landing, 0, intake=Intake(load_sources(settings.sources)))
    assert {one.name: one.status for one in found} == {
        "a.csv": "failed", "own/a.csv": "loaded", "whole.csv": "loaded"
    }  # fmt: skip


@pytest.mark.parametrize("lost", [28, 29])
def test_a_share_on_the_limit_is_within_it(shop, lost):
    shop.drop("a.csv", *[line(str(number), price="x" if number < lost else "1.00") for number in range(100)])
    assert loaded(shop, 0.29)["a.csv"].status == "loaded"
