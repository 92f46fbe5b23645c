"""Moments that a file has in UTC are put on the shop's clock, however it says so; no file follows on another clock."""

import json
from base64 import b64decode
from dataclasses import replace

import polars as pl
import pytest
import xlsxwriter

from rfm_assets.ingestion.intake import Intake, OtherSettingError
from rfm_assets.ingestion.landing import load_landing
from rfm_assets_tests.ingestion.places import loaded, own_source
from rfm_assets_tests.rows import write_csv

EVENING, IN_BERLIN = "2011-01-31T23:30:00", "2011-02-01 00:30:00"
ZONED = "%Y-%m-%dT%H:%M:%S%z"
# The columns K, D and A: k1, this evening in UTC as Spark writes it (INT96), 10.
SPARK = (
    "UEFSMRUAFRgVGCwVAhUAFQYVBhwAAAACAAAAAgECAAAAazEVABUkFSQsFQIVABUGFQYcAAAAAgAAAAIBALDyePFMAAApeCUAFQAVHBUcLBUC"
    "FQAVBhUGHAAAAAIAAAACAQAAAAAAACRAFQQZTDUAGAZzY2hlbWEVBgAVDCUCGAFLJQBMHAAAABUGJQIYAUQAFQolAhgBQQAWAhkcGTwmABwV"
    "DBklBgAZGAFLFQAWAhY+Fj4mCEkcFQAVABUCADwWBBkGGSYAAgAAACYAHBUGGSUGABkYAUQVABYCFkoWSiZGSRwVABUAFQIAPCkGGSYAAgAA"
    "ACYAHBUKGSUGABkYAUEVABYCFkIWQiaQAUkcFQAVABUCADwpBhkmAAIAAAAWygEWAiYIFsoBACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lv"
    "biAyNi4wLjEZPBwAABwAABwAAADvAAAAUEFSMQ=="
)


def as_csv(shop) -> None:
    write_csv(shop.landing / "a.csv", [("k1", f"{EVENING}Z", "10")], ("K", "D", "A"))


def as_workbook(shop) -> None:
    with xlsxwriter.Workbook(shop.landing / "a.xlsx") as workbook:
        workbook.add_worksheet().write_row(0, 0, ("K", "D", "A"))  # a sheet without a moment says of no clock
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ("K", "D", "A"))
        sheet.write_row(1, 0, ("k1", f"{EVENING}Z", 10))


def as_spark(shop) -> None:
    (shop.landing / "a.parquet").write_bytes(b64decode(SPARK))


@pytest.mark.parametrize("put", [as_csv, as_workbook, as_spark])
def test_a_moment_in_utc_is_put_on_the_shops_clock_and_the_next_file_must_be_on_it(shop, settings, put):
    sources = own_source(settings, form=ZONED).sources
    put(shop)
    (outcome,) = load_landing(shop.engine, shop.landing, 0, intake=Intake(sources, timezone="Europe/Berlin"))
    assert outcome.error is None
    found = shop.rows("select cast(invoiced_at as varchar), timezone from raw.transactions, raw.files")
    assert found == [(IN_BERLIN, "Europe/Berlin")]
    with pytest.raises(OtherSettingError, match="RFM_TIMEZONE is UTC"):
        load_landing(shop.engine, shop.landing, 0, intake=Intake(sources))


IN_SECONDS = 1296516600  # the same evening


def seconds_in_csv(shop, number) -> None:
    write_csv(shop.landing / "a.csv", [("k1", number, "10"), ("k1", "1e9", "10"), ("k1", "-5", "10")], ("K", "D", "A"))


def seconds_in_json(shop, number) -> None:
    objects = [{"K": "k1", "D": moment, "A": 10} for moment in (number, "soon", 10**18)]
    (shop.landing / "a.json").write_text(json.dumps(objects))


def seconds_in_parquet(shop, number) -> None:
    pl.DataFrame({"K": ["k1"] * 3, "D": [number, None, -1], "A": [10] * 3}).write_parquet(shop.landing / "a.parquet")


@pytest.mark.parametrize(
    ("form", "number"),
    [("%s", IN_SECONDS), ("%s", IN_SECONDS + 0.25), ("%Q", IN_SECONDS * 1000), ("%s%f", IN_SECONDS * 1_000_000)],
)
@pytest.mark.parametrize("put", [seconds_in_csv, seconds_in_json, seconds_in_parquet])
def test_a_moment_in_seconds_since_1970_is_put_on_the_shops_clock(shop, settings, put, form, number):
    intake = replace(own_source(settings, form=form), timezone="Europe/Berlin")
    put(shop, number)
    assert loaded(shop, intake, share=1).unreadable_count == 2
    found = shop.rows("select strftime(invoiced_at, '%Y-%m-%d %H:%M:%S'), timezone from raw.transactions, raw.files")
    assert found == [(IN_BERLIN, "Europe/Berlin")]
    assert {error for (error,) in shop.rows("select error from raw.unreadable")} == {
        "invoiced_at is missing or not written as the source says"
    }


def test_a_workbook_of_moments_without_a_clock_binds_no_other_file_to_one(shop, settings):
    with xlsxwriter.Workbook(shop.landing / "a.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ("K", "D", "A"))
        sheet.write_row(1, 0, ("k1", EVENING, 10))
    sources = own_source(settings, form="%Y-%m-%dT%H:%M:%S").sources
    load_landing(shop.engine, shop.landing, 0, intake=Intake(sources, timezone="Europe/Berlin"))
    assert shop.rows("select timezone from raw.files") == [(None,)]
