"""Shops that a report can be written of: tables filled by SELECTs, for any number of customers, odd names included."""

from dataclasses import dataclass
from datetime import date

import duckdb

DAY, BEFORE, MONTH_BEFORE, VERSION = date(2024, 9, 10), date(2024, 9, 9), date(2024, 8, 31), date(2024, 9, 1)
SCRIPT, IMAGE = "<script>alert(1)</script>", "<img src=x onerror=alert(2)>"
# With a colour of its own, none, none, and one that would end a style.
COLORS = {
    "Champions": "#0078ff",
    "Hibernating": "#4b6996",
    SCRIPT: None,
    "Loyal & 'co'": "red;}</style><script>alert(3)",
}
NAMES = tuple(COLORS)
COUNTRIES = (
    "France",
    SCRIPT,
    "Germany",
    "Spain",
    "Italy",
    "Japan",
    "Peru",
    "Chile",
    "Cuba",
    "Fiji",
    "Iran",
    "Mali",
    "Oman",
)
PRODUCTS = (
    SCRIPT,
    IMAGE,
    "BIRD HOUSE",
    'RED, ROUND & "LARGE" BOX WITH A VERY LONG NAME THAT IS CUT',
    "CUP",
    "</script>",
)


@dataclass(frozen=True)
class Shop:
    """What kind of shop; a new one has a first snapshot, one segment, and nothing returned, left out or validated."""

    customers: int = 400
    lines: int = 3_000
    is_new: bool = False


def fill(connection: duckdb.DuckDBPyConnection, shop: Shop) -> None:
    """Fill the tables that a report reads."""
    values = {
        "customers": shop.customers, "lines": shop.lines, "is_new": shop.is_new, "day": DAY, "before": BEFORE,
        "month_before": MONTH_BEFORE, "version": VERSION, "names": list(NAMES[:1] if shop.is_new else NAMES),
        "countries": list(COUNTRIES), "products": list(PRODUCTS),
    }  # fmt: skip
    for statement in (*ALWAYS, *(() if shop.is_new else LATER)):
        used = {name: value for name, value in values.items() if f"${name}" in statement}
        connection.execute(statement, used)


# Customer i; the segment goes by the last digit: four of ten in the last, three, two, one.
SEGMENT_OF = "list_extract($names, least(len($names), 1 + (i % 10 > 0)::int + (i % 10 > 2)::int + (i % 10 > 5)::int))"
ALWAYS = (
    f"""
    insert into segments.customers by name
    select
        $day::date as snapshot_on, 'customer-' || i as customer_id, (i * 7) % 370 as recency_days,
        1 + i % 12 as frequency, ((i * i) % 9973 - 20 + i % 100 / 100.0)::decimal(28, 4) as monetary,
        1 + i % 5 as r_score, 1 + (i // 5) % 5 as f_score, 1 + (i // 25) % 5 as m_score, {SEGMENT_OF} as segment,
        if($is_new, null, $before::date) as previous_snapshot_on,
        if($is_new or i % 100 = 1, null,
            if(i % 50 = 0, list_extract($names, len($names)), {SEGMENT_OF})) as previous_segment,
        $version::date as model_version,
    from range($customers) as numbers(i)
    """,
    """
    insert into rfm.customers by name
    select
        snapshot_on, customer_id, recency_days, frequency, monetary, monetary + frequency - 1 as gross_sales,
        (frequency - 1)::decimal(28, 4) as returned,
    from segments.customers
    """,
    """
    insert into features.customers by name
    select
        snapshot_on, customer_id, sin(recency_days) as recency_z, ln(frequency) - 1 as frequency_z,
        cos(recency_days) as monetary_z,
    from segments.customers
    """,
    """
    insert into segments.profiles by name
    select
        snapshot_on, segment, count(*) as customers, count(*) / sum(count(*)) over () as customer_share,
        sum(monetary) as monetary, (sum(monetary) / sum(sum(monetary)) over ())::double as monetary_share,
        median(recency_days) as median_recency_days, median(frequency) as median_frequency,
        median(monetary) as median_monetary, if($is_new, 0, 0.02 * count(*) / sum(count(*)) over ()) as returns_rate,
    from segments.customers
    group by snapshot_on, segment
    """,
    "insert into segments.playbook by name select unnest($names) as segment, 'Who <b>buy</b>.' as description, "
    "'Say \"thanks\" & <i>more</i>.' as recommended_action",
    "insert into model.versions by name select $version::date as model_version, 4 as k, 42 as seed, 350 as customers, "
    "0.41 as silhouette, 2 as outliers, true as promoted, 'K = 4 has the best silhouette; promoted' as reason",
    """
    insert into model.candidates by name
    select
        $version::date as model_version, k, 5000.0 / k as inertia, 0.3 + 0.11 / (1 + abs(k - 4)) as silhouette,
        1.5 - k / 10 as davies_bouldin, 900.0 * k as calinski_harabasz, 0.5 / k as smallest_share, 0.9 as stability,
        k = 5 as is_elbow, k < 8 as is_admissible, k = 4 as is_chosen,
    from range(3, 9) as numbers(k)
    """,
    """
    insert into clean.transactions by name
    select
        1 as file_id, i as line_no, 'order-' || i as invoice_id,
        if($is_new or i % 20 > 0, 'sale', 'return') as line_kind,
        'customer-' || i % $customers as customer_id,
        $day::date - interval (i % if($is_new, 3, 400)) day + interval (8 + i % 11) hour as invoiced_at,
        ($day::date - interval (i % if($is_new, 3, 400)) day)::date as invoiced_on,
        'code-' || i % 6 as stock_code, list_extract($products, 1 + i % 6) as description, 3 as quantity,
        (1 + i % 90 + i % 100 / 100.0)::decimal(18, 4) * if($is_new or i % 20 > 0, 1, -1) as amount,
        if(i % 31 = 0, null, list_extract($countries, 1 + least(i % 29, i % 13))) as country,
    from range($lines) as numbers(i)
    """,
    """
    insert into clean.ledger by name
    select
        invoiced_on, count(*) as read_lines, sum(amount) as read_amount,
        count(*) filter (line_kind = 'sale') as sale_lines,
        coalesce(sum(amount) filter (line_kind = 'sale'), 0) as sale_amount,
        count(*) filter (line_kind = 'return') as return_lines,
        coalesce(sum(amount) filter (line_kind = 'return'), 0) as return_amount,
    from clean.transactions
    group by invoiced_on
    """,
    """
    insert into raw.files by name
    select
        1 as file_id, '<script>alert(4)</script>.csv' as name, repeat('ab', 32) as sha256, 'loaded' as status,
        $lines as line_count, 0 as unreadable_count, $day::date - 399 as first_on, $day::date as last_on,
    """,
)
LATER = (
    """
    insert into segments.profiles by name
    select
        snapshots.told_on as snapshot_on, profiles.segment, profiles.customers - snapshots.fewer as customers,
        profiles.customer_share, profiles.monetary - 100 as monetary,
    from segments.profiles
    cross join (values ($before::date, 1), ($month_before::date, 7), (date '2023-12-31', 9))
        as snapshots(told_on, fewer)
    """,
    """
    insert into segments.moves by name
    select
        snapshot_on, previous_snapshot_on, previous_segment as from_segment, segment as to_segment,
        case when previous_segment is null then 'arrived' when i % 3 = 0 then 'ageing' else 'behaviour' end as cause,
        count(*) as customers,
    from (select *, substr(customer_id, 10)::bigint as i from segments.customers)
    where previous_segment is distinct from segment
    group by all
    """,
    """
    insert into segments.profile_products by name
    select
        $day::date as snapshot_on, segment, place, 'code-' || place as stock_code,
        list_extract($products, 1 + (place + s) % 6) as description, (1000 * s / place)::decimal(28, 4) as amount,
        0.3 / place as amount_share, 60 // place as quantity,
    from (select unnest($names) as segment, generate_subscripts($names, 1) as s)
    cross join range(1, 7) as places(place)
    """,
    """
    insert into clean.returns by name
    select
        file_id, line_no, invoice_id, customer_id, stock_code, invoiced_on as returned_on, quantity, amount,
        if(line_no % 40 = 0, null, 'order-1') as sale_invoice_id,
    from clean.transactions
    where line_kind = 'return'
    """,
    "insert into clean.guests by name select $day::date as invoiced_on, 'France' as country, 30 as line_count, "
    "12 as order_count, 2500.5 as sales, 2000.25 as amount",
    """
    update clean.ledger
    set
        missing_customer_lines = 30, missing_customer_amount = 2000.25, duplicate_lines = 2, duplicate_amount = 7,
        read_lines = read_lines + 32, read_amount = read_amount + 2007.25
    where invoiced_on = $day::date
    """,
    "insert into model.versions by name select $day::date as model_version, 5 as k, 'only 80.0% keep their segment; "
    "not promoted: the version before goes on' as reason, false as promoted",
    "insert into model.drift by name select $day::date as snapshot_on, 0.03 as far_share, 0.12 as recency_psi, "
    "0.02 as frequency_psi, 0.31 as monetary_psi",
    """
    insert into validation.segments by name
    select
        $before::date as snapshot_on, date '2024-07-01' as cut_on, unnest($names) as segment, 100 as customers,
        0.9 / generate_subscripts($names, 1) as bought_again_share, 0.1 as bought_again_share_low,
        0.95 as bought_again_share_high, 2.5 as mean_orders, 321.5 as mean_monetary,
    """,
    """
    insert into validation.predictions
        (snapshot_on, target, customers_tested, accuracy, auc, largest_share, stay_share)
    values
        ($before::date, 'purchase', 390, 0.7, 0.74, 0.5, null), ($before::date, 'segment', 390, 0.72, null, 0.4, 0.65)
    """,
    """
    insert into validation.stability by name
    select $before::date as snapshot_on, 'frozen' as labelling, i as k, 0.98 + i / 1000 as agreement,
    from range(3) as numbers(i)
    """,
)
