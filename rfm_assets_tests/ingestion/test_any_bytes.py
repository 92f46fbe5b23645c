"""Whatever bytes lie in landing: loaded or failed with a message, never a line lost, never a wrong total."""

import csv
import gzip
import io
import json
import re
import shutil
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.engines.duckdb.warehouse import open_warehouse
from rfm_assets.ingestion.intake import Intake
from rfm_assets.ingestion.landing import Outcome, load_landing
from rfm_assets.ingestion.mappings import load_sources

HEADER = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
MONEY = Decimal(10) ** 12
EXAMPLES = hypothesis_settings(max_examples=60, deadline=None, derandomize=True)


class Landing:
    """A warehouse and a landing folder that takes one file after the other."""

    def __init__(self, folder: Path) -> None:
        self.connection = duckdb.connect()
        open_warehouse(self.connection, Path(":memory:"))
        self.engine = DuckDBEngine(self.connection)
        self.folder = folder / "landing"

    def load(self, content: bytes, name: str = "file.csv") -> Outcome:
        """Load a file alone in landing, all lines of earlier ones gone, with any share of unreadable lines allowed."""
        for table in ("files", "transactions", "unreadable", "days"):
            self.connection.execute(f"delete from raw.{table}")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        (self.folder / name).write_bytes(content)
        (outcome,) = load_landing(self.engine, self.folder, 1, intake=Intake(load_sources(), "GBP"))
        self._check(outcome)
        return outcome

    def _check(self, outcome: Outcome) -> None:
        loaded, refused = self.rows("line_no", "transactions"), self.rows("line_no", "unreadable")
        if outcome.status == "failed":
            assert (loaded, refused) == ([], [])
            assert outcome.error
            assert "Traceback" not in outcome.error
            assert "INTERNAL" not in outcome.error
        else:
            assert outcome.line_count == len(loaded) + len(refused)
            assert len({*loaded, *refused}) == outcome.line_count

    def rows(self, columns: str, table: str) -> list[tuple]:
        return self.connection.execute(f"select {columns} from raw.{table} order by line_no").fetchall()


@pytest.fixture(scope="module")
def landing(tmp_path_factory):
    landing = Landing(tmp_path_factory.mktemp("any_bytes"))
    yield landing
    landing.connection.close()


def as_csv(rows, delimiter=","):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


@given(content=st.binary(max_size=400))
@example(content=b"")
@example(content=b"\xff\xfe")
@example(content=b"\xff\xfea")
@example(content=b"\xff\xfe\x00\xd8a\x00")
@example(content=b"\x1f\x8b")
@example(content=b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc")
@example(content=b"\x28\xb5\x2f\xfd\x00")
@example(content=b"PAR1")
@example(content=b"PAR1" + b"\x00" * 60 + b"\xff\xff\xff\x7fPAR1")
@example(content=b"PK\x03\x04" + b"\x00" * 60)
@example(content=b"PK\x05\x06" + b"\x00" * 18)
@example(content=b"[{}]")
@example(content=b'{"a": 1}\n{"a"')
@example(content=b"{" * 200_000)
@example(content=b"[" * 200_000)
@example(content=b'"' * 3)
@example(content=b"\x00" * 50)
@example(content=b"\r" * 50)
@example(content=b",;|\t" * 20)
@EXAMPLES
def test_any_bytes_end_in_an_outcome(landing, content):
    assert landing.load(content).status in ("loaded", "failed")


@given(
    content=st.binary(max_size=300),
    packed=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    delimiter=st.sampled_from(",;\t|"),
)
@example(content=b'1,2,"\n\r"\r\n', packed=False, encoding="utf-8", delimiter=",")
@EXAMPLES
def test_any_bytes_below_a_good_header_end_in_an_outcome(landing, content, packed, encoding, delimiter):
    header = (delimiter.join(HEADER) + "\n").encode(encoding)
    content = header + content
    landing.load(gzip.compress(content) if packed else content)


# Text that stands for a value: sensible, odd, hostile.
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00"), max_size=8),
    st.sampled_from(
        ["=1+1", "'; drop table raw.files; --", "$file_id", "{columns}", "a\nb", 'a"b', "\x00", "x" * 70_000]
    ),
)
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.integers(-(10**10), 10**10).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**16), max_value=10**16, places=3).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-100, max_value=100, places=6).map(str),
    st.integers(-1000, 1000).map(str),
    st.sampled_from(
        ["", " ", ".", "-", "1e3", "1.23456e2", "1e-7", "NaN", "inf", "0x10", "1_000", "1,5", "1,234", "١٢", " 7 ",
         "+3", "--3", "5.", ".5", "0.00001", "2.50000", "1e99", "99999999999999.9999", "999999999999999", "1.5"]
    ),
)  # fmt: skip
MOMENTS = st.one_of(
    st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)).map(  # noqa: DTZ001
        lambda at: f"{at.month}/{at.day}/{at.year:04} {at.hour}:{at.minute:02}"
    ),
    st.sampled_from(
        ["12/1/2010 8:26", "13/13/2010 8:26", "2/30/2010 8:26", "epoch", "Infinity", "", "12/1/10 8:26", "now"]
    ),
)
GOOD_ROW = st.tuples(TEXTS, TEXTS, TEXTS, NUMBERS, MOMENTS, NUMBERS, TEXTS, TEXTS).map(list)
ROWS = st.lists(st.one_of(GOOD_ROW, GOOD_ROW, st.lists(TEXTS, max_size=10)), max_size=12)


def exact(text: str, decimals: int) -> Decimal | None:
    """Return what a person reads in a number with decimal point, or None."""
    text = text.strip(" ")
    if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]{0,4}0*)?|\.[0-9]{1,4}0*)([eE][+]?[0-9]{1,2})?", text):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if abs(number) >= 10**20:
        return None
    return number if number == round(number, decimals) else None


def amount(quantity: str, at: str, price: str, invoice: str) -> Decimal | None:
    """Return the money of a line, or None when it cannot be read."""
    if not invoice.strip(" "):
        return None
    try:
        moment = datetime.strptime(at, "%m/%d/%Y %H:%M")  # noqa: DTZ007
        units, each = exact(quantity, 0), exact(price, 4)
    except (ValueError, InvalidOperation):
        return None
    if units is None or each is None or not 1900 <= moment.year <= 2199:
        return None
    if abs(units) > 10**9 or abs(each) >= 10**14 or abs(units * each) >= MONEY:
        return None
    return units * each


@given(rows=ROWS, delimiter=st.sampled_from(",;\t|"))
@EXAMPLES
def test_the_total_of_a_text_file_is_that_of_its_readable_lines(landing, rows, delimiter):
    outcome = landing.load(as_csv([HEADER, *rows], delimiter).encode())
    if outcome.status == "failed":
        # DuckDB may take a line end within a field for one that ends a line otherwise: said, and nothing is stored.
        assert "line end" in outcome.error or "quotes are broken" in outcome.error
        return
    read = csv.reader(io.StringIO(as_csv(rows, delimiter), newline=""), delimiter=delimiter)
    records = [row for row in read if any(row) or len(row) == 1]
    assert outcome.line_count == len(records)
    found = [value for (value,) in landing.rows("quantity * unit_price", "transactions")]
    amounts = [amount(row[3], row[4], row[5], row[0]) for row in records if len(row) == len(HEADER)]
    readable = [value for value in amounts if value is not None]
    assert found == readable


@given(rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS, NUMBERS, MOMENTS, NUMBERS, TEXTS, TEXTS), max_size=12))
@EXAMPLES
def test_the_total_of_newline_delimited_json_is_that_of_its_readable_lines(landing, rows):
    objects = [dict(zip(HEADER, row, strict=True)) for row in rows]
    content = "".join(json.dumps(values) + "\n" for values in objects)
    outcome = landing.load(content.encode())
    if not rows:
        assert outcome.status == "failed"
        return
    assert (outcome.status, outcome.line_count) == ("loaded", len(rows))
    amounts = [amount(row[3], row[4], row[5], row[0]) for row in rows]
    found = [value for (value,) in landing.rows("quantity * unit_price", "transactions")]
    assert found == [value for value in amounts if value is not None]


def test_formulas_and_sql_in_text_stay_text(landing):
    texts = ["=1+1", "'; drop table raw.files; --", "$file_id {columns}", '=HYPERLINK("http://x")']
    rows = [[text, text, text, 1, "12/1/2010 8:26", "1.00", text, text] for text in texts]
    assert landing.load(as_csv([HEADER, *rows]).encode()).status == "loaded"
    columns = "invoice_id, stock_code, description, customer_id, country"
    assert landing.rows(columns, "transactions") == [(text,) * 5 for text in texts]
