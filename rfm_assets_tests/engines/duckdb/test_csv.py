"""Each line of a CSV file is found again: loaded with its number, or refused with its number, text and reason."""

from decimal import Decimal

import pytest

from rfm_assets.engines.duckdb import csv as duckdb_csv
from rfm_assets.engines.errors import LineEndsError
from rfm_assets_tests.engines.duckdb.reader import numbers_and_texts
from rfm_assets_tests.rows import HEADER

NAMES = ",".join(HEADER)
GOOD = "1,A,a thing,1,12/1/2010 8:26,1.50,c1,France"
NOT_A_NUMBER = "1,A,a thing,many,12/1/2010 8:26,1.50,c1,France"
NO_QUANTITY = "1,A,a thing,,12/1/2010 8:26,1.50,c1,France"


def file_of(*lines: str, end: str = "\n") -> str:
    return "".join(text + end for text in (NAMES, *lines))


def test_a_line_is_loaded_with_its_number_and_exact_values(reader):
    assert reader.read(file_of("536365,85123A,HEART HOLDER,6,12/31/2010 23:59,2.55,17850,United Kingdom")) == []
    assert [tuple(map(str, row)) for row in reader.loaded("* exclude file_id")] == [
        (
            "2",
            "536365",
            "85123A",
            "HEART HOLDER",
            "6",
            "2010-12-31 23:59:00",
            "2.5500",
            "17850",
            "United Kingdom",
            "None",
            "False",
            "2010-12-31",
        )
    ]


@pytest.mark.parametrize(
    ("header", "line", "currency"),
    [
        (f"{NAMES}\n", "1,A,a thing,1,12/1/2010 8:26,1.50,{number},France\n", "GBP"),
        ("", " {number}  19970101  1   11.77\n", "USD"),
    ],
    ids=["commas", "blanks"],
)
def test_a_file_read_by_several_threads_has_its_lines_in_order(reader, monkeypatch, header, line, currency):
    monkeypatch.setattr(duckdb_csv, "LONGEST_LINE", 100_000)
    numbers = range(1 + bool(header), 40_000)
    reader.connection.execute("set threads = 4")
    assert reader.read(header + "".join(line.format(number=number) for number in numbers), currency) == []
    reader.connection.execute("reset threads")
    assert reader.loaded("line_no, customer_id") == [(number, str(number)) for number in numbers]


@pytest.mark.parametrize(
    ("size", "threads", "block"),
    [(0, 2, 100), (199, 2, 100), (300, 2, 151), (800, 2, 101), (801, 4, 101), (100_000, 2, 101)],
)
def test_threads_have_as_many_blocks_each(monkeypatch, size, threads, block):
    monkeypatch.setattr(duckdb_csv, "LONGEST_LINE", 100)
    assert duckdb_csv.block_of(size, threads) == block


def test_lines_after_a_refused_one_keep_their_numbers(reader):
    refused = reader.read(file_of(GOOD, NOT_A_NUMBER, GOOD, NO_QUANTITY, GOOD))
    assert numbers_and_texts(refused) == [(3, NOT_A_NUMBER), (5, NO_QUANTITY)]
    assert reader.numbers() == [2, 4, 6]


def test_blank_lines_count_as_lines_of_the_file_but_not_as_records(reader):
    refused = reader.read(file_of(GOOD, "", GOOD, "", "", NOT_A_NUMBER, GOOD))
    assert numbers_and_texts(refused) == [(7, NOT_A_NUMBER)]
    assert reader.numbers() == [2, 4, 8]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_line_of_delimiters_alone_is_blank(reader, delimiter):
    lines = file_of(GOOD, ",,,,,,,", GOOD, ",,", NOT_A_NUMBER, ",,,,,,,", ",,,,,,,,,,,")
    refused = reader.read(lines.replace(",", delimiter))
    assert numbers_and_texts(refused) == [(6, NOT_A_NUMBER.replace(",", delimiter))]
    assert reader.numbers() == [2, 4]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_quoted_field_may_span_lines(reader, end):
    two_lines = f'1,A,"two{end}lines",1,12/1/2010 8:26,1.50,c1,France'
    refused_one = f'1,A,"three{end}more{end}lines",many,12/1/2010 8:26,1.50,c1,France'
    without_quantity = f'1,A,"last{end}two",,12/1/2010 8:26,1.50,c1,France'
    refused = reader.read(file_of(two_lines, GOOD, refused_one, without_quantity, GOOD, end=end))
    assert numbers_and_texts(refused) == [(5, refused_one), (8, without_quantity)]
    assert reader.loaded("line_no, description") == [(2, f"two{end}lines"), (4, "a thing"), (10, "a thing")]


def test_a_carriage_return_in_a_field_ends_a_line_of_the_file_as_editors_show_it(reader):
    refused = reader.read(file_of('1,A,"a\rb",1,12/1/2010 8:26,1.50,c1,France', GOOD, NO_QUANTITY))
    assert numbers_and_texts(refused) == [(5, NO_QUANTITY)]
    assert reader.numbers() == [2, 4]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last_end", [True, False], ids=["ended", "not ended"])
def test_any_line_end_is_read_also_where_the_last_line_has_none(reader, end, last_end):
    content = file_of(GOOD, NOT_A_NUMBER, NO_QUANTITY, GOOD, end=end)
    refused = reader.read(content if last_end else content.removesuffix(end))
    assert numbers_and_texts(refused) == [(3, NOT_A_NUMBER), (4, NO_QUANTITY)]
    assert reader.loaded("line_no, country") == [(2, "France"), (5, "France")]


def test_a_byte_order_mark_belongs_to_no_field_and_no_text(reader):
    assert numbers_and_texts(reader.read("\ufeff" + file_of(NO_QUANTITY, GOOD, ""))) == [(2, NO_QUANTITY)]
    assert reader.loaded("line_no, invoice_id") == [(3, "1")]


def test_columns_are_found_by_name_wherever_they_stand(reader):
    header = "Country,extra,UnitPrice,CustomerID,InvoiceDate,Quantity,Description,StockCode,InvoiceNo"
    assert reader.read(f"{header}\nFrance,x,1.50,c1,12/1/2010 8:26,7,a thing,A,1\n") == []
    assert reader.loaded("invoice_id, stock_code, quantity, unit_price, customer_id") == [
        ("1", "A", 7, Decimal("1.5000"), "c1")
    ]


def test_a_field_without_text_is_null_quoted_or_not(reader):
    reader.read(file_of('1,,"",1,12/1/2010 8:26,1.50,,'))
    assert reader.loaded("stock_code, description, customer_id, country") == [(None, None, None, None)]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1,A,a thing", "Expected Number of Columns: 8 Found: 3"),
        (f"{GOOD},more", "Expected Number of Columns: 8 Found: 9"),
        ("   ", "Expected Number of Columns: 8 Found: 1"),
        (NOT_A_NUMBER, "quantity is missing or not a whole number"),
        ("1,A,a thing,1,13/13/2010 8:26,1.50,c1,France", "not written as the source says"),
        ("1,A,a thing,1,2010-12-01,1.50,c1,France", "not written as the source says"),
        ("1,A,a thing,1,12/1/2010 8:26,free,c1,France", "unit_price is missing, not a number"),
        ('1,A,a thing,1,12/1/2010 8:26,"1,50",c1,France', "unit_price is missing, not a number"),
        ('1,A,"a" thing,1,12/1/2010 8:26,1.50,c1,France', "unterminated quote"),
        (",A,a thing,1,12/1/2010 8:26,1.50,c1,France", "invoice_id is missing"),
        (NO_QUANTITY, "quantity is missing"),
        ("1,A,a thing,1.5,12/1/2010 8:26,1.50,c1,France", "not a whole number"),
        ("1,A,a thing,-0.5,12/1/2010 8:26,1.50,c1,France", "not a whole number"),
        ("1,A,a thing,1000000001,12/1/2010 8:26,1.50,c1,France", "quantity is above 1,000,000,000"),
        ("1,A,a thing,1,,1.50,c1,France", "invoiced_at is missing"),
        ("1,A,a thing,1,12/31/1899 8:26,1.50,c1,France", "outside the years 1900 to 2199"),
        ("1,A,a thing,1,1/1/2200 8:26,1.50,c1,France", "outside the years 1900 to 2199"),
        ("1,A,a thing,1,12/1/2010 8:26,,c1,France", "unit_price is missing"),
        ("1,A,a thing,1,12/1/2010 8:26,1.00001,c1,France", "more than 4 decimals"),
        ("1,A,a thing,1,12/1/2010 8:26,0.123456789012345,c1,France", "more than 4 decimals"),
        ("1,A,a thing,1,12/1/2010 8:26,123456789012345,c1,France", "14 digits before them"),
        ("1,A,a thing,1000000000,12/1/2010 8:26,1000,c1,France", "a trillion or more"),
        ("1,A,a thing,-1000000000,12/1/2010 8:26,1000,c1,France", "a trillion or more"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_with_its_reason_and_leaves_the_others(reader, text, error):
    (refused,) = reader.read(file_of(GOOD, text, GOOD))
    assert (refused.line_no, refused.text) == (3, text)
    assert error in refused.error
    assert reader.numbers() == [2, 4]


def test_a_line_that_lacks_many_columns_says_once_how_many_it_has(reader):
    columns, values = "".join(f",k{number}" for number in range(992)), ",v" * 992
    refused = reader.read(f"{NAMES}{columns}\n{GOOD}{values}\n1,A\n{GOOD}{values}\n")
    assert [(line.line_no, line.error) for line in refused] == [(3, "Expected Number of Columns: 1000 Found: 2")]
    assert reader.numbers() == [2, 4]


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [
        ("1000000000", "999.9999", "999999900000.0000"),
        ("-1000000000", "-999.9999", "999999900000.0000"),
        ("1", "0.0001", "0.0001"),
        ("3", "1.250000", "3.7500"),
        ("2.00", "1e2", "200.0000"),
    ],
)
def test_the_largest_smallest_and_oddly_written_numbers_are_exact(reader, quantity, price, amount):
    assert reader.read(file_of(f"1,A,a thing,{quantity},12/1/2010 8:26,{price},c1,France")) == []
    assert reader.loaded("quantity * unit_price") == [(Decimal(amount),)]


def test_an_unterminated_quote_is_one_refused_line_to_the_end_of_the_file(reader):
    opened = '1,A,"a thing,1,12/1/2010 8:26,1.50,c1,France'
    refused = reader.read(file_of(GOOD, opened, GOOD, GOOD))
    assert numbers_and_texts(refused) == [(3, f"{opened}\n{GOOD}\n{GOOD}")]
    assert reader.numbers() == [2]


@pytest.mark.parametrize(
    "description", ["a\0b", 'a"b', "a\u2028b\x0bc\x85d", "=1+1", "'; drop table raw.files; --", "$file_id {columns}"]
)
def test_odd_text_comes_in_as_it_is(reader, description):
    assert reader.read(file_of(f"1,A,{description},1,12/1/2010 8:26,1.50,c1,France", GOOD)) == []
    assert reader.loaded("line_no, description") == [(2, description), (3, "a thing")]


def test_a_field_of_three_million_letters_is_read_whole(reader):
    assert reader.read(file_of(f'1,A,"{"x" * 3_000_000}\ny",1,12/1/2010 8:26,1.50,c1,France', GOOD)) == []
    assert reader.loaded("line_no, length(description)") == [(2, 3_000_002), (4, 7)]


def test_a_line_beyond_the_longest_is_refused_and_the_rest_goes_on(reader):
    text = f"1,A,{'x' * 16_000_001},1,12/1/2010 8:26,1.50,c1,France"
    (refused,) = reader.read(file_of(GOOD, text, GOOD))
    assert (refused.line_no, refused.text == text) == (3, True)
    assert "Maximum line size of 16000000 bytes exceeded" in refused.error
    assert reader.numbers() == [2, 4]


def test_a_file_with_mixed_line_ends_is_told_from_others_that_cannot_be_read(reader):
    with pytest.raises(LineEndsError, match="state machine"):
        reader.read(f"{NAMES}\n{GOOD}\r\n{GOOD}\n")
