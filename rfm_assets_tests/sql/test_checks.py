"""Each rule of the checks names the rows that break it, and none else: small tables that are wrong in one place."""

from datetime import date
from decimal import Decimal
from math import log

import pytest

from rfm_assets.contracts import TABLES
from rfm_assets.contracts.clean import REASONS
from rfm_assets.engines.base import select
from rfm_assets_tests.rows import write_rows

BEFORE, DAY, AFTER = date(2011, 12, 8), date(2011, 12, 9), date(2011, 12, 10)
RANGE = {"first_snapshot": DAY, "last_snapshot": DAY}


def put(warehouse, name, *rows):
    """Replace all rows of a table, each given by the columns that matter."""
    columns = TABLES[name].column_names
    write_rows(warehouse, name, *(tuple((dict.fromkeys(columns) | row).values()) for row in rows))


def wrong(warehouse, name, **values):
    return warehouse.read(select(f"checks.{name}"), **values).rows()


def customers(day, *named, before=None, **segments):
    """Return rows of customers, each with 10 of money."""
    rows = {**dict.fromkeys(named), **segments}
    return [
        {"snapshot_on": day, "customer_id": who, "segment": what, "monetary": 10, "previous_snapshot_on": before}
        for who, what in rows.items()
    ]


def test_a_customer_without_a_segment_with_two_or_who_bought_nothing_is_named(warehouse):
    buyers = customers(DAY, "one", "two", "none", "no row") + customers(AFTER, "no row")
    put(warehouse, "rfm.customers", *({name: row[name] for name in ("snapshot_on", "customer_id")} for row in buyers))
    segmented = [*customers(DAY, "none", one="A", two="A", nobody="A"), *customers(DAY, two="B")]
    put(warehouse, "segments.customers", *segmented, *customers(BEFORE, nobody="A"))
    assert wrong(warehouse, "customers_without_segment", **RANGE) == [
        (DAY, "no row", 0, True),
        (DAY, "nobody", 1, False),
        (DAY, "none", 0, True),
        (DAY, "two", 2, True),
    ]


def test_a_customer_scored_by_features_of_other_numbers_is_named(warehouse):
    def numbers(customer, recency_days=0, frequency=1, monetary=0, day=DAY):
        of = {"snapshot_on": day, "customer_id": customer, "recency_days": recency_days}
        return {**of, "frequency": frequency, "monetary": monetary}

    once = log(2)

    def features(customer, recency=0.0, frequency=once, monetary=0.0, day=DAY):
        of = {"snapshot_on": day, "customer_id": customer, "recency_log": recency}
        return {**of, "frequency_log": frequency, "monetary_log": monetary}

    named = [numbers("recency", 7), numbers("frequency", 0, 2), numbers("monetary", 0, 1, 5), numbers("none there")]
    as_it_is = [numbers("negative", 0, 1, -5), numbers("all", 9, 3, 99)]
    put(warehouse, "segments.customers", *named, *as_it_is, numbers("negative", 1, day=BEFORE))
    made = [features("negative"), features("all", log(10), log(4), log(100)), features("negative", day=BEFORE)]
    put(warehouse, "features.customers", *made, *map(features, ("recency", "frequency", "monetary")))
    assert wrong(warehouse, "features_of_other_numbers", **RANGE) == [
        (DAY, "frequency", 0, 2, 0),
        (DAY, "monetary", 0, 1, 5),
        (DAY, "none there", 0, 1, 0),
        (DAY, "recency", 7, 1, 0),
    ]


def test_an_order_whose_lines_lie_more_than_a_day_apart_is_named(warehouse):
    def order(invoice, last_on):
        order = {"invoice_id": invoice, "customer_id": "c1", "order_kind": "sale", "ordered_on": BEFORE}
        return {**order, "last_on": last_on, "amount": 10}

    put(warehouse, "clean.orders", order("1", BEFORE), order("over midnight", DAY), order("of last year, too", AFTER))
    assert wrong(warehouse, "scattered_orders") == [
        ("of last year, too", "c1", "sale", BEFORE, AFTER, Decimal(10)),
    ]


@pytest.mark.parametrize(
    ("profile", "found"),
    [
        ((2, 20), []),
        ((3, 20), [(DAY, 2, 3, Decimal(20), Decimal(20))]),
        ((2, 21), [(DAY, 2, 2, Decimal(20), Decimal(21))]),
        (None, [(DAY, 2, None, Decimal(20), None)]),
    ],
)
def test_profiles_that_are_not_their_customers_and_their_money_are_named(warehouse, profile, found):
    put(warehouse, "segments.customers", *customers(BEFORE, c1="A"), *customers(DAY, c1="A", c2="B"))
    if profile:
        row = dict(zip(("customers", "monetary"), profile, strict=True))
        put(warehouse, "segments.profiles", {"snapshot_on": DAY, "segment": "A"} | row)
    assert wrong(warehouse, "profiles_off", **RANGE) == found


def test_profiles_of_nobody_are_named(warehouse):
    put(warehouse, "segments.profiles", {"snapshot_on": DAY, "segment": "A", "customers": 1, "monetary": 5})
    assert wrong(warehouse, "profiles_off", **RANGE) == [(DAY, None, 1, None, Decimal(5))]


def test_moves_that_do_not_lead_from_the_customers_before_to_those_of_today_are_named(warehouse):
    first = customers(date(2011, 12, 1), c1="A", c2="A", c3="A", c4="A")
    put(
        warehouse,
        "segments.customers",
        *first,
        *customers(BEFORE, c1="A", c2="A", before=date(2011, 12, 1)),
        *customers(DAY, c1="B", before=BEFORE),
    )
    assert wrong(warehouse, "moves_off", **RANGE) == [(DAY, 2, 0, 0, 1)]
    moves = [
        {"snapshot_on": DAY, "cause": cause, "customers": count} for cause, count in (("erased", 1), ("ageing", 1))
    ]
    put(warehouse, "segments.moves", *moves)
    assert wrong(warehouse, "moves_off", **RANGE) == []
    put(warehouse, "segments.moves", *moves, {"snapshot_on": DAY, "cause": "arrived", "customers": 2})
    assert wrong(warehouse, "moves_off", **RANGE) == [(DAY, 2, 2, 1, 1)]


def test_a_segment_below_the_least_share_is_tiny_and_one_of_just_that_share_is_not(warehouse):
    put(
        warehouse,
        "segments.profiles",
        {"snapshot_on": DAY, "segment": "A", "customers": 9, "customer_share": 0.009},
        {"snapshot_on": DAY, "segment": "B", "customers": 10, "customer_share": 0.01},
        {"snapshot_on": BEFORE, "segment": "A", "customers": 1, "customer_share": 0.001},
    )
    assert wrong(warehouse, "tiny_segments", **RANGE, min_segment_share=0.01) == [(DAY, "A", 9, 0.009)]


def test_a_snapshot_is_within_the_data_up_to_the_day_of_the_last_order(warehouse):
    put(warehouse, "clean.orders", {"invoice_id": "1", "ordered_on": BEFORE}, {"invoice_id": "2", "ordered_on": DAY})
    days = (day for day in (DAY, AFTER, AFTER, date(2011, 12, 11)))
    put(warehouse, "rfm.customers", *({"snapshot_on": day} for day in days))
    values = {"first_snapshot": DAY, "last_snapshot": AFTER}
    assert wrong(warehouse, "snapshots_after_data", **values) == [(AFTER, DAY)]


def test_days_on_which_too_few_kept_our_names_or_two_were_exchanged_are_named(warehouse):
    def day(number, agreement, is_permuted=False, labelling="frozen", snapshot_on=DAY):
        return {
            "snapshot_on": snapshot_on, "day_on": date(2011, 12, number), "labelling": labelling,
            "agreement": agreement, "is_permuted": is_permuted, "is_refitted": False,
        }  # fmt: skip

    put(
        warehouse,
        "validation.stability",
        day(1, 0.97),
        day(2, 0.96),
        day(3, 0.99, is_permuted=True),
        day(4, 0.2, is_permuted=True, labelling="refit_daily"),
        day(5, 0.2, snapshot_on=BEFORE),
    )
    assert wrong(warehouse, "unsteady_days", **RANGE, min_daily_agreement=0.97) == [
        (DAY, date(2011, 12, 2), 0.96, False, False),
        (DAY, date(2011, 12, 3), 0.99, True, False),
    ]


def test_the_newest_version_up_to_the_snapshot_is_the_one_that_must_have_passed(warehouse):
    def version(day, promoted):
        return {"model_version": day, "promoted": promoted, "reason": f"of {day}"}

    put(warehouse, "model.versions", version(BEFORE, False), version(DAY, True), version(AFTER, False))
    assert [
        wrong(warehouse, "versions_not_promoted", last_snapshot=day) for day in (BEFORE, DAY, AFTER)
    ] == [[(BEFORE, f"of {BEFORE}")], [], [(AFTER, f"of {AFTER}")]]  # fmt: skip


def test_customers_are_renamed_while_a_version_scores_under_which_too_few_kept_their_name(warehouse):
    def version(day, agreement, promoted=True):
        return {"model_version": day, "promoted": promoted, "reason": f"of {day}", "agreement": agreement}

    put(warehouse, "model.versions", version(BEFORE, None), version(DAY, 0.969), version(AFTER, 0.5, promoted=False))
    assert [
        wrong(warehouse, "renamed_customers", last_snapshot=day, min_agreement=0.97) for day in (BEFORE, DAY, AFTER)
    ] == [[], [(DAY, 0.969, f"of {DAY}")], [(DAY, 0.969, f"of {DAY}")]]  # fmt: skip
    assert wrong(warehouse, "renamed_customers", last_snapshot=DAY, min_agreement=0.969) == []


def test_a_name_is_loose_where_a_cluster_of_the_version_in_force_is_far_from_its_prototype(warehouse):
    put(
        warehouse, "model.versions",
        {"model_version": BEFORE, "promoted": True}, {"model_version": DAY, "promoted": False},
    )  # fmt: skip
    clusters = (("A", BEFORE, 1.25), ("B", BEFORE, 1.26), ("C", BEFORE, None), ("D", DAY, 9.0))
    rows = ({"segment": name, "model_version": day, "name_distance": far} for name, day, far in clusters)
    put(warehouse, "model.centroids", *rows)
    assert wrong(warehouse, "loose_names", last_snapshot=AFTER) == [(BEFORE, "B", 1.26)]


def test_one_number_beyond_its_limit_is_drift_and_one_at_it_is_none(warehouse):
    row = {"snapshot_on": DAY, "model_version": BEFORE, "customers": 10, "far_share": 0.05} | dict.fromkeys(
        ("recency_psi", "frequency_psi", "monetary_psi"), 0.25
    )

    def drifted(**numbers):
        put(warehouse, "model.drift", row | numbers, row | {"snapshot_on": BEFORE, "far_share": 1.0})
        return len(wrong(warehouse, "drifted_snapshots", **RANGE, max_psi=0.25, max_far_share=0.05))

    assert drifted() == 0
    assert drifted(far_share=0.06) == 1
    for name in ("recency_psi", "frequency_psi", "monetary_psi"):
        assert drifted(**{name: 0.26}) == 1, name


def file(number, status="loaded", lines=0, unreadable=0):
    row = {"file_id": number, "name": f"{number}.csv", "status": status}
    return row | {"line_count": lines, "unreadable_count": unreadable, "error": f"{number} is damaged"}


def test_files_that_failed_are_named_with_their_errors(warehouse):
    put(warehouse, "raw.files", file(3, "failed"), file(1), file(2, "replaced"), file(4, "failed"))
    assert wrong(warehouse, "failed_files") == [("3.csv", "3 is damaged"), ("4.csv", "4 is damaged")]


def test_a_loaded_file_of_which_a_line_is_nowhere_or_counted_as_another_is_named(warehouse):
    put(warehouse, "raw.transactions", *({"file_id": number, "line_no": 2} for number in (1, 2, 3, 4)))
    put(warehouse, "raw.unreadable", *({"file_id": number, "line_no": 3} for number in (1, 3)))
    put(
        warehouse,
        "raw.files",
        file(1, lines=2, unreadable=1),
        file(2, lines=2),
        file(3, lines=2, unreadable=0),
        file(4, "replaced", lines=9),
        file(5, lines=1),
    )
    assert sorted(wrong(warehouse, "unread_lines")) == [("2.csv", 2, 1, 0), ("3.csv", 2, 1, 1), ("5.csv", 1, 0, 0)]


def test_a_file_of_which_no_line_is_stored_and_lines_of_no_file_do_not_reconcile(warehouse):
    put(warehouse, "raw.files", file(1, lines=2), file(2, "replaced", lines=9))
    put(warehouse, "raw.transactions", {"file_id": 2, "line_no": 2, "quantity": 1, "unit_price": 5})
    assert wrong(warehouse, "unreconciled_files") == [
        ("1.csv", 2, 0, 0, Decimal(0), Decimal(0)),
        ("all files, by the ledger", 2, 0, 0, Decimal(5), Decimal(0)),
        ("no loaded file", 0, 0, 0, Decimal(5), Decimal(0)),
    ]


@pytest.mark.parametrize("guests", [(2, "5.00"), (1, "4.00"), None])
def test_guests_who_are_not_the_ledgers_in_lines_or_in_money_are_named(warehouse, guests):
    put(warehouse, "clean.ledger", {"invoiced_on": DAY, "missing_customer_lines": 1, "missing_customer_amount": 5})
    if guests:
        put(warehouse, "clean.guests", {"invoiced_on": DAY, "line_count": guests[0], "amount": guests[1]})
    lines, amount = guests or (0, 0)
    assert wrong(warehouse, "guests_off") == [(DAY, 1, lines, Decimal(5), Decimal(amount))]


CLASSES = ("sale", "return", *REASONS)


@pytest.mark.parametrize("measure", ["lines", "amount"])
def test_a_day_is_balanced_when_all_its_classes_make_what_was_read(warehouse, measure):
    full = {f"{name}_{part}": 2**place for place, name in enumerate(CLASSES) for part in ("lines", "amount")}
    full |= {"invoiced_on": DAY, "read_lines": 255, "read_amount": 255}
    put(warehouse, "clean.ledger", full)
    assert wrong(warehouse, "unbalanced_days") == []
    for name in CLASSES:
        put(warehouse, "clean.ledger", full | {f"{name}_{measure}": 0})
        assert [day for day, *_ in wrong(warehouse, "unbalanced_days")] == [DAY], name
