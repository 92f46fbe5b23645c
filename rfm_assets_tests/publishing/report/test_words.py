"""How the report writes numbers and lists."""

from decimal import Decimal

import pytest

from rfm_assets.publishing.report.words import (
    deviations,
    isolated,
    listed,
    money,
    plural,
    share,
    short,
    signed,
    typical,
)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (Decimal("8290000"), "8.29 million GBP"),
        (Decimal("12345.67"), "12,346 GBP"),
        (Decimal("81.5200"), "81.52 GBP"),
        (Decimal("-1234567890"), "-1.23 billion GBP"),
        (Decimal(999_999_999), "1.00 billion GBP"),
        (Decimal(999_990_000), "999.99 million GBP"),
        (Decimal(0), "0.00 GBP"),
    ],
)
def test_an_amount_is_as_long_as_people_read_it(amount, words):
    assert money(amount, "GBP") == words


@pytest.mark.parametrize(
    ("part", "words"),
    [(0.741, "74%"), (0.001, "under 1%"), (0.005, "under 1%"), (0.0, "0%"), (None, "–")],  # noqa: RUF001
)
def test_a_share_that_is_not_nothing_is_not_called_nothing(part, words):
    assert share(part) == words


def test_items_are_listed_as_in_a_sentence():
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], "or")] == [
        "",
        "a",
        "a and b",
        "a, b or c",
    ]


def test_numbers_have_their_noun_and_changes_their_sign():
    assert [plural(1, "day"), plural(2000, "day"), plural(0, "entry", "entries")] == [
        "1 day",
        "2,000 days",
        "0 entries",
    ]
    assert [typical(1.0, "order"), typical(2.5, "order"), typical(1200, "order")] == [
        "1 order",
        "2.5 orders",
        "1,200 orders",
    ]
    assert [signed(3), signed(-1200), signed(0)] == ["+3", "-1,200", "no change"]
    assert [deviations(-0.04, 1), deviations(-0.06, 1), deviations(1.26, 1)] == ["0.0", "-0.1", "+1.3"]
    assert [short(8_290_000), short(393_400), short(Decimal("81.5"))] == ["8.29M", "393k", "81.5"]
    assert [short(999.6), short(-999_960), short(999_999_999), short(2e12)] == ["1k", "-1M", "1B", "2T"]


def test_what_rounds_to_nothing_from_below_has_no_sign():
    assert [share(-0.001), share(-0.0004, 1), money(-0.001, "GBP")] == ["0%", "0.0%", "0.00 GBP"]
    assert [share(-0.01), money(-10, "GBP")] == ["-1%", "-10.00 GBP"]


def test_a_name_in_hebrew_or_arabic_keeps_to_itself_and_other_names_are_as_they_are():
    assert isolated('עברית "שם" 3, Loyal 4 and عملاء جدد (10)') == (
        '\u2068עברית "שם\u2069" 3, Loyal 4 and \u2068عملاء جدد\u2069 (10)'  # noqa: RUF001 - right-to-left letters
    )
    assert isolated("שלום 2 עולם 7") == "\u2068שלום 2 עולם\u2069 7"  # noqa: RUF001 - right-to-left letters
    assert isolated("Πιστοί 3, 新しい 4 and Größe 5") == "Πιστοί 3, 新しい 4 and Größe 5"
