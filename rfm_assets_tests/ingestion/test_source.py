"""The command that looks at a file: what fits, a draft when nothing does, and five mapped lines."""

import json
import tomllib
from pathlib import Path

import duckdb
import polars as pl
import pytest
import xlsxwriter

from rfm_assets.ingestion.mappings import read_source
from rfm_assets.ingestion.source import main
from rfm_assets_tests.ingestion.places import OWN, OWN_LINES, TILL

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


def test_a_wrong_list_of_codes_is_one_line_on_stderr(settings, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("RFM_EXCLUDE_NON_PRODUCTS", "true")
    monkeypatch.setenv("RFM_NON_PRODUCTS", str(tmp_path / "nowhere.toml"))
    (tmp_path / "till.csv").write_text(TILL, encoding="utf-8")
    assert main([str(tmp_path / "till.csv")]) == 2
    assert capsys.readouterr().err.startswith("error: RFM_NON_PRODUCTS")


def test_a_draft_is_written_with_its_guesses_marked_and_puts_nothing_in_force(settings, tmp_path, capsys):
    file = tmp_path / "Till 1.csv"
    file.write_text(TILL, encoding="cp1252")
    assert main([str(file)]) == 0
    shown = capsys.readouterr().out
    assert "columns missing" in shown
    assert "`make source FILE=...`" not in shown
    assert "1234.5000" in shown
    assert "[b]Mütze[/b] :bell:" in shown
    assert "None" not in shown
    draft = settings.sources / "till_1.toml.draft"
    source = read_source("till_1", draft)
    assert source.columns == {
        "invoiced_at": "Datum", "invoice_id": "Beleg", "customer_id": "Kunde", "quantity": "Menge",
        "unit_price": "Preis", "stock_code": "Artikel", "description": "Bezeichnung",
    }  # fmt: skip
    assert (source.timestamp_formats, source.decimal, source.thousands) == (("%d.%m.%Y %H:%M",), ",", ".")
    entries = [line for line in draft.read_text(encoding="utf-8").splitlines() if " = " in line]
    assert all("#" in line for line in entries)
    assert main([str(file)]) == 2
    assert "is there already" in capsys.readouterr().err


SHOP = """Order Number,Order Date,Customer Note,Customer User ID,SKU,Item Name,Price List,Quantity,Order Line Total
1,2024-01-01 21:41,,17,C34,Teapot,retail,3,"$1,204.50"
2,2024-01-02 09:05,,18,H17,Mug,retail,1,$4.00
"""


def test_a_draft_takes_a_column_by_its_name_where_it_has_values_and_quantity_and_money_where_they_are_numbers(
    settings, tmp_path
):
    file = tmp_path / "shop.csv"
    file.write_text(SHOP, encoding="utf-8")
    assert main([str(file)]) == 0
    draft = tomllib.loads((settings.sources / "shop.toml.draft").read_text(encoding="utf-8"))
    assert draft["columns"] == {
        "invoiced_at": "Order Date", "invoice_id": "Order Number", "customer_id": "Customer User ID",
        "quantity": "Quantity", "amount": "Order Line Total", "stock_code": "SKU", "description": "Item Name",
    }  # fmt: skip
    assert (draft["currency_sign"], draft["decimal"], draft["thousands"]) == ("$", ".", ",")


def test_a_draft_tells_the_way_of_writing_money_where_no_name_tells_the_column_of_it(settings, tmp_path):
    file = tmp_path / "shop.csv"
    file.write_text('Order,When,Who,Worth\n1,2024-01-02,a,"$1,204.50"\n2,2024-01-02,b,$1.50\n', encoding="utf-8")
    assert main([str(file)]) == 0
    draft = tomllib.loads((settings.sources / "shop.toml.draft").read_text(encoding="utf-8"))
    assert "amount" not in draft["columns"]
    assert (draft["currency_sign"], draft["decimal"], draft["thousands"]) == ("$", ".", ",")


@pytest.mark.parametrize("picture", ["report.png", "asset_graph.png"])
def test_no_draft_is_made_of_a_picture(settings, capsys, picture):
    path = ROOT / "docs" / "pictures" / picture
    assert main([str(path)]) == 2
    assert capsys.readouterr().err == (
        f"error: {path} is neither text nor a workbook. Export a table as CSV, xlsx, Parquet or JSON\n"
    )
    assert not settings.sources.exists()


def test_a_draft_says_when_day_and_month_cannot_be_told_apart(settings, tmp_path):
    file = tmp_path / "log.txt"
    file.write_text("c1 01/02/2020 1 29.33\nc1 03/04/2020 2 10.00\n", encoding="utf-8")
    assert main([str(file)]) == 0
    text = (settings.sources / "log.toml.draft").read_text(encoding="utf-8")
    assert "'%m/%d/%Y' and '%d/%m/%Y' both read the first lines" in text
    assert "has_header = false" in text


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("17850 2020-01-31 2 29.33", {"customer_id": 1, "invoiced_at": 2, "quantity": 3, "amount": 4}),
        ("k1 2020-01-31 2 29.33", {"customer_id": 1, "invoiced_at": 2, "quantity": 3, "amount": 4}),
        ("20200131 17850 29.33", {"invoiced_at": 1, "customer_id": 2, "amount": 3}),
        ("k1 2020-01-31 29.33", {"customer_id": 1, "invoiced_at": 2, "amount": 3}),
        ("2020-01-31 29.33 k1", {"invoiced_at": 1, "amount": 2, "customer_id": 3}),
    ],
)
def test_what_the_columns_of_a_log_without_a_header_are_is_told_by_their_values(settings, tmp_path, line, columns):
    file = tmp_path / "log.txt"
    file.write_text(f"{line}\n{line}\n", encoding="utf-8")
    assert main([str(file)]) == 0
    draft = tomllib.loads((settings.sources / "log.toml.draft").read_text(encoding="utf-8"))
    assert draft["columns"] == columns


def test_a_wrong_setting_is_one_line_on_stderr(monkeypatch, capsys):
    monkeypatch.setenv("RFM_CURRENCY", "pounds")
    assert main(["till.csv"]) == 2
    assert capsys.readouterr().err.startswith("error: RFM_CURRENCY is 'pounds'")


@pytest.mark.parametrize("content", [None, b"", b"\x1f\x8b\x08"])
def test_a_file_that_cannot_be_read_is_one_line_on_stderr(settings, tmp_path, capsys, content):
    file = tmp_path / "bad.csv"
    if content is not None:
        file.write_bytes(content)
    assert main([str(file)]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_file_of_nothing_that_looks_like_sales_leaves_a_draft_that_says_what_lacks(settings, tmp_path, capsys):
    file = tmp_path / "notes.txt"
    file.write_text("dear diary\ntoday it rained\n", encoding="utf-8")
    assert main([str(file)]) == 0
    assert "It is not whole yet" in capsys.readouterr().out
    assert (settings.sources / "notes.toml.draft").is_file()


@pytest.mark.parametrize("odd", ["date 'infinity'", "timestamp '-infinity'", "interval 3 days", "[1]"])
def test_a_draft_is_made_of_a_parquet_file_whatever_its_other_columns_hold(settings, tmp_path, capsys, odd):
    path = tmp_path / "log.parquet"
    select = f"select 'k1' as Kunde, date '2024-01-31' as Datum, 1.5 as Betrag, {odd} as odd"
    duckdb.sql(select).write_parquet(str(path))
    assert main([str(path)]) == 0
    assert "1 line was looked at, and each could be read." in capsys.readouterr().out
    draft = tomllib.loads((settings.sources / "log.toml.draft").read_text(encoding="utf-8"))
    assert draft["columns"] == {"invoiced_at": "Datum", "customer_id": "Kunde", "amount": "Betrag"}
    assert draft["timestamp_formats"] == ["%Y-%m-%d"]


def test_a_parquet_file_of_nothing_that_a_field_could_be_leaves_a_draft_that_says_what_lacks(
    settings, tmp_path, capsys
):
    pl.DataFrame({"Tags": [["a"]]}).write_parquet(tmp_path / "log.parquet")
    assert main([str(tmp_path / "log.parquet")]) == 0
    assert "It is not whole yet" in capsys.readouterr().out


def test_a_damaged_parquet_file_is_one_line_on_stderr(settings, tmp_path, capsys):
    path = tmp_path / "log.parquet"
    pl.DataFrame({"Kunde": [f"k{number}" for number in range(1000)]}).write_parquet(path)
    content = path.read_bytes()
    path.write_bytes(content[:4] + b"\xff" * 200 + content[204:])
    assert main([str(path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: DuckDB cannot read it: ")
    assert said.endswith("Export it again\n")


def test_a_workbook_without_rows_is_told_and_no_draft_is_made_of_nothing(settings, tmp_path, capsys):
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        book.add_worksheet()
        book.add_worksheet()
    assert main([str(tmp_path / "book.xlsx")]) == 2
    assert capsys.readouterr().err == (
        "error: the workbook holds no rows. Export it again, or take it out of the landing folder\n"
    )
    assert not settings.sources.exists()


def test_a_blank_line_and_a_broken_one_are_no_columns_of_newline_delimited_json(settings, tmp_path, capsys):
    rows = [json.dumps({"Kunde": "k1", "Datum": "2024-01-31", "Betrag": amount}) for amount in (1, 2.5)]
    (tmp_path / "log.json").write_text("\n".join(["", rows[0], '{"Kunde', rows[1]]), encoding="utf-8")
    assert main([str(tmp_path / "log.json")]) == 0
    shown = capsys.readouterr().out
    assert "; found: Kunde, Datum, Betrag. No source fits" in shown
    assert "1 of the 3 lines looked at cannot be read. The first is line 3: no JSON: " in shown


def test_a_file_in_landing_is_matched_by_its_path_below_it_and_no_draft_is_made_where_several_mappings_fit(
    settings, tmp_path, capsys
):
    settings.sources.mkdir()
    (settings.sources / "own.toml").write_text('files = "shop/*.csv"\n' + OWN)
    (settings.sources / "twin.toml").write_text('files = "*/a.csv"\n' + OWN)
    for name, status, said in (("shop/b.csv", 0, "The source own fits."), ("shop/a.csv", 2, "several sources fit")):
        file = settings.landing / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(OWN_LINES)
        assert main([str(file)]) == status
        assert said in "".join(capsys.readouterr())
    assert not list(settings.sources.glob("*.draft"))


def test_a_folder_is_no_file(settings, tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"error: {tmp_path} is a folder: say which file in it\n"


def test_no_draft_is_made_beside_a_mapping_of_its_name(settings, tmp_path, capsys):
    settings.sources.mkdir()
    (settings.sources / "till.toml").write_text(OWN)
    (tmp_path / "till.csv").write_text(TILL, encoding="utf-8")
    assert main([str(tmp_path / "till.csv")]) == 2
    assert f"{settings.sources / 'till.toml'} is there already" in capsys.readouterr().err
    assert [file.name for file in settings.sources.iterdir()] == ["till.toml"]


def test_columns_that_hold_no_values_are_no_fields(settings, tmp_path, capsys):
    rows = {"Beleg": ["1", "2"], "Tags": [["a"], ["b"]], "Bild": [b"\xff", b"\xfe"], "Menge": [1, 2]}
    pl.DataFrame(rows).write_parquet(tmp_path / "log.parquet")
    assert main([str(tmp_path / "log.parquet")]) == 0
    assert "It is not whole yet" in capsys.readouterr().out
