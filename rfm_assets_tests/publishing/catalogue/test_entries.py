"""What the catalogue shows of a table: counted by hand on small rows."""

import re
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.publishing.catalogue import entries, model_entries
from rfm_assets.publishing.markdown import markdown_table
from rfm_assets_tests.rows import line, write_rows

DAY, DAY_BEFORE = date(2011, 12, 9), date(2011, 12, 8)
DAY_AFTER = date(2011, 12, 10)


def table(markdown):
    """Return the rows of a Markdown table as lists of cells, its headings first."""
    lines = [text for text in markdown.splitlines() if text.startswith("|")]
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", text)[1:-1]] for text in lines]
    return [rows[0], *rows[2:]]


def buyers(warehouse, *numbers):
    """Put customers into `rfm.customers`: recency, frequency, monetary and the two scores."""
    write_rows(
        warehouse,
        "rfm.customers",
        *((DAY, f"c{i}", *row[:3], 10, 0, DAY, *row[3:], 1, "111", "Lost") for i, row in enumerate(numbers)),
    )


def test_the_ledger_says_what_became_of_each_line_with_its_share_and_money(shop):
    shop.drop("a.csv", line("1"), line("1"), line("2", customer=""), line("3", price="0"))
    shop.refresh()
    told = entries.ledger(shop.engine)
    rows = {row[0]: row[1:] for row in table(told.markdown["ledger"])}
    assert rows["accepted: sale"][:2] == ["1", "25.00%"]
    assert rows["rejected: duplicate"][:2] == ["1", "25.00%"]
    assert rows["rejected: missing_customer"][:2] == ["1", "25.00%"]
    assert rows["rejected: zero_price"] == ["1", "25.00%", "0.00"]
    assert rows["rejected: adjustment"] == ["0", "0.00%", "0.00"]
    assert rows["all lines read"][:2] == ["4", "100.00%"]
    assert told.told == {"lines_read_in_all": 4, "rejected_share": 0.75, "missing_customer_share": 0.25}


def test_the_files_are_listed_newest_first(shop):
    shop.drop("a.csv", line("1"))
    shop.refresh()
    shop.drop("b.csv", line("2"), line("3"))
    shop.refresh()
    rows = table(entries.files(shop.engine).markdown["newest files"])
    assert [row[:4] for row in rows[1:]] == [["b.csv", "loaded", "2", "0"], ["a.csv", "loaded", "1", "0"]]


def test_a_warehouse_without_lines_has_no_ledger_to_show(warehouse):
    assert entries.ledger(warehouse) == entries.Entry()


def test_the_distribution_is_that_of_the_customers(warehouse):
    buyers(warehouse, (0, 1, Decimal("10"), 5, 1), (10, 3, Decimal("30"), 3, 3), (20, 8, Decimal("80"), 1, 5))
    told = entries.customers(warehouse, DAY)
    rows = {row[0]: row[1:] for row in table(told.markdown["distribution"])}
    assert rows["recency"] == ["0", "1", "5", "10", "15", "19", "20"]
    assert rows["monetary"][0::3] == ["10", "30", "80"]
    assert told.told == {
        "customers": 3, "monetary": 120.0, "median_recency_days": 10.0, "mean_frequency": 4.0, "median_monetary": 30.0,
    }  # fmt: skip
    assert table(told.markdown["customers by score"])[1:] == [
        ["recency 5", "1", "0", "0", "0", "0"],
        ["recency 3", "0", "0", "1", "0", "0"],
        ["recency 1", "0", "0", "0", "0", "1"],
    ]


def test_customers_of_another_day_count_in_nothing(warehouse):
    write_rows(
        warehouse,
        "rfm.customers",
        (DAY, "c1", 10, 3, Decimal("30"), 10, 0, DAY, 5, 3, 1, "531", "Lost"),
        (DAY_BEFORE, "c1", 400, 90, Decimal("900"), 10, 0, DAY, 5, 2, 1, "521", "Lost"),
        (DAY_AFTER, "c1", 400, 90, Decimal("900"), 10, 0, DAY, 1, 3, 1, "131", "Lost"),
    )
    told = entries.customers(warehouse, DAY)
    assert [row[1:] for row in table(told.markdown["distribution"])[1:]] == [["10"] * 7, ["3"] * 7, ["30"] * 7]
    assert table(told.markdown["customers by score"])[1:] == [["recency 5", "0", "0", "1", "0", "0"]]
    assert told.told == {
        "customers": 1, "monetary": 30.0, "median_recency_days": 10.0, "mean_frequency": 3.0, "median_monetary": 30.0,
    }  # fmt: skip


def segmented(warehouse, *customers):
    write_rows(
        warehouse,
        "segments.customers",
        *(
            (DAY, f"c{i}", 4, 2, money, 1, 1, 1, "Lost", segment, before, None, None, 0.1, f"do {segment}", DAY, "X",
             0.1, "")
            for i, (segment, before, money) in enumerate(customers)
        ),
    )  # fmt: skip


def test_the_profile_has_the_largest_segment_first_and_what_to_do_below(warehouse):
    segmented(warehouse, ("A", "A", 1), ("B", "A", 10), ("B", None, 30), ("B", "B", 20))
    told = entries.segments(warehouse, DAY)
    assert table(told.markdown["profile"])[1:] == [
        ["B", "3", "75.0%", "4", "2.0", "20.00"],
        ["A", "1", "25.0%", "4", "2.0", "1.00"],
    ]
    assert told.markdown["profile"].endswith("\n\n- **B**: do B\n- **A**: do A")
    assert told.told == {"customers": 4, "changed_segment": 1, "share B": 0.75, "share A": 0.25}


def test_moves_are_shown_and_counted_by_cause(warehouse):
    write_rows(
        warehouse,
        "segments.moves",
        (DAY, DAY_BEFORE, "A", "B", "behaviour", 2),
        (DAY, DAY_BEFORE, "B", "A", "behaviour", 1),
        (DAY, DAY_BEFORE, None, "A", "arrived", 5),
    )
    told = entries.moves(warehouse, DAY)
    assert table(told.markdown["moves"])[1:] == [
        ["", "A", "arrived", "5"],
        ["A", "B", "behaviour", "2"],
        ["B", "A", "behaviour", "1"],
    ]
    assert told.told == {"moved": 8, "moved by arrived": 5, "moved by behaviour": 3}


def test_a_day_on_which_nobody_moved_says_so(warehouse):
    told = entries.moves(warehouse, DAY)
    assert (told.markdown, told.told) == ({"moves": "Nobody moved."}, {"moved": 0})


def test_more_moves_than_fit_are_counted(warehouse):
    write_rows(warehouse, "segments.moves", *((DAY, DAY_BEFORE, "A", f"s{i:02}", "ageing", 1) for i in range(23)))
    assert entries.moves(warehouse, DAY).markdown["moves"].endswith("\n\nand 3 more ways, in the table")


def test_as_many_moves_as_fit_are_all_there_are(warehouse):
    write_rows(warehouse, "segments.moves", *((DAY, DAY_BEFORE, "A", f"s{i:02}", "ageing", 1) for i in range(20)))
    assert "more ways" not in entries.moves(warehouse, DAY).markdown["moves"]


def test_of_products_and_countries_the_first_three_of_the_day_are_shown(warehouse):
    places = [(day, segment, place) for day in (DAY_BEFORE, DAY) for segment in "BA" for place in (4, 3, 2, 1)]
    names = [f"{segment}{place} of {day.day}" for day, segment, place in places]
    write_rows(
        warehouse,
        "segments.profile_products",
        *((*at, "7", name, 10, 0.5, 12, 3) for at, name in zip(places, names, strict=True)),
    )
    write_rows(
        warehouse,
        "segments.profile_countries",
        *((*at, name, 2, 0.25, 10, 0.5) for at, name in zip(places, names, strict=True)),
    )
    shown = [[segment, f"{segment}{place} of 9"] for segment in "AB" for place in (1, 2, 3)]
    products, countries = (
        table(told.markdown["first three of each segment"])[1:]
        for told in (entries.top_products(warehouse, DAY), entries.top_countries(warehouse, DAY))
    )
    assert products == [[*row, "10", "50.0%"] for row in shown]
    assert countries == [[*row, "2", "50.0%"] for row in shown]


def test_a_bar_shows_that_anybody_is_there_however_few(warehouse):
    recencies = [0] * 20 + [16]
    buyers(warehouse, *((recency, 1, Decimal("10"), 1, 1) for recency in recencies))
    features = dict.fromkeys(TABLES["features.customers"].column_names, 0.0)
    known = {"snapshot_on": DAY, "model_version": DAY, "is_outlier": False}
    rows = [features | known | {"customer_id": f"c{i}"} for i in range(len(recencies))]
    write_rows(warehouse, "features.customers", *(tuple(row.values()) for row in rows))
    rows = table(model_entries.scaling(warehouse, DAY).markdown["before and after scaling"])
    assert rows[1][4] == "█" + " " * 22 + "▁"


def test_the_scaling_is_shown_before_and_after_with_the_shape(warehouse):
    buyers(warehouse, *((recency, 1, Decimal("10"), 1, 1) for recency in (0, 0, 0, 16)))
    features = dict.fromkeys(TABLES["features.customers"].column_names, 0.0)
    known = {"snapshot_on": DAY, "model_version": DAY, "is_outlier": False}
    rows = [features | known | {"customer_id": f"c{i}", "recency_z": z} for i, z in enumerate((-1.0, -1.0, 1.0, 1.0))]
    write_rows(warehouse, "features.customers", *(tuple(row.values()) for row in rows))
    rows = table(model_entries.scaling(warehouse, DAY).markdown["before and after scaling"])
    assert rows[1][:3] == ["recency before", "4.00", "6.93"]
    assert rows[1][4] == "█" + " " * 22 + "▃"
    assert rows[2][:4] == ["recency after", "0.00", "1.00", "0.00"]
    assert rows[2][4] == "█" + " " * 22 + "█"


VERSION = (4, 42, 100, 50.0, 0.4, "x")


def version(on, *, promoted, reason):
    return (on, *VERSION, promoted, reason, 0, 1.0, None)


def test_the_promotion_of_the_newest_version_is_told_and_the_figures_are_those_in_force(warehouse):
    write_rows(
        warehouse,
        "model.versions",
        version(DAY_BEFORE, promoted=True, reason="K = 4; promoted"),
        version(DAY, promoted=False, reason="K = 4; not promoted: the version before goes on"),
    )
    told = model_entries.versions(warehouse, DAY)
    assert told.told["promotion"] == "2011-12-09: K = 4; not promoted: the version before goes on"
    assert (told.told["k"], told.told["inertia"], told.told["silhouette"]) == (4, 50.0, 0.4)
    assert [row[0::6] for row in table(told.markdown["versions"])[1:]] == [["2011-12-09", "no"], ["2011-12-08", "yes"]]
    assert model_entries.versions(warehouse, DAY_BEFORE).told["promotion"] == "2011-12-08: K = 4; promoted"


@pytest.fixture
def fitted(warehouse):
    """Three versions: one in force, one that was not promoted, and one of a later day."""
    days = {DAY_BEFORE: True, DAY: False, DAY_AFTER: True}
    versions = (version(day, promoted=promoted, reason="x") for day, promoted in days.items())
    write_rows(warehouse, "model.versions", *versions)
    candidates = ((day, k, 50.0, 0.4, 1.0, 0.1, 0.9, 9.0, False, True, k == 4) for day in days for k in (5, 3, 4))
    write_rows(warehouse, "model.candidates", *candidates)
    centroids = ((day, i, f"{i} of {day.day}", 10 + i, 0, 0, 0, 9, 2, 30) for day in days for i in range(3))
    write_rows(warehouse, "model.centroids", *centroids)
    return warehouse


@pytest.mark.parametrize("day", [DAY_BEFORE, DAY])
def test_the_candidates_are_those_of_the_newest_version_promoted_or_not(fitted, day):
    told = model_entries.candidates(fitted, day)
    assert told.told == {"model_version": day.isoformat()}
    assert [row[0::7] for row in table(told.markdown["candidates"])[1:]] == [["3", "no"], ["4", "yes"], ["5", "no"]]


@pytest.mark.parametrize("day", [DAY_BEFORE, DAY])
def test_the_centroids_are_those_of_the_version_in_force_the_largest_first(fitted, day):
    rows = table(model_entries.centroids(fitted, day).markdown["centroids"])[1:]
    assert [row[:2] for row in rows] == [["2 of 8", "12"], ["1 of 8", "11"], ["0 of 8", "10"]]


def test_the_rule_card_is_that_of_the_fit_that_scored(warehouse):
    segmented(warehouse, ("A", None, 1))  # by the version of the day, whose digest is empty
    rules = ((DAY, 2, "second", ""), (DAY, 1, "first", ""), (DAY_BEFORE, 1, "of another day", ""),
             (DAY, 3, "of another fit", "Y"))  # fmt: skip
    write_rows(warehouse, "model.rule_cards", *((on, n, rule, "A", 9, 0.9, 0.8, fit) for on, n, rule, fit in rules))
    told = model_entries.rule_card(warehouse, DAY)
    assert table(told.markdown["rule card"])[1:] == [["first", "A", "90.0%"], ["second", "A", "90.0%"]]
    assert told.told == {"fidelity": 0.8}
    assert model_entries.rule_card(warehouse, DAY_BEFORE) == entries.Entry()


def test_there_is_nothing_to_show_of_a_model_before_the_first_version(warehouse):
    assert model_entries.versions(warehouse, DAY) == entries.Entry()
    assert model_entries.candidates(warehouse, DAY) == entries.Entry()


def test_a_number_that_is_none_makes_no_series():
    assert entries.Entry(facts={"a": float("nan"), "b": float("inf"), "c": 1 / 3, "d": "x"}).told == {
        "c": 0.3333,
        "d": "x",
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", r"a\|b"),
        ("![x](http://a/b.png)", "!\\[x\\](h\u2060ttp://a/b.png)"),
        ("https://a.example", "h\u2060ttps://a.example"),
        ("WWW.a.example, b@a.example", "W\u2060WW.a.example, b@a.example"),
        ("<img src=x>", r"\<img src=x>"),
        ("two\nlines", "two lines"),
        ("*NEW*", r"\*NEW\*"),
    ],
)
def test_text_from_data_is_no_markdown(text, shown):
    assert markdown_table(["name"], [[text]]).splitlines()[-1] == f"| {shown} |"


def test_the_playbook_is_shown_as_it_is():
    rows = pl.DataFrame({"segment": ["A"], "description": ["who"], "recommended_action": ["call"]})
    assert table(entries.playbook(rows).markdown["playbook"])[1:] == [["A", "call"]]
