"""The same lines give the same tables in every format and encoding, by each mapping that can hold them."""

from pathlib import Path

import pytest

from rfm_assets.engines.duckdb.engine import DuckDBEngine
from rfm_assets.ingestion.intake import Intake
from rfm_assets.ingestion.landing import load_landing
from rfm_assets.ingestion.mappings import load_sources
from rfm_assets_tests.ingestion import exports

COUNT = 1_000
EXPORTS = {
    "online_retail": exports.online_retail,
    "online_retail_ii": exports.online_retail_ii,
    "german": exports.german,
    "shopify_orders": exports.shopify,
    "cdnow": exports.cdnow,
}
NAMED = ("online_retail", "online_retail_ii", "german", "shopify_orders")
LINES = """
    select invoice_id, stock_code, description, quantity, invoiced_at, unit_price, customer_id, country,
        is_cancellation, invoiced_on
    from raw.transactions order by file_id, line_no
"""


@pytest.fixture
def own_sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "german.toml").write_text(exports.GERMAN_SOURCE, encoding="utf-8")
    return folder


class Loaded:
    def __init__(self, engine: DuckDBEngine, landing: Path, sources: Path) -> None:
        self.engine = engine
        self.landing = landing
        self.landing.mkdir(parents=True, exist_ok=True)
        self.intake = Intake(load_sources(sources), currency="GBP")
        self.sources = sources

    def rows(self, name: str) -> list[tuple]:
        currency = "USD" if name.startswith("cdnow") else "GBP"
        (outcome,) = load_landing(self.engine, self.landing, 0, intake=Intake(load_sources(self.sources), currency))
        assert outcome.status == "loaded", outcome.error
        assert self.engine.read("select source from raw.files").item() == name
        return self.engine.read(LINES).rows()


@pytest.fixture
def loaded(warehouse: DuckDBEngine, tmp_path: Path, own_sources: Path) -> Loaded:
    return Loaded(warehouse, tmp_path / "landing", own_sources)


def expected(source: str) -> list[tuple]:
    """Return the rows that the lines must give, worked out from them without the project."""
    made = exports.lines(COUNT)
    if source == "cdnow":
        rows = []
        for number, line in enumerate(made):
            customer, day = f"{number % 40:05}", line.at.replace(hour=0, minute=0)
            returned = line.quantity < 0
            invoice = f"{customer}-{day:%Y%m%d}{'-return' if returned else ''}"
            rows.append((invoice, None, None, line.quantity, day, line.price, customer, None, returned, day.date()))
        return rows
    if source != "shopify_orders":
        return [
            (
                line.invoice, line.code, line.description, line.quantity, line.at, line.price, line.customer,
                line.country, line.invoice.startswith("C"), line.at.date(),
            )
            for line in made
        ]  # fmt: skip
    first = {}
    for line in made:
        first.setdefault(line.invoice, line)
    rows, refunds = [], []
    for line in made:
        order = first[line.invoice]
        rows.append(
            (
                line.invoice, line.code, line.description, abs(line.quantity), order.at, line.price, order.customer,
                order.country, False, order.at.date(),
            )
        )  # fmt: skip
    for number, order in enumerate(first.values(), start=1):
        if number % 10 == 0:
            refunds.append(
                (
                    f"{order.invoice}-refund", "REFUND", "Refund", -1, order.at, order.price, order.customer,
                    order.country, True, order.at.date(),
                )
            )  # fmt: skip
    return rows + refunds


def made(source: str) -> exports.Export:
    return EXPORTS[source](exports.lines(COUNT))


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("source", list(EXPORTS))
def test_text_in_any_encoding(loaded, source, encoding, end):
    export = made(source)
    exports.write_text(loaded.landing / "lines.txt", export, export.delimiter, encoding, end)
    assert loaded.rows(source) == expected(source)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("source", NAMED)
def test_text_with_any_delimiter(loaded, source, delimiter):
    exports.write_text(loaded.landing / "lines.csv", made(source), delimiter, "utf-8")
    assert loaded.rows(source) == expected(source)


@pytest.mark.parametrize("library", ["gzip", "zstd"])
@pytest.mark.parametrize("source", list(EXPORTS))
def test_packed_text(loaded, source, library):
    exports.write_packed(loaded.landing / "lines.csv.packed", made(source), library)
    assert loaded.rows(source) == expected(source)


@pytest.mark.parametrize("as_numbers", [False, True], ids=["ids as text", "ids as numbers"])
@pytest.mark.parametrize("source", NAMED)
def test_a_workbook_of_several_sheets(loaded, source, as_numbers):
    exports.write_workbook(loaded.landing / "lines.xlsx", made(source), as_numbers=as_numbers)
    assert loaded.rows(source) == expected(source)


@pytest.mark.parametrize("typed", [False, True], ids=["text", "typed"])
@pytest.mark.parametrize("source", NAMED)
def test_parquet(loaded, source, typed):
    exports.write_parquet(loaded.landing / "lines.parquet", made(source), typed=typed)
    assert loaded.rows(source) == expected(source)


@pytest.mark.parametrize("typed", [False, True], ids=["text", "typed"])
@pytest.mark.parametrize("source", NAMED)
def test_newline_delimited_json(loaded, source, typed):
    exports.write_json(loaded.landing / "lines.ndjson", made(source), typed=typed)
    assert loaded.rows(source) == expected(source)


WRITERS = {
    "text": lambda path, export: exports.write_text(path, export, ",", "utf-8"),
    "workbook": lambda path, export: exports.write_workbook(path, export, as_numbers=False),
    "parquet": lambda path, export: exports.write_parquet(path, export, typed=True),
    "json": lambda path, export: exports.write_json(path, export, typed=True),
}


@pytest.mark.parametrize("change", [str.upper, str.lower])
@pytest.mark.parametrize("written", list(WRITERS))
def test_names_of_columns_in_another_case(loaded, written, change):
    export = made("shopify_orders")
    export = export._replace(header=[change(name) for name in export.header])
    WRITERS[written](loaded.landing / "lines", export)
    assert loaded.rows("shopify_orders") == expected("shopify_orders")
