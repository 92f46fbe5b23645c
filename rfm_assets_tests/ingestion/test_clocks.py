"""Moments that a file has in UTC are put on the shop's clock, however it says so; no file follows on another clock."""

from base64 import b64decode

import pytest
import xlsxwriter

from rfm_assets.ingestion.intake import Intake, OtherSettingError
from rfm_assets.ingestion.landing import load_landing
from rfm_assets_tests.ingestion.places import own_source
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


def test_a_workbook_of_moments_without_a_clock_binds_no_other_file_to_one(shop, settings):
    with xlsxwriter.Workbook(shop.landing / "a.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ("K", "D", "A"))
        sheet.write_row(1, 0, ("k1", EVENING, 10))
    sources = own_source(settings, form="%Y-%m-%dT%H:%M:%S").sources
    load_landing(shop.engine, shop.landing, 0, intake=Intake(sources, timezone="Europe/Berlin"))
    assert shop.rows("select timezone from raw.files") == [(None,)]
