"""What the report says of a snapshot from which the lines, the model or the snapshots around it have moved on."""

import re

from rfm_assets_tests.publishing.report.shops import BEFORE, DAY, MONTH_BEFORE, SCRIPT, Shop


def sentences(page: str) -> str:
    return " ".join(re.findall(r"<li>(.*?)</li>", page.partition("<article")[0], re.DOTALL))


def test_of_a_version_that_was_fitted_anew_since_nothing_is_told_that_the_snapshot_does_not_come_from(told):
    with told(Shop()) as shop:
        assert "K-Means with K = 4" in shop.html
        assert "K = 4 has the best silhouette" in shop.html
        shop.connection.execute("update segments.customers set model_digest = 'another'")
        shop.write()
        assert "Model version 2024-09-01, which was fitted anew with other settings" in shop.html
        assert "K-Means with K = " not in shop.html
        assert "K = 4 has the best silhouette" not in shop.html
        assert "was fitted since" not in shop.html


def test_what_came_back_from_people_who_are_no_customers_is_counted_by_their_lines(told):
    with told(Shop()) as shop:
        assert "who are no customers" not in shop.html
        line = f"'return' as line_kind, timestamp '{DAY} 10:00' as invoiced_at, date '{DAY}' as invoiced_on"
        shop.connection.execute(
            "insert into clean.transactions by name select 2 as file_id, i as line_no, 'C' || i as invoice_id, "
            f"{line}, if(i = 1, 'customer-1', 'a stranger') as customer_id, -i as amount, from range(1, 3) as lines(i)"
        )
        shop.write()
        assert "Returns are those of everybody: 2.00 GBP came back from people who are no customers" in shop.html


def test_lines_that_changed_since_the_snapshot_was_built_are_said_to(told):
    with told(Shop(customers=60, lines=200)) as shop:
        assert "Older lines have changed" not in shop.html
        shop.connection.execute("insert into rfm.snapshots values ($day, 'net', 0, 0, 'net 0')", {"day": DAY})
        shop.write()
        assert "Older lines have changed" not in shop.html
        shop.connection.execute(
            "insert into clean.daily_orders by name select $day as ordered_on, 1 as order_count, 9 as amount, "
            "7 as order_checksum, 0 as return_checksum",
            {"day": BEFORE},
        )
        shop.write()
        assert "Older lines have changed since this snapshot was built" in shop.html


def test_a_snapshot_before_that_is_no_longer_kept_is_not_one_of_no_customers(told):
    with told(Shop()) as shop:
        assert "of all; +1 since 9 September 2024" in shop.html
        shop.connection.execute("delete from segments.profiles where snapshot_on = $before", {"before": BEFORE})
        shop.write()
        assert shop.html.count("of all; the snapshot of 9 September 2024 is no longer kept") == 4
        assert "of all; +" not in shop.html


def test_a_segment_that_nobody_was_in_before_is_new_to_the_last_customer(told):
    with told(Shop()) as shop:
        shop.connection.execute(
            "delete from segments.profiles where snapshot_on = $before and segment = 'Champions'", {"before": BEFORE}
        )
        shop.write()
        champions = re.search(
            r'data-segment="Champions".*?([\d,]+)</data>, \d+% of all; \+([\d,]+) since', shop.html, re.DOTALL
        )
        assert champions[1] == champions[2]


def test_what_is_compared_over_more_than_a_month_is_not_called_a_month(told):
    with told(Shop()) as shop:
        assert "This month, since 31 August 2024: " in sentences(shop.html)
        shop.connection.execute("delete from segments.profiles where snapshot_on = $on", {"on": MONTH_BEFORE})
        shop.write()
        assert " Since 31 December 2023: " in sentences(shop.html)
        assert "This month" not in shop.html


def test_what_begins_before_the_month_does_is_not_called_the_month(told):
    with told(Shop()) as shop:
        earlier = {"on": MONTH_BEFORE, "earlier": MONTH_BEFORE.replace(day=1)}
        shop.connection.execute("update segments.profiles set snapshot_on = $earlier where snapshot_on = $on", earlier)
        shop.write()
        assert " Since 1 August 2024: " in sentences(shop.html)
        assert "This month" not in shop.html


def test_names_that_no_longer_fit_are_said_to_say_less(told):
    with told(Shop()) as shop:
        assert "was fitted on (monetary has drifted by 0.31): until the next model" in sentences(shop.html)
        shop.connection.execute("update model.drift set far_share = 0.4, monetary_psi = 0.2")
        shop.write()
        assert "was fitted on (40% are far from every segment): until the next model" in sentences(shop.html)
        shop.connection.execute("update model.drift set far_share = 0.05")
        shop.write()
        assert "until the next model" not in sentences(shop.html)


def test_who_changed_segment_by_another_model_is_told_wherever_counts_of_two_models_are_compared(told):
    with told(Shop()) as shop:
        assert "In between" not in shop.html
        for day, first, last in ((MONTH_BEFORE, 1, 100), (BEFORE, 91, 120), (DAY, 116, 122)):
            shop.connection.execute(
                "insert into segments.customer_moves by name "
                "select $day as snapshot_on, 'model' as cause, 'c' || i as customer_id, "
                "from range($first, $last + 1) as moved(i)",
                {"day": day, "first": first, "last": last},
            )
        shop.write()
        words = "customers changed segment because the model was fitted anew."
        assert f"customers. In between, 32 {words}" in sentences(shop.html)  # since the month's first day
        assert f"In between, 122 {words}" in shop.html.partition("<script")[0]  # since the first snapshot shown


def test_a_version_that_renamed_many_is_told_while_it_scores(told):
    with told(Shop()) as shop:
        assert "a name may mean" not in shop.html
        shop.connection.execute("update model.versions set agreement = 0.453")
        shop.write()
        told_of = "came after the customers had drifted: 45% of them kept the segment that the one before gave them"
        assert f"The model of 1 September 2024 {told_of}" in sentences(shop.html)
        shop.connection.execute("update segments.customers set model_digest = 'another'")
        shop.write()
        assert "a name may mean" not in shop.html


def test_a_card_says_when_the_name_fits_loosely(told):
    with told(Shop()) as shop:
        assert "fits loosely" not in shop.html
        shop.connection.execute(
            "insert into model.centroids by name select model_version, 'Champions' as segment, 1.52 as name_distance "
            "from model.versions"
        )
        shop.write()
        card = re.search(r'data-segment="Champions".*?</article>', shop.html, re.DOTALL)[0]
        assert "is 1.5 standard deviations from what it stands for" in card
        assert shop.html.count("fits loosely") == 1


def test_the_largest_movements_are_the_same_wherever_they_are_told(told):
    with told(Shop()) as shop:
        ways = re.findall(r"(?:The largest movements|They moved): [^.<]*", shop.html.partition("<script")[0])
        assert len(ways) >= 2
        assert len(set(ways)) == 1


def test_a_segment_that_lost_everybody_over_the_month_is_told(told):
    with told(Shop()) as shop:
        shop.connection.execute(
            "update segments.profiles set segment = 'Gone' where snapshot_on = $on and segment = $name",
            {"on": MONTH_BEFORE, "name": SCRIPT},
        )
        gone = shop.rows(
            f"select customers from segments.profiles where snapshot_on = '{MONTH_BEFORE}' and segment = 'Gone'"
        )
        shop.write()
        assert f"and Gone -{gone[0][0]} to 0 customers." in sentences(shop.html)


def test_a_name_that_fits_loosely_in_a_model_that_did_not_score_the_snapshot_is_not_told(told):
    with told(Shop()) as shop:
        shop.connection.execute(
            "insert into model.centroids by name select model_version, 'Champions' as segment, 1.52 as name_distance "
            "from model.versions"
        )
        shop.connection.execute("update segments.customers set model_digest = 'another'")
        shop.write()
        assert "fits loosely" not in shop.html


def test_the_month_is_not_told_a_second_time_where_it_began_after_the_snapshot_before(told):
    with told(Shop()) as shop:
        shop.connection.execute("delete from segments.profiles where snapshot_on = $before", {"before": BEFORE})
        shop.connection.execute("update segments.customers set previous_snapshot_on = $on", {"on": MONTH_BEFORE})
        shop.write()
        assert "Since 31 August 2024, " in sentences(shop.html)
        assert "since 31 August 2024: " not in sentences(shop.html)
