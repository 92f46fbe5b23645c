"""Ten of the rows that break a contract, with what is wrong with each."""

from datetime import date

from rfm_assets.contracts import TABLES
from rfm_assets.contracts.offenders import offenders, offenders_in_words
from rfm_assets.contracts.violations import limits
from rfm_assets_tests.rows import write_rows

DAY = date(2011, 12, 9)
MOVES = TABLES["segments.moves"]
RANGE = {"first_snapshot": DAY, "last_snapshot": DAY}


def move(to_segment="Lost", cause="ageing", customers=1, on=DAY):
    return (on, date(2011, 12, 8), "Champions", to_segment, cause, customers)


def shown(warehouse, *meanings, is_repeated=False, most=10):
    broken = [limit for limit in limits(MOVES) if limit.meaning in meanings]
    assert len(broken) == len(meanings)
    found = warehouse.read(offenders(MOVES, broken, is_repeated=is_repeated, most=most), **RANGE)
    return offenders_in_words(found, broken, is_repeated=is_repeated)


def test_an_offending_row_is_shown_by_its_key_with_the_values_concerned_and_what_is_wrong(warehouse):
    write_rows(warehouse, "segments.moves", move(), move("Promising", customers=0))
    found = shown(warehouse, "customers is below 1")
    assert found.columns == ["snapshot_on", "from_segment", "to_segment", "cause", "customers", "what is wrong"]
    assert found.rows() == [(DAY, "Champions", "Promising", "ageing", 0, "customers is below 1")]


def test_a_row_that_breaks_two_limits_is_shown_once_with_both(warehouse):
    write_rows(warehouse, "segments.moves", move(customers=0, cause=None))
    (row,) = shown(warehouse, "customers is below 1", "cause is empty").rows(named=True)
    assert row["what is wrong"] == "cause is empty; customers is below 1"


def test_rows_with_the_same_key_are_shown_all_and_others_are_not(warehouse):
    write_rows(warehouse, "segments.moves", move(), move(), move("Promising"))
    found = shown(warehouse, is_repeated=True)
    assert found["to_segment"].to_list() == ["Lost", "Lost"]
    assert set(found["what is wrong"]) == {"the same key comes again"}


def test_no_more_rows_are_shown_than_asked_for_and_none_outside_the_range(warehouse):
    before = move(customers=0, on=date(2011, 12, 1))
    write_rows(warehouse, "segments.moves", before, *(move(f"s{i:02}", customers=0) for i in reversed(range(12))))
    found = shown(warehouse, "customers is below 1")
    assert found["to_segment"].to_list() == [f"s{i:02}" for i in range(10)]
    assert set(found["snapshot_on"]) == {DAY}
