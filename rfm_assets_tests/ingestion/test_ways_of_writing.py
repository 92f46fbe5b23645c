"""Ways of writing that a mapping leaves open, and mappings that change."""

import json
import re
from decimal import Decimal
from hashlib import sha256

import pytest

from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets.ingestion.intake import Intake, OtherSettingError
from rfm_assets.ingestion.landing import load_landing
from rfm_assets.ingestion.mappings import ADDED, SourceError, load_sources
from rfm_assets.ingestion.source import main
from rfm_assets_tests.ingestion.places import own_source
from rfm_assets_tests.rows import write_csv


@pytest.mark.parametrize("first", ["1 19970101 1 n/a", "1 19970231 1 5.00", ""])
def test_a_bad_first_line_of_a_log_is_one_bad_line(shop, first):
    lines = [f"{customer} 19970101 1 {customer}.00" for customer in range(1, 200)]
    (shop.landing / "log.txt").write_text("\n".join([first, *lines]) + "\n")
    (outcome,) = load_landing(shop.engine, shop.landing, 0.01, intake=Intake(load_sources(), "USD"))
    assert (outcome.status, outcome.unreadable_count) == ("loaded", int(bool(first)))
    assert shop.rows("select count(*) from raw.transactions") == [(199,)]


def test_a_log_of_returns_alone_is_one(shop):
    (shop.landing / "log.txt").write_text("1 19970101 -3 -9.00\n")
    (outcome,) = load_landing(shop.engine, shop.landing, 0, intake=Intake(load_sources(), "USD"))
    assert outcome.status == "loaded", outcome.error
    assert shop.rows("select customer_id, quantity, unit_price from raw.transactions") == [("1", -3, Decimal(3))]


def test_in_a_log_what_is_below_zero_in_quantity_or_amount_came_back(shop):
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


def test_where_nothing_is_quoted_a_quote_is_a_letter_and_each_line_a_record(shop, settings):
    lines = ["Sales", "", "K\tD\tA\tT", 'k1\t2011-01-05\t1\t"12 inch pan', "", "\t\t\t", 'k2\t2011-01-05\t2\t"pan"',
             'k3\t2011-01-05\tmany\t"', 'k4\t2011-01-05\t4\tpan "large"', 'k5\t2011-01-05\t5']  # fmt: skip
    (shop.landing / "a.txt").write_text("\n".join(lines) + "\n")
    (refused,) = load_landing(shop.engine, shop.landing, 0, intake=own_source(settings, description="T"))
    assert "unterminated quote found. Where no value stands in quotes, unquoted = true in the mapping" in refused.error
    load_landing(shop.engine, shop.landing, 1, intake=own_source(settings, "unquoted = true", description="T"))
    assert shop.rows("select line_no, customer_id, description from raw.transactions order by line_no") == [
        (4, "k1", '"12 inch pan'), (7, "k2", '"pan"'), (9, "k4", 'pan "large"'),
    ]  # fmt: skip
    assert shop.rows("select line_no, text from raw.unreadable order by line_no") == [
        (8, lines[7]),
        (10, lines[9]),
    ]


def test_what_is_given_back_on_an_order_needs_the_order(settings):
    with pytest.raises(SourceError, match="columns lack invoice_id, which order_fields and refund go by"):
        own_source(settings, refund="R")


def test_without_a_header_no_column_says_what_is_left_out(settings):
    places = 'has_header = false\nleave_out = { column = "S", values = ["failed"] }\n[columns]\n'
    settings.sources.mkdir(parents=True)
    (settings.sources / "own.toml").write_text(
        f'currency = "GBP"\ntimestamp_formats = ["%Y-%m-%d"]\n{places}customer_id = 1\ninvoiced_at = 2\namount = 3\n'
    )
    with pytest.raises(SourceError, match="without a header, currency, cancellation and leave_out cannot go by a"):
        load_sources(settings.sources)


@pytest.mark.parametrize("column", ["L", None])
def test_a_line_that_names_no_country_is_of_the_mappings(shop, settings, column):
    intake = own_source(settings, 'default_country = "Austria"', country=column)
    write_csv(shop.landing / "a.csv", [("k1", "2011-01-05", "10", "Malta"), ("k1", "2011-01-05", "10", "")], "KDAL")
    load_landing(shop.engine, shop.landing, 0, intake=intake)
    found = shop.rows("select country from raw.transactions order by line_no")
    assert found == [("Malta" if column else "Austria",), ("Austria",)]


def test_a_word_that_marks_a_return_does_so_however_it_is_written(shop, settings):
    intake = own_source(settings, 'cancellation = { column = "S", values = ["True"] }')
    words = ["True", "true", " TRUE ", "False", ""]
    write_csv(shop.landing / "a.csv", [("k1", "2011-01-05", "10.00", word) for word in words], ("K", "D", "A", "S"))
    load_landing(shop.engine, shop.landing, 0, intake=intake)
    assert shop.rows("select quantity from raw.transactions order by line_no") == [(-1,), (-1,), (-1,), (1,), (1,)]


def test_numbers_in_json_are_numbers_whatever_mark_the_texts_of_the_source_have(shop, settings):
    intake = own_source(settings, 'decimal = ","\nthousands = "."', amount=None, unit_price="P", quantity="Q")
    prices = [1.234, 12.345, 1234.5, 7, "1.234,50", "2,5"]
    objects = [{"K": 17850.0, "D": "2011-01-05", "P": price, "Q": 1.0} for price in prices]
    (shop.landing / "a.json").write_text("".join(json.dumps(one) + "\n" for one in objects), encoding="utf-8-sig")
    (outcome,) = load_landing(shop.engine, shop.landing, 0, intake=intake)
    assert outcome.status == "loaded", outcome.error
    assert shop.rows("select customer_id, unit_price from raw.transactions order by line_no") == [
        ("17850", Decimal(text)) for text in ("1.2340", "12.3450", "1234.5000", "7.0000", "1234.5000", "2.5000")
    ]


def test_a_refund_in_json_is_a_number_as_others_are(shop, settings):
    intake = own_source(settings, 'decimal = ","\nthousands = "."', invoice_id="I", refund="R")
    (shop.landing / "a.json").write_text('{"I": 7, "K": "k1", "D": "2011-01-05", "A": 5.5, "R": 1.234}\n')
    load_landing(shop.engine, shop.landing, 0, intake=intake)
    found = shop.rows("select invoice_id, quantity, unit_price from raw.transactions order by line_no")
    assert found == [("7", 1, Decimal("5.5")), ("7-refund", -1, Decimal("1.234"))]


@pytest.mark.parametrize("name", ["a.csv", "a.json"])
def test_moments_that_say_they_are_in_utc_are_read_on_the_shops_clock_and_others_are_of_it(shop, settings, name):
    sources = own_source(settings, form="%Y-%m-%dT%H:%M:%S%z").sources
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


def test_a_header_may_begin_with_a_bracket(shop, settings):
    intake = own_source(settings, customer_id="[K]")
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
    assert "…" not in shown  # a guess that cannot be seen cannot be looked at
    assert 'invoiced_at = "Dat\\u007fum"' in (settings.sources / "a.toml.draft").read_text(encoding="utf-8")


def test_a_file_of_blanks_that_are_no_bytes_of_ascii_is_told(settings, tmp_path, capsys):
    (tmp_path / "a.csv").write_text("\u00a0\n" * 3, encoding="utf-8")
    assert main([str(tmp_path / "a.csv")]) == 2
    assert "the file is empty" in capsys.readouterr().err


def test_a_draft_is_made_below_titles_and_blank_lines(settings, tmp_path, capsys):
    text = "Umsatz;;;\nvon;2011-01-01\n" + "\n" * 300 + "Kunde;Datum;Betrag;Land\nk1;2011-01-20;10,00;DE\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    assert main([str(tmp_path / "a.csv")]) == 0
    shown = capsys.readouterr().out
    assert "columns missing: " in shown
    assert "Lines passed over above its header: 302." in shown
    assert re.search(r"line_no +│ 304 ", shown)


def test_a_corrected_mapping_reads_its_files_anew_and_nothing_else_does(shop, settings):
    write_csv(shop.landing / "a.csv", [("k1", "01/02/2011", "10.00")], ("K", "D", "A"))

    def names(intake):
        return [outcome.name for outcome in load_landing(shop.engine, shop.landing, 0, intake=intake)]

    assert names(own_source(settings, form="%m/%d/%Y")) == ["a.csv"]
    assert names(own_source(settings, "# a comment", form="%m/%d/%Y")) == []
    rebuild_touched_days(shop.engine)
    corrected = own_source(settings, form="%d/%m/%Y")
    assert names(corrected) == ["a.csv"]
    assert names(corrected) == []
    assert shop.rows("select cast(invoiced_on as varchar) from raw.transactions where customer_id = 'k1'") == [
        ("2011-02-01",)
    ]
    assert [str(day) for day in rebuild_touched_days(shop.engine)] == ["2011-01-02", "2011-02-01"]
    assert names(Intake()) == []  # without the mapping, what was read by it stays


def test_a_note_of_several_lines_may_have_as_many_commas_as_a_record(shop, settings):
    intake = own_source(settings, description="N")
    note = "Dear team, thanks, a lot, really\nregards, Ann, London, UK"
    rows = [("k1", "2011-01-05", "10.00", note), ("k2", "2011-01-05", "10.00", "a thing")]
    write_csv(shop.landing / "a.csv", rows, ("K", "D", "A", "N"))
    (outcome,) = load_landing(shop.engine, shop.landing, 0, intake=intake)
    assert (outcome.status, outcome.unreadable_count) == ("loaded", 0), outcome.error
    assert shop.rows("select line_no, description from raw.transactions order by 1") == [(2, note), (4, "a thing")]


STATUSES = ["completed", " Failed ", "CANCELLED", "refunded", ""]


@pytest.mark.parametrize("quantity", ["2", "-2"])
def test_a_line_that_the_mapping_leaves_out_is_no_sale_and_no_return(shop, settings, quantity):
    more = 'leave_out = { column = "S", values = ["cancelled", "failed"] }'
    intake = own_source(settings, more, quantity="Q", unit_price="A", amount=None)
    rows = [("k1", "2011-01-05", quantity, f"{price}.00", status) for price, status in enumerate(STATUSES, start=1)]
    write_csv(shop.landing / "a.csv", rows, ("K", "D", "Q", "A", "S"))
    load_landing(shop.engine, shop.landing, 0, intake=intake)
    rebuild_touched_days(shop.engine)
    kept = shop.rows("select line_kind, unit_price from clean.transactions order by unit_price")
    assert kept == [("sale" if quantity == "2" else "return", Decimal(price)) for price in (1, 4, 5)]
    left = shop.rows("select reason, unit_price from clean.rejected order by unit_price")
    assert left == [("adjustment", Decimal(2)), ("adjustment", Decimal(3))]
    assert shop.rows("select adjustment_lines, read_lines from clean.ledger") == [(2, 5)]


def test_what_was_given_back_on_an_order_that_is_left_out_is_left_out_with_it(shop):
    order = "#{0},a@x.com,{1},2023-01-05 10:11:12 -0500,GBP,1,Mug,5.00,M1,CA,{2}\n#{0},,,,,1,Plate,15.00,P1,,\n"
    header = "Name,Email,Financial Status,Created at,Currency,Lineitem quantity,Lineitem name,Lineitem price,"
    text = f"{header}Lineitem sku,Billing Country,Refunded Amount\n{order.format(1, 'voided', '20.00')}"
    (shop.landing / "orders.csv").write_text(text + order.format(2, "paid", "5.00"))
    load_landing(shop.engine, shop.landing, 0, intake=Intake(load_sources(), "GBP"))
    rebuild_touched_days(shop.engine)
    kept = "select invoice_id, line_kind, amount from clean.transactions order by all"
    assert shop.rows(kept) == [
        ("#2", "sale", Decimal(5)), ("#2", "sale", Decimal(15)), ("#2-refund", "return", Decimal(-5))
    ]  # fmt: skip
    assert shop.rows("select invoice_id, reason from clean.rejected order by all") == [
        ("#1", "adjustment"), ("#1", "adjustment"), ("#1-refund", "adjustment")
    ]  # fmt: skip


def test_a_mapping_that_does_not_use_what_a_release_added_is_what_it_was(settings):
    source = next(source for source in load_sources() if source.name == "online_retail")
    assert source.digest == sha256(source.model_dump_json(exclude={"name", "files", *ADDED}).encode()).hexdigest()[:16]
    assert source.model_copy(update={"currency_sign": "£"}).digest != source.digest
