-- one row per customer who bought on or before the snapshot.
with sums as (
    select
        customer_id,
        max(ordered_on) filter (where order_kind = 'sale') as last_order_on,
        min(ordered_on) filter (where order_kind = 'sale') as first_order_on,
        count(distinct invoice_id) filter (where order_kind = 'sale') as frequency,
        cast(sum(amount) filter (where order_kind = 'sale') as decimal(28, 4)) as gross_sales,
        cast(coalesce(-sum(amount) filter (where order_kind = 'return'), 0) as decimal(28, 4)) as returned,
    from clean.orders
    where ordered_on <= cast($snapshot_on as date)
    group by customer_id
),

buyers as (
    select
        customer_id,
        first_order_on,
        frequency,
        gross_sales,
        returned,
        cast($snapshot_on as date) as snapshot_on,
        cast(date_diff('day', last_order_on, cast($snapshot_on as date)) as bigint) as recency_days,
        case when $monetary = 'gross' then gross_sales else cast(gross_sales - returned as decimal(28, 4)) end
            as monetary,
    from sums
    where frequency > 0
),

-- A score counts the whole fifths of customers who do strictly worse, so that equal values have equal scores.
scores as (
    select
        customer_id,
        cast(1 + (5 * (rank() over (order by recency_days desc) - 1)) // count(*) over () as bigint) as r_score,
        cast(1 + (5 * (rank() over (order by frequency) - 1)) // count(*) over () as bigint) as f_score,
        cast(1 + (5 * (rank() over (order by monetary) - 1)) // count(*) over () as bigint) as m_score,
    from buyers
)

select
    buyers.snapshot_on,
    buyers.customer_id,
    buyers.recency_days,
    buyers.frequency,
    buyers.monetary,
    buyers.gross_sales,
    buyers.returned,
    buyers.first_order_on,
    scores.r_score,
    scores.f_score,
    scores.m_score,
    concat(
        cast(scores.r_score as varchar), cast(scores.f_score as varchar), cast(scores.m_score as varchar)
    ) as rfm_cell,
    grid.rfm_segment,
from buyers
inner join scores
    on buyers.customer_id = scores.customer_id
inner join rfm.grid as grid
    on
        scores.r_score = grid.r_score
        and scores.f_score = grid.f_score
-- K-Means draws customers by their place: the same ones must come in the same order, whatever threads ran.
order by buyers.customer_id
