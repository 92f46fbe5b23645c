"""Files that came to harm on their way: what is whole of them comes in, the rest is told, and no other file waits."""

import gzip
import json
import os
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import polars as pl
import pytest

from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets.ingestion.files import digest_of, inspect, settled_looks
from rfm_assets.ingestion.intake import Intake, OtherSettingError
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


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_parquet_file_is_named_and_keeps_no_other_waiting(shop, seed):
    path = parquet_of(shop.landing / "a.parquet", "2011-01-05 10:00:00", "2011-01-06 10:00:00")
    content = bytearray(path.read_bytes())
    at = seed * (len(content) - 8) // 40 + 4
    content[at] ^= 0x55
    path.write_bytes(content[: -1 - seed] if seed % 5 == 4 else content)
    found = loaded(shop)
    assert found["whole.csv"].status == "loaded"
    assert found["a.parquet"].status == "loaded" or found["a.parquet"].error.startswith("a.parquet: ")


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


def test_a_name_that_is_no_text_is_told_and_keeps_no_other_waiting(shop):
    name = b"m\xe4rz.csv"
    try:
        (shop.landing / os.fsdecode(name)).write_text(csv_text([line()]))
    except OSError:
        pytest.skip("this file system takes no such name")
    found = loaded(shop)
    assert found["whole.csv"].status == "loaded"
    assert found["m\\xe4rz.csv"].error == "m\\xe4rz.csv: its name is not UTF-8, and nothing could tell of it: rename it"
    assert [look.name for look in settled_looks(shop.landing)] == ["whole.csv"]
    assert digest_of(settled_looks(shop.landing))


def test_a_byte_that_is_no_utf_8_is_one_letter_and_leaves_the_others_as_they_are(shop):
    (shop.landing / "whole.csv").unlink()
    write_csv(shop.landing / "a.csv", LINES[:10])
    other = csv_text([line("other", description="cafe")]).encode().replace(b"cafe", b"caf\xe9").splitlines()[1]
    (shop.landing / "b.csv").write_bytes(csv_text(LINES[:10]).encode() + other + b"\n")
    assert {one.status for one in loaded(shop, 0).values()} == {"loaded"}
    rebuild_touched_days(shop.engine)
    assert shop.rows("select count(*) from clean.transactions") == [(11,)]
    assert shop.rows("select description from raw.transactions where invoice_id = 'other'") == [("café",)]


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


def test_a_file_that_goes_away_meanwhile_waits_for_what_comes_under_its_next_name(shop, monkeypatch):
    shop.drop("a.csv", line("a"))

    def late(landing, name, *rest):
        if name == "a.csv":
            (landing / name).rename(landing / "b.csv")
        return inspect(landing, name, *rest)

    monkeypatch.setattr("rfm_assets.ingestion.landing.inspect", late)
    assert (loaded(shop)["a.csv"].status, loaded(shop).get("a.csv")) == ("waiting", None)
    assert shop.rows("select name from raw.files where status = 'loaded' order by all") == [("b.csv",), ("whole.csv",)]


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


@pytest.mark.parametrize("first", ["1 19970101 1 n/a", "1 19970231 1 5.00", ""])
def test_a_bad_first_line_of_a_log_is_one_bad_line(shop, first):
    (shop.landing / "whole.csv").unlink()
    lines = [f"{customer} 19970101 1 {customer}.00" for customer in range(1, 200)]
    (shop.landing / "log.txt").write_text("\n".join([first, *lines]) + "\n")
    (outcome,) = load_landing(shop.engine, shop.landing, 0.01, intake=Intake(load_sources(), "USD"))
    assert (outcome.status, outcome.unreadable_count) == ("loaded", int(bool(first)))
    assert shop.rows("select count(*) from raw.transactions") == [(199,)]


def test_in_a_log_what_is_below_zero_in_quantity_or_amount_came_back(shop):
    (shop.landing / "whole.csv").unlink()
    lines = [
        "1 19970101 3 9.00",
        "2 19970101 -2 10.00",
        "3 19970101 -3 10.00",
        "4 19970101 2 -10.00",
        "5 19970101 -2 -9.00",
    ]
    (shop.landing / "log.txt").write_text("\n".join(lines) + "\n")
    load_landing(shop.engine, shop.landing, 0, intake=Intake(load_sources(), "USD"))
    rebuild_touched_days(shop.engine)
    assert shop.rows(
        "select customer_id, line_kind, quantity, amount from clean.transactions order by customer_id"
    ) == [
        ("1", "sale", 3, Decimal("9.0000")),
        ("2", "return", -2, Decimal("-10.0000")),
        ("3", "return", -1, Decimal("-10.0000")),
        ("4", "return", -2, Decimal("-10.0000")),
        ("5", "return", -2, Decimal("-9.0000")),
    ]


def own_source(settings, text):
    settings.sources.mkdir(parents=True, exist_ok=True)
    (settings.sources / "own.toml").write_text(text, encoding="utf-8-sig")  # as Windows' editors do
    return Intake(load_sources(settings.sources))


def test_a_word_that_marks_a_return_does_so_however_it_is_written(shop, settings):
    (shop.landing / "whole.csv").unlink()
    intake = own_source(
        settings,
        'currency = "GBP"\ntimestamp_formats = ["%Y-%m-%d"]\ncancellation = { column = "S", values = ["True"] }\n'
        '[columns]\ncustomer_id = "K"\ninvoiced_at = "D"\namount = "A"\n',
    )
    words = ["True", "true", " TRUE ", "False", ""]
    write_csv(shop.landing / "a.csv", [("k1", "2011-01-05", "10.00", word) for word in words], ("K", "D", "A", "S"))
    load_landing(shop.engine, shop.landing, 0, intake=intake)
    assert shop.rows("select quantity from raw.transactions order by line_no") == [(-1,), (-1,), (-1,), (1,), (1,)]


def test_numbers_in_json_are_numbers_whatever_mark_the_texts_of_the_source_have(shop, settings):
    (shop.landing / "whole.csv").unlink()
    intake = own_source(
        settings,
        'currency = "GBP"\ntimestamp_formats = ["%Y-%m-%d"]\ndecimal = ","\nthousands = "."\n'
        '[columns]\ncustomer_id = "K"\ninvoiced_at = "D"\nunit_price = "P"\nquantity = "Q"\n',
    )
    prices = [1.234, 12.345, 1234.5, 7, "1.234,50", "2,5"]
    objects = [{"K": 17850.0, "D": "2011-01-05", "P": price, "Q": 1.0} for price in prices]
    (shop.landing / "a.json").write_text("".join(json.dumps(one) + "\n" for one in objects))
    (outcome,) = load_landing(shop.engine, shop.landing, 0, intake=intake)
    assert outcome.status == "loaded", outcome.error
    assert shop.rows("select customer_id, unit_price from raw.transactions order by line_no") == [
        ("17850", Decimal(text)) for text in ("1.2340", "12.3450", "1234.5000", "7.0000", "1234.5000", "2.5000")
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.json"])
def test_moments_that_say_they_are_in_utc_are_read_on_the_shops_clock_and_others_are_of_it(shop, settings, name):
    (shop.landing / "whole.csv").unlink()
    sources = own_source(
        settings,
        'currency = "GBP"\ntimestamp_formats = ["%Y-%m-%dT%H:%M:%S%z"]\n'
        '[columns]\ncustomer_id = "K"\ninvoiced_at = "D"\namount = "A"\n',
    ).sources
    moments = [
        "2024-01-01T23:30:00Z",
        "2024-01-01T23:30:00+00:00",
        "2024-01-01T23:30:00-05:00",
        "2024-07-01T22:30:00 UTC",
    ]
    if name == "a.csv":
        write_csv(shop.landing / name, [("k1", moment, "10.00") for moment in moments], ("K", "D", "A"))
    else:
        objects = [json.dumps({"K": "k1", "D": moment, "A": 10}) for moment in moments]
        (shop.landing / name).write_text("\n".join(objects))
    load_landing(shop.engine, shop.landing, 0, intake=Intake(sources, timezone="Europe/Berlin"))
    assert shop.rows("select cast(invoiced_at as varchar) from raw.transactions order by line_no") == [
        ("2024-01-02 00:30:00",), ("2024-01-01 23:30:00",), ("2024-01-01 23:30:00",), ("2024-07-02 00:30:00",)
    ]  # fmt: skip
    assert shop.rows("select timezone from raw.files") == [("Europe/Berlin",)]
    with pytest.raises(OtherSettingError, match="RFM_TIMEZONE is UTC"):
        load_landing(shop.engine, shop.landing, 0, intake=Intake(sources))


@pytest.mark.parametrize("lost", [28, 29])
def test_a_share_on_the_limit_is_within_it(shop, lost):
    shop.drop("a.csv", *[line(str(number), price="x" if number < lost else "1.00") for number in range(100)])
    assert loaded(shop, 0.29)["a.csv"].status == "loaded"


def test_a_header_may_begin_with_a_bracket(shop, settings):
    intake = own_source(
        settings,
        'currency = "GBP"\ntimestamp_formats = ["%Y-%m-%d"]\n'
        '[columns]\ncustomer_id = "[K]"\ninvoiced_at = "D"\namount = "A"\n',
    )
    write_csv(shop.landing / "a.csv", [("k1", "2011-01-05", "10.00")], ("[K]", "D", "A"))
    outcomes = load_landing(shop.engine, shop.landing, 0, intake=intake)
    assert {outcome.status for outcome in outcomes} == {"loaded"}


def test_a_draft_is_made_of_a_file_with_odd_beginnings(settings, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    rows = "".join(f"k1;2011-01-{day};10.00;{'x' * 200_000}\n" for day in range(20, 25))
    (tmp_path / "a.csv").write_text("Kunde;Dat\x7fum;Betrag;Note\n" + "\n" * 300 + rows)
    assert main([str(tmp_path / "a.csv")]) == 0
    shown = capsys.readouterr().out.replace("\n", "")
    assert "A draft is in" in shown
    assert 'invoiced_at = "Dat\\u007fum"' in (settings.sources / "a.toml.draft").read_text(encoding="utf-8")


def test_a_file_that_begins_with_nothing_for_long_is_told(settings, tmp_path, capsys):
    (tmp_path / "a.csv").write_text("\n" * 300 + "Kunde;Datum;Betrag\nk1;2011-01-20;10.00\n")
    assert main([str(tmp_path / "a.csv")]) == 2
    assert "found: no columns" in capsys.readouterr().err


def test_a_corrected_mapping_reads_its_files_anew_and_nothing_else_does(shop, settings):
    text = (
        'currency = "GBP"\ntimestamp_formats = ["{}"]\n[columns]\ncustomer_id = "K"\ninvoiced_at = "D"\namount = "A"\n'
    )
    write_csv(shop.landing / "a.csv", [("k1", "01/02/2011", "10.00")], ("K", "D", "A"))

    def names(intake):
        return [outcome.name for outcome in load_landing(shop.engine, shop.landing, 0, intake=intake)]

    assert names(own_source(settings, text.format("%m/%d/%Y"))) == ["a.csv", "whole.csv"]
    assert names(own_source(settings, "# another comment\n" + text.format("%m/%d/%Y"))) == []
    rebuild_touched_days(shop.engine)
    corrected = own_source(settings, text.format("%d/%m/%Y"))
    assert names(corrected) == ["a.csv"]
    assert names(corrected) == []
    assert shop.rows("select cast(invoiced_on as varchar) from raw.transactions where customer_id = 'k1'") == [
        ("2011-02-01",)
    ]
    assert [str(day) for day in rebuild_touched_days(shop.engine)] == ["2011-01-02", "2011-02-01"]
    assert names(Intake()) == []  # without the mapping, what was read by it stays


def test_a_note_of_several_lines_may_have_as_many_commas_as_a_record(shop, settings):
    (shop.landing / "whole.csv").unlink()
    intake = own_source(
        settings,
        'currency = "GBP"\ntimestamp_formats = ["%Y-%m-%d"]\n'
        '[columns]\ncustomer_id = "K"\ninvoiced_at = "D"\namount = "A"\ndescription = "N"\n',
    )
    note = "Dear team, thanks, a lot, really\nregards, Ann, London, UK"
    rows = [("k1", "2011-01-05", "10.00", note), ("k2", "2011-01-05", "10.00", "a thing")]
    write_csv(shop.landing / "a.csv", rows, ("K", "D", "A", "N"))
    (outcome,) = load_landing(shop.engine, shop.landing, 0, intake=intake)
    assert (outcome.status, outcome.unreadable_count) == ("loaded", 0), outcome.error
    assert shop.rows("select line_no, description from raw.transactions order by 1") == [(2, note), (4, "a thing")]
