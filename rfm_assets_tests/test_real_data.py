"""The whole Online Retail file against its published figures, and against a computation of our own in Polars."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rfm_assets.contracts import TABLES
from rfm_assets_tests.independent import own_customers, own_lines
from rfm_assets_tests.online_retail import CSV, LATIN1_CSV, brought, snapshot

LATEST, EARLIER = date(2011, 12, 10), date(2011, 9, 30)
SNAPSHOTS = [(monetary, day) for monetary in ("gross", "net") for day in (LATEST, EARLIER)]
CLASSES = {
    "missing_customer": (135_080, Decimal("1447682.120")),
    "duplicate": (5_225, Decimal("21546.390")),
    "negative_price": (0, Decimal(0)),
    "zero_price": (40, Decimal("0.000")),
    "adjustment": (0, Decimal(0)),
    "excluded_code": (0, Decimal(0)),
    "return": (8_872, Decimal("-608689.470")),
    "sale": (392_692, Decimal("8887208.894")),
}


@pytest.fixture(scope="module")
def latin1(online_retail, settings_for, tmp_path_factory):
    with brought(online_retail / LATIN1_CSV, settings_for(tmp_path_factory.mktemp("chain"))) as engine:
        yield engine


@pytest.fixture(scope="module")
def lines(online_retail):
    return own_lines(online_retail / CSV)


@pytest.fixture(scope="module")
def customers(retail):
    return {(monetary, day): snapshot(retail, monetary, day) for monetary, day in SNAPSHOTS}


def counts(retail, sql):
    return retail.read(sql).row(0, named=True)


def test_the_file_is_read_whole_with_the_counts_that_are_known_of_it(retail):
    assert counts(
        retail,
        """
        select
            count(*) as lines,
            count(distinct invoice_id) as invoices,
            count(distinct invoice_id) filter (where invoice_id like 'C%') as cancellations,
            count(distinct customer_id) as customers,
            count(*) filter (where description is null) as without_description,
            count(*) filter (where description <> trim(description)) as with_spaces_at_the_ends,
            count(distinct invoiced_on) as days,
            min(invoiced_on) as first_on,
            max(invoiced_on) as last_on,
        from raw.transactions
        """,
    ) == {
        "lines": 541_909,
        "invoices": 25_900,
        "cancellations": 3_836,
        "customers": 4_372,
        "without_description": 1_454,
        "with_spaces_at_the_ends": 113_452,
        "days": 305,
        "first_on": date(2010, 12, 1),
        "last_on": date(2011, 12, 9),
    }


def test_the_traps_of_the_file_are_kept_as_they_came(retail):
    assert counts(
        retail,
        """
        with moments as (
            select invoice_id from raw.transactions group by invoice_id having count(distinct invoiced_at) > 1
        ),
        countries as (
            select customer_id from raw.transactions group by customer_id
            having customer_id is not null and count(distinct country) > 1
        ),
        repeated as (
            select count(*) - 1 as copies from raw.transactions
            group by invoice_id, stock_code, description, quantity, invoiced_at, unit_price, customer_id, country
        )
        select
            (select count(*) from moments) as invoices_with_two_timestamps,
            (select count(*) from countries) as customers_with_two_countries,
            (select cast(sum(copies) as bigint) from repeated) as duplicates,
        """,
    ) == {"invoices_with_two_timestamps": 43, "customers_with_two_countries": 8, "duplicates": 5_268}


def test_each_line_falls_in_one_class_with_the_known_counts_and_sums(retail):
    classes = retail.read("""
        select line_kind as class, count(*) as lines, sum(amount) as amount from clean.transactions group by line_kind
        union all
        select reason, count(*), sum(quantity * unit_price) from clean.rejected group by reason
    """)
    assert {row[0]: row[1:] for row in classes.iter_rows()} == {name: sums for name, sums in CLASSES.items() if sums[0]}


def test_the_ledger_holds_the_known_counts_and_sums_of_every_class(retail):
    sums = counts(retail, "select columns(* exclude (invoiced_on, raw_version, rules)).sum() from clean.ledger")
    assert {name: (sums[f"{name}_lines"], sums[f"{name}_amount"]) for name in CLASSES} == CLASSES
    assert (sums["read_lines"], sums["read_amount"]) == (541_909, Decimal("9747747.934"))


def test_the_orders_are_the_sale_invoices_and_returns_of_the_known_customers(retail):
    orders = counts(
        retail,
        """
        select
            count(*) filter (where order_kind = 'sale') as sales,
            count(distinct customer_id) filter (where order_kind = 'sale') as buyers,
            count(distinct customer_id) as customers,
            sum(amount) filter (where order_kind = 'sale') as sold,
            sum(amount) filter (where order_kind = 'return') as returned,
        from clean.orders
        """,
    )
    assert orders == {
        "sales": 18_532,
        "buyers": 4_338,
        "customers": 4_338 + 33,
        "sold": CLASSES["sale"][1],
        "returned": CLASSES["return"][1],
    }


def test_the_latest_snapshot_has_the_known_recency_and_frequency(customers):
    for monetary in ("gross", "net"):
        latest = customers[monetary, LATEST]
        assert len(latest) == 4_338
        recency, frequency = latest["recency_days"], latest["frequency"]
        assert (recency.min(), recency.median(), recency.max()) == (1, 51, 374)
        assert recency.sum() == 403_692
        assert recency.mean() == pytest.approx(93.05947, abs=5e-6)
        assert (frequency.median(), frequency.max(), frequency.sum()) == (2, 209, 18_532)
        assert frequency.mean() == pytest.approx(4.272015, abs=5e-7)


@pytest.mark.parametrize(
    ("day", "buyers", "gross", "net"),
    [
        (LATEST, 4_338, Decimal("8887208.894"), Decimal("8288930.664")),
        (EARLIER, 3_616, Decimal("6178170.394"), Decimal("5847297.934")),
    ],
)
def test_monetary_is_the_known_sum_gross_and_net(customers, day, buyers, gross, net):
    for monetary, expected in (("gross", gross), ("net", net)):
        frame = customers[monetary, day]
        assert len(frame) == buyers
        assert frame["monetary"].sum() == expected
        assert frame["gross_sales"].sum() == gross
        assert frame["returned"].sum() == gross - net


def test_customers_whose_returns_cancel_their_purchases_have_exactly_nothing(customers):
    latest = customers["net", LATEST]
    cancelled = latest.filter(pl.col("monetary") == Decimal(0))["customer_id"].to_list()
    assert len(cancelled) == 13
    assert {"12346", "13364"} <= set(cancelled)
    assert len(latest.filter(pl.col("monetary") <= Decimal(0))) == 21


def test_each_line_has_the_class_that_an_independent_computation_gives_it(retail, lines):
    classes = retail.read("""
        select line_no, line_kind as line_class, amount from clean.transactions
        union all
        select line_no, reason, cast(quantity * unit_price as decimal(18, 4)) from clean.rejected
        order by line_no
    """)
    assert_frame_equal(classes, lines.select("line_no", "line_class", "amount"))


@pytest.mark.parametrize(("monetary", "day"), SNAPSHOTS)
def test_each_customer_has_the_numbers_that_an_independent_computation_gives(customers, lines, monetary, day):
    own = own_customers(lines, monetary, day)
    found = customers[monetary, day]
    assert_frame_equal(found.select(own.columns), own)
    cells = [f"{r}{f}{m}" for r, f, m in own.select("r_score", "f_score", "m_score").iter_rows()]
    assert found["rfm_cell"].to_list() == cells


@pytest.mark.parametrize(("monetary", "day"), SNAPSHOTS)
def test_equal_values_have_equal_scores_and_better_ones_no_lower(customers, monetary, day):
    frame = customers[monetary, day].with_columns(nearness=-pl.col("recency_days"))
    for value, score in (("nearness", "r_score"), ("frequency", "f_score"), ("monetary", "m_score")):
        by_value = frame.group_by(value).agg(pl.col(score).min().alias("least"), pl.col(score).max().alias("most"))
        assert (by_value["least"] == by_value["most"]).all()
        scores = by_value.sort(value)["least"]
        assert scores.is_sorted()
        assert (scores[0], scores[-1]) == (1, 5)


@pytest.mark.parametrize(
    "table", ["raw.transactions", "raw.days", "clean.transactions", "clean.rejected", "clean.orders", "clean.ledger"]
)
def test_both_encodings_give_the_same_rows(retail, latin1, table):
    rows = f"from {table} order by {', '.join(TABLES[table].key)}"
    assert_frame_equal(latin1.read(rows), retail.read(rows))


def test_both_encodings_give_the_same_customers(customers, latin1):
    for monetary, day in SNAPSHOTS:
        assert_frame_equal(snapshot(latin1, monetary, day), customers[monetary, day])
