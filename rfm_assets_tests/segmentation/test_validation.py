"""What customers did after the cut is counted exactly, and foretold from what was known at the cut."""

from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rfm_assets.segmentation.scaling import Scaling
from rfm_assets.segmentation.scoring import FrozenModel
from rfm_assets.segmentation.validation import HistoryError, Window, predictions, segment_worth

# Recent below 7 days, Gone above: the middle of ln(1 + 0) and ln(1 + 63).
MODEL = FrozenModel(
    Scaling(np.zeros(3), np.ones(3)),
    np.array([[np.log(1), 0, 0], [np.log(64), 0, 0]]),
    np.array(["Recent", "Gone"]),
)


def customers(*recencies, prefix="c"):
    return pl.DataFrame({
        "customer_id": [f"{prefix}{i}" for i in range(len(recencies))],
        "recency_days": recencies,
        "frequency": [1] * len(recencies),
        "monetary": [Decimal("5.00")] * len(recencies),
    })  # fmt: skip


def bought(*rows):
    schema = {"customer_id": pl.String, "orders": pl.Int64, "monetary": pl.Decimal(28, 4)}
    return pl.DataFrame([(c, n, Decimal(m)) for c, n, m in rows], schema=schema, orient="row")


def window(before, after, *rows):
    return Window.of(customers(*before), customers(*after), bought(*rows), MODEL)


def test_each_segment_s_window_is_counted_exactly():
    found = segment_worth(
        window((1, 2, 3, 30, 40), (9, 9, 9, 9, 99), ("c0", 2, "10.50"), ("c1", 1, "4.50"), ("c3", 1, "7.00")), seed=1
    )
    assert found["segment"].to_list() == ["Recent", "Gone"]
    assert found["customers"].to_list() == [3, 2]
    assert found["orders"].to_list() == [3, 1]
    assert found["monetary"].to_list() == [Decimal("15.00"), Decimal("7.00")]
    assert found["bought_again_share"].to_list() == [2 / 3, 1 / 2]
    assert found["mean_orders"].to_list() == [1, 1 / 2]
    assert found["mean_monetary"].to_list() == [5, 3.5]


def test_a_customer_who_only_returned_did_not_buy_again_and_costs_money():
    found = segment_worth(window((1, 2), (9, 9), ("c0", 0, "-8.00")), seed=1)
    assert found.select("orders", "bought_again_share", "monetary", "mean_monetary").row(0) == (0, 0, Decimal(-8), -4)


def test_customers_who_came_after_the_cut_count_nowhere():
    newcomer = bought(("c0", 1, "3.00"), ("n0", 9, "900.00"))
    after = pl.concat([customers(9, 9), customers(0, prefix="n")])
    found = segment_worth(Window.of(customers(1, 2), after, newcomer, MODEL), seed=1)
    assert found.select("customers", "orders", "monetary").row(0) == (2, 1, Decimal("3.00"))


def test_the_order_of_the_rows_changes_nothing():
    rows = [(f"c{i}", i % 3, f"{i}.25") for i in range(0, 40, 2)]
    before, after = customers(*range(40)), customers(*range(40))
    straight = segment_worth(Window.of(before, after, bought(*rows), MODEL), seed=1)
    turned = segment_worth(Window.of(before.reverse(), after.reverse(), bought(*rows[::-1]), MODEL), seed=1)
    assert_frame_equal(straight, turned)


def test_a_customer_who_is_none_any_more_at_the_end_counts_nowhere():
    assert segment_worth(window((1, 2), (9,), ("c1", 3, "5.00")), seed=1).select("customers", "orders").row(0) == (1, 0)


def test_the_interval_of_a_share_is_that_of_the_binomial():
    rows = [(f"c{i}", 1, "1.00") for i in range(100)]
    found = segment_worth(window((1,) * 400, (9,) * 400, *rows), seed=1).row(0, named=True)
    half = 1.96 * np.sqrt(0.25 * 0.75 / 400)
    assert found["bought_again_share_low"] == pytest.approx(0.25 - half, abs=0.01)
    assert found["bought_again_share_high"] == pytest.approx(0.25 + half, abs=0.01)


def test_the_interval_of_a_mean_is_digit_by_digit_that_of_the_means_of_the_resamples():
    rows = [(f"c{i}", i % 5, f"{i * i}.{i:02}") for i in range(0, 100, 3)]
    found = segment_worth(window((1,) * 100, (9,) * 100, *rows), seed=1).row(0, named=True)
    in_order = sorted(range(100), key=str)  # as the names of the customers are
    money = np.array([i * i + i / 100 if i % 3 == 0 else 0.0 for i in in_order])
    draws = np.random.default_rng(1)
    # Summed from the first customer drawn to the last, as the mean of several columns is.
    means = [np.cumsum(money[draws.integers(100, size=100)])[-1] / 100 for _ in range(1_000)]
    assert [found["mean_monetary_low"], found["mean_monetary_high"]] == np.percentile(means, [2.5, 97.5]).tolist()


def test_where_all_do_the_same_the_interval_has_no_width():
    found = segment_worth(window((1, 2, 3), (9, 9, 9), *((f"c{i}", 2, "4.00") for i in range(3))), seed=1)
    row = found.row(0, named=True)
    for name, value in (("bought_again_share", 1), ("mean_orders", 2), ("mean_monetary", 4)):
        assert (row[f"{name}_low"], row[name], row[f"{name}_high"]) == (value, value, value)


def test_a_segment_of_one_customer_has_an_interval_too():
    row = segment_worth(window((1,), (9,), ("c0", 1, "4.00")), seed=1).row(0, named=True)
    assert (row["mean_monetary_low"], row["mean_monetary_high"]) == (4, 4)


def test_the_same_seed_draws_the_same_interval_and_another_does_not():
    rows = [(f"c{i}", 1, f"{i * i}.00") for i in range(0, 50, 3)]
    one, again, other = (segment_worth(window((1,) * 50, (9,) * 50, *rows), seed) for seed in (1, 1, 2))
    assert_frame_equal(one, again)
    assert one["mean_monetary_low"].item() != other["mean_monetary_low"].item()


def one_rule(recents, gones):
    """Return a window in which the recent buy again and so stay recent, and the gone do neither."""
    before = (1,) * recents + (60,) * gones
    after = (0,) * recents + (99,) * gones
    return window(before, after, *((f"c{i}", 1, "1.00") for i in range(recents)))


def test_a_rule_without_exception_is_learnt_and_the_baselines_are_stated():
    found = predictions(one_rule(10, 10), one_rule(6, 2), MODEL)
    purchase, segment = found.rows(named=True)
    assert purchase == {
        "target": "purchase", "customers_trained": 20, "customers_tested": 8,
        "accuracy": 1, "auc": 1, "base_rate": 0.75, "largest_share": 0.75, "stay_share": None,
    }  # fmt: skip
    assert segment == {
        "target": "segment", "customers_trained": 20, "customers_tested": 8,
        "accuracy": 1, "auc": None, "base_rate": None, "largest_share": 0.75, "stay_share": 1,
    }  # fmt: skip


def test_what_is_learnt_on_one_window_is_tested_on_the_next_and_can_be_wrong():
    turned = window((1,) * 3 + (60,) * 5, (99,) * 3 + (0,) * 5, *((f"c{i}", 1, "1.00") for i in range(3, 8)))
    purchase, segment = predictions(one_rule(10, 10), turned, MODEL).rows(named=True)
    assert (purchase["accuracy"], purchase["auc"]) == (0, 0)
    assert (segment["accuracy"], segment["stay_share"], segment["largest_share"]) == (0, 0, 5 / 8)


def test_the_base_rate_is_not_the_larger_share_where_few_buy():
    purchase = predictions(one_rule(10, 10), one_rule(2, 8), MODEL).row(0, named=True)
    assert (purchase["base_rate"], purchase["largest_share"]) == (0.2, 0.8)


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        ((4, 0), (4, 4), "all 4 customers of the window learnt from have the same purchase"),
        ((4, 4), (0, 5), "all 5 customers of the window tested on have the same purchase"),
    ],
)
def test_a_window_in_which_all_do_the_same_is_refused(train, test, words):
    with pytest.raises(HistoryError, match=words):
        predictions(one_rule(*train), one_rule(*test), MODEL)
