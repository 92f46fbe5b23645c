"""JSON: an object a line, or a list of them."""

import json
import tomllib
from decimal import Decimal

import pytest

from rfm_assets.engines.duckdb import records
from rfm_assets.ingestion import objects as json_objects
from rfm_assets.ingestion import samples
from rfm_assets.ingestion.cleaning import rebuild_touched_days
from rfm_assets.ingestion.landing import load_landing
from rfm_assets.ingestion.source import main
from rfm_assets_tests.ingestion.places import DAY, loaded, own_source


def test_objects_of_every_batch_are_read(shop, settings, monkeypatch):
    monkeypatch.setattr(json_objects, "BATCH", 2)
    objects = [{"K": f"k{number}", "D": DAY, "A": number} for number in range(1, 6)]
    (shop.landing / "a.json").write_text("".join(json.dumps(one) + "\n" for one in objects))
    loaded(shop, own_source(settings))
    assert shop.rows("select line_no, customer_id from raw.transactions order by 1") == [
        (number, f"k{number}") for number in range(1, 6)
    ]


def test_a_name_that_the_first_object_leaves_out_is_a_column_all_the_same(shop, settings):
    objects = [{"D": DAY, "A": 1}, {"K": "k2", "D": DAY, "A": 2}]
    (shop.landing / "a.json").write_text("".join(json.dumps(one) + "\n" for one in objects))
    loaded(shop, own_source(settings))
    assert shop.rows("select customer_id from raw.transactions order by line_no") == [(None,), ("k2",)]


LISTS = {
    "one line": json.dumps,
    "many lines": lambda objects: json.dumps(objects, indent=1),
    "byte order mark": lambda objects: "\ufeff\n " + json.dumps(objects),
}


@pytest.mark.parametrize("write", LISTS.values(), ids=LISTS)
def test_a_list_of_objects_is_read_as_one_a_line(shop, settings, write, monkeypatch):
    monkeypatch.setattr(records, "BATCH", 2)
    objects = [{"K": f"k{number}\n\u00d6", "D": DAY, "A": number} for number in range(1, 4)]
    content = write([*objects, 7, {"K": "k5", "D": DAY, "A": "bad"}]).replace('"A": 2', '"A": 2.50')
    (shop.landing / "a.json").write_text(content, encoding="utf-8", newline="")
    loaded(shop, own_source(settings), share=1)
    assert shop.rows("select line_no, customer_id, unit_price from raw.transactions order by 1") == [
        (number, f"k{number}\n\u00d6", Decimal(f"{number}.{5 * (number == 2)}")) for number in range(1, 4)
    ]
    refused = shop.rows("select line_no, error from raw.unreadable order by 1")
    assert [line_no for line_no, _ in refused] == [4, 5]
    assert refused[0][1] == "no JSON object"
    assert refused[1][1].startswith("amount")


@pytest.mark.parametrize("name", ["a.json.gz", "a.json.zst", "a*.json"])
def test_the_name_of_a_list_says_nothing_of_what_is_in_it(shop, settings, name):
    (shop.landing / name).write_text(json.dumps([{"K": "k1", "D": DAY, "A": 1}]))
    loaded(shop, own_source(settings))
    assert shop.rows("select customer_id from raw.transactions") == [("k1",)]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ('\u00a0[{"K": "k1"}]', "columns missing"),
        ('[{"K": "k1"}, {"K": "k2"', "Malformed JSON"),
        ('[{"K": "k1"}]\n[{"K": "k2"}]\n', "Malformed JSON"),
        ("[]", "it has no JSON objects (it is empty). Is it a day without orders? Then set `files` in its mapping"),
        ('[["k1"], ["k2"]]', "it has no JSON objects (no JSON object)"),
        ('{"K": "k1"\n"D": "2011-12-09", "A": 1}', "it has no JSON objects (no JSON: "),
        ('{\n"K": "k1"\n}\n{\n"K": "k2"\n', "Malformed JSON"),
        ('{\n"K": "' + 40_000_000 * "k" + '"\n}', "if it is large, as one object a line"),
    ],
)
def test_json_that_is_cut_off_or_has_no_objects_is_refused(shop, settings, content, error):
    (shop.landing / "a.json").write_text(content)
    (outcome,) = load_landing(shop.engine, shop.landing, 1, intake=own_source(settings))
    assert outcome.status == "failed"
    assert error in outcome.error
    assert shop.rows("select count(*) from raw.transactions") == [(0,)]


def test_the_first_line_of_json_may_be_bad_like_any_other(shop, settings):
    (shop.landing / "a.json").write_text('{"K": "k1\n' + json.dumps({"K": "k2", "D": DAY, "A": 1}) + "\n")
    loaded(shop, own_source(settings), share=1)
    assert shop.rows("select line_no, customer_id from raw.transactions") == [(2, "k2")]
    assert shop.rows("select line_no from raw.unreadable") == [(1,)]


def test_half_a_letter_in_json_is_one_unreadable_line_and_a_whole_one_is_a_letter(shop, settings):
    lines = [f'{{"K": "{customer}", "D": "{DAY}", "A": 1}}' for customer in (r"\ud83d\ude00", r"\ud83d")]
    (shop.landing / "a.json").write_text("\r\n".join(lines) + "\r\n", newline="")
    loaded(shop, own_source(settings), share=1)
    assert shop.rows("select line_no, customer_id from raw.transactions") == [(1, "\U0001f600")]
    ((line_no, text, error),) = shop.rows("select line_no, text, error from raw.unreadable")
    assert (line_no, text) == (2, lines[1])
    assert error.endswith("surrogates not allowed")


def test_names_in_json_are_columns_with_blanks_around_them_too(shop, settings):
    one = {" K": "k1", "D\u00a0": DAY, "A ": 1.5}
    (shop.landing / "a.json").write_text(json.dumps(one) + "\n")
    loaded(shop, own_source(settings, 'decimal = ","'))
    assert shop.rows("select customer_id, unit_price from raw.transactions") == [("k1", Decimal("1.5"))]


ORDERS = [
    {
        "id": "o1", "customer": {"id": 7, "address": {"country": "FR"}}, "at": DAY,
        "items": [
            {"sku": "a", "quantity": 1, "price": {"each": "1.50"}},
            {"sku": "b", "quantity": 2, "price": {"each": 3.25}},
        ],
        "taxes": [{"rate": 0.2}, {"rate": 0.1}, {"rate": 0.0}],
    },
    {"id": "o2", "customer": None, "at": DAY, "items": [], "taxes": []},
    {"id": "o3", "customer": {"id": 8}, "at": DAY, "items": [{"sku": "a", "quantity": 1, "price": {"each": 2}}]},
]  # fmt: skip
COLUMNS = {
    "invoice_id": "id", "customer_id": "customer.id", "country": "customer.address.country", "invoiced_at": "at",
    "stock_code": "items.sku", "quantity": "items.quantity", "unit_price": "items.price.each", "amount": None,
}  # fmt: skip


@pytest.mark.parametrize("batch", [1, 100])
@pytest.mark.parametrize("form", ["lines", "list"])
def test_an_order_that_holds_its_customer_and_items_is_a_line_for_each_item(shop, settings, monkeypatch, form, batch):
    monkeypatch.setattr(json_objects, "BATCH", batch)
    text = "\n".join(map(json.dumps, ORDERS)) if form == "lines" else json.dumps(ORDERS)
    (shop.landing / "a.json").write_text(text)
    outcome = loaded(shop, own_source(settings, **COLUMNS), share=1)
    assert (outcome.line_count, outcome.unreadable_count) == (4, 1)
    assert shop.rows(
        "select line_no, invoice_id, customer_id, country, stock_code, quantity, unit_price from raw.transactions"
        " order by line_no"
    ) == [
        (1, "o1", "7", "FR", "a", 1, Decimal("1.5")),
        (2, "o1", "7", "FR", "b", 2, Decimal("3.25")),
        (4, "o3", "8", None, "a", 1, Decimal(2)),
    ]
    assert shop.rows("select line_no, error from raw.unreadable") == [
        (3, "quantity is missing or not a whole number")
    ]  # an order without items is no sale, and not lost


PAGES = [{"page": 1, "orders": ORDERS[:2]}, {"page": 2, "orders": []}, {"page": 3, "orders": ORDERS[2:]}]
WRAPPED = {
    "a page a line": lambda: "\n".join(map(json.dumps, PAGES)),
    "a list of pages": lambda: json.dumps(PAGES),
    "pages over several lines": lambda: "\n".join(json.dumps(page, indent=2) for page in PAGES),
    "as PostgreSQL puts rows together": lambda: "\n".join(json.dumps(page).replace(", {", ", \n {") for page in PAGES),
    "a first line that ends in a comma": lambda: "\n".join(json.dumps(page).replace(", ", ",\n ") for page in PAGES),
    "lists begun on the first line": lambda: "\r\n".join(json.dumps(page).replace("[", "[\n") for page in PAGES),
}


@pytest.mark.parametrize("write", WRAPPED.values(), ids=WRAPPED)
def test_orders_in_a_list_of_pages_are_a_line_for_each_item(shop, settings, write):
    (shop.landing / "a.json").write_text(write(), newline="")
    columns = {ours: theirs and f"orders.{theirs}" for ours, theirs in COLUMNS.items()}
    outcome = loaded(shop, own_source(settings, **columns), share=1)
    assert (outcome.line_count, outcome.unreadable_count) == (4, 1)  # an order without items; a page has no lines
    assert shop.rows("select line_no, invoice_id, customer_id, stock_code from raw.transactions order by line_no") == [
        (1, "o1", "7", "a"), (2, "o1", "7", "b"), (5, "o3", "8", "a"),
    ]  # fmt: skip


@pytest.mark.parametrize("pages", [1, 30])
def test_the_empty_page_behind_the_last_order_is_no_line(shop, settings, pages):
    text = [{"orders": [ORDERS[0] | {"id": f"o{page}"}], "next": page} for page in range(pages)]
    (shop.landing / "a.json").write_text("\n".join(map(json.dumps, [{"orders": []}, *text, {"orders": []}])))
    columns = {ours: theirs and f"orders.{theirs}" for ours, theirs in COLUMNS.items()}
    outcome = loaded(shop, own_source(settings, **columns), share=0)
    assert (outcome.line_count, outcome.unreadable_count) == (2 * pages, 0)
    assert shop.rows("select min(line_no), count(distinct line_no) from raw.transactions") == [(2, 2 * pages)]


EMPTY_DAYS = {
    "a list": "[]",
    "a page": '{"orders": []}',
    "pages": '[{"orders": [], "next": 2},\n{"orders": []}]',
    "within": '{"data": {"orders": []}}',
}


@pytest.mark.parametrize("content", EMPTY_DAYS.values(), ids=EMPTY_DAYS)
def test_a_day_without_orders_is_one_of_the_mapping_that_asks_for_the_file(shop, settings, content):
    (shop.landing / "a.json").write_text(content)
    before = "data.orders" if "data" in content else "orders"
    columns = {ours: theirs and f"{before}.{theirs}" for ours, theirs in COLUMNS.items()}
    assert load_landing(shop.engine, shop.landing, 1, intake=own_source(settings, **columns))[0].status == "failed"
    outcome = loaded(shop, own_source(settings, 'files = "*.json"', **columns), share=0)
    assert (outcome.line_count, outcome.unreadable_count) == (0, 0)
    assert shop.rows("select name, source, first_on from raw.files") == [("a.json", "own", None)]


def test_an_answer_that_has_other_names_is_no_day_without_orders(shop, settings):
    (shop.landing / "a.json").write_text('{"errors": []}')
    columns = {ours: theirs and f"orders.{theirs}" for ours, theirs in COLUMNS.items()}
    own = own_source(settings, 'files = "*.json"', **columns)
    (outcome,) = load_landing(shop.engine, shop.landing, 1, intake=own)
    assert "columns missing" in outcome.error


def test_what_is_no_order_among_orders_is_one_line_that_cannot_be_read(shop, settings):
    (shop.landing / "a.json").write_text(json.dumps({"orders": [ORDERS[0], None, 7, ORDERS[2]]}))
    columns = {ours: theirs and f"orders.{theirs}" for ours, theirs in COLUMNS.items()}
    assert loaded(shop, own_source(settings, **columns), share=1).unreadable_count == 2
    assert shop.rows("select line_no from raw.transactions order by all") == [(1,), (2,), (5,)]


@pytest.mark.parametrize(("share", "status"), [(0.4, "failed"), (0.6, "loaded")])
def test_a_page_that_is_cut_off_counts_as_many_lines_as_the_largest(shop, settings, share, status):
    page = json.dumps({"orders": [ORDERS[0], ORDERS[2]]})
    (shop.landing / "a.json").write_text(f"{page}\n{page[:-30]}")
    columns = {ours: theirs and f"orders.{theirs}" for ours, theirs in COLUMNS.items()}
    (outcome,) = load_landing(shop.engine, shop.landing, share, intake=own_source(settings, **columns))
    assert outcome.status == status
    assert ("3 of 6 lines cannot be read" in (outcome.error or "")) == (status == "failed")


def test_an_event_that_is_left_out_needs_no_order(shop, settings):
    more = 'leave_out = { column = "event", values = ["view"] }'
    intake = own_source(settings, more, invoice_id="order.id", amount="order.total")
    events = [
        {"event": "view", "K": "k1", "D": DAY},
        {"event": "view", "K": None, "D": DAY},
        {"event": "bought", "K": "k1", "D": DAY, "order": {"id": "o1", "total": 5}},
        {"event": "bought", "K": "k1", "D": DAY, "order": {"id": "", "total": 5}},
    ]
    (shop.landing / "a.json").write_text("\n".join(map(json.dumps, events)))
    assert loaded(shop, intake, share=1).unreadable_count == 1
    rebuild_touched_days(shop.engine)
    assert shop.rows("select invoice_id, amount from clean.transactions") == [("o1", Decimal(5))]
    assert shop.rows("select distinct reason from clean.rejected where customer_id is not null") == [("zero_price",)]


def test_items_and_something_else_of_an_order_do_not_belong_together(shop, settings):
    (shop.landing / "a.json").write_text("\n".join(map(json.dumps, ORDERS[:1])))
    intake = own_source(settings, **COLUMNS | {"description": "taxes.rate"})
    (outcome,) = load_landing(shop.engine, shop.landing, 0, intake=intake)
    assert outcome.status == "failed"
    assert "the columns are of several lists: items, taxes. Map those of one" in outcome.error


def test_a_draft_of_orders_that_hold_others_names_them_with_dots(shop, settings, capsys):
    (shop.landing / "a.json").write_text(json.dumps(ORDERS))
    assert main([str(shop.landing / "a.json")]) == 0
    drafted = tomllib.loads((settings.sources / "a.toml.draft").read_text(encoding="utf-8"))["columns"]
    assert drafted["customer_id"] == "customer.id"
    assert drafted["unit_price"] == "items.price.each"
    assert drafted["stock_code"] == "items.sku"
    assert "Counted: 3 sale." in capsys.readouterr().out
    assert "taxes" not in (settings.sources / "a.toml.draft").read_text(encoding="utf-8")


@pytest.mark.parametrize("write", WRAPPED.values(), ids=WRAPPED)
def test_a_large_file_is_looked_at_where_it_begins(shop, settings, capsys, monkeypatch, write):
    own_source(settings, **{ours: theirs and f"orders.{theirs}" for ours, theirs in COLUMNS.items()})
    monkeypatch.setattr(samples, "LOOKED_AT", 2)  # pages, of which the second is empty
    (shop.landing / "a.json").write_text(write(), newline="")
    assert main([str(shop.landing / "a.json")]) == 0
    assert "Counted: 2 sale." in capsys.readouterr().out


def test_a_draft_of_pages_names_the_lists_that_lead_to_the_items(shop, settings, capsys):
    (shop.landing / "a.json").write_text(json.dumps({"orders": ORDERS}, indent=2))
    assert main([str(shop.landing / "a.json")]) == 0
    drafted = tomllib.loads((settings.sources / "a.toml.draft").read_text(encoding="utf-8"))["columns"]
    assert drafted["customer_id"] == "orders.customer.id"
    assert drafted["unit_price"] == "orders.items.price.each"
    assert "Counted: 3 sale." in capsys.readouterr().out
