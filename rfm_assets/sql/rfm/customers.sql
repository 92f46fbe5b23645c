-- one row per customer who bought on or before the snapshot.
-- What came back of each sale by the snapshot; only for matched, which counts neither the return nor what it returns.
with matched as (
    select
        customer_id,
        sale_invoice_id,
        sum(quantity) as quantity,
        sum(sale_amount) as sale_amount,
        sum(amount) as return_amount,
    from clean.returns
    where
        returned_on <= cast($snapshot_on as date)
        and sale_invoice_id is not null
        and $monetary = 'matched'
    group by customer_id, sale_invoice_id
),

orders as (
    select
        orders.customer_id,
        orders.invoice_id,
        orders.ordered_on,
        orders.order_kind,
        orders.amount,
        -- Its net counts neither the units that came back nor what was paid back for them.
        coalesce(matched.sale_amount + matched.return_amount, 0) as price_difference,
        orders.order_kind = 'sale' and orders.quantity > coalesce(matched.quantity, 0) as is_kept,
    from clean.orders as orders
    left join matched
        on
            orders.customer_id = matched.customer_id
            and orders.invoice_id = matched.sale_invoice_id
            and orders.order_kind = 'sale'
    where orders.ordered_on <= cast($snapshot_on as date)
),

sums as (
    select
        customer_id,
        max(ordered_on) filter (where is_kept) as last_order_on,
        min(ordered_on) filter (where is_kept) as first_order_on,
        count(*) filter (where is_kept) as frequency,
        cast(sum(amount) filter (where order_kind = 'sale') as decimal(28, 4)) as gross_sales,
        cast(coalesce(-sum(amount) filter (where order_kind = 'return'), 0) as decimal(28, 4)) as returned,
        sum(price_difference) as price_difference,
    from orders
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
        case
            when $monetary = 'gross' then gross_sales
            else cast(gross_sales - returned - price_difference as decimal(28, 4))
        end as monetary,
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
-- Scores that no segment has a cell for break the contract, and lose no customer.
left join rfm.grid as grid
    on
        scores.r_score = grid.r_score
        and scores.f_score = grid.f_score
-- K-Means draws customers by their place: the same ones must come in the same order, whatever threads ran.
order by buyers.customer_id
