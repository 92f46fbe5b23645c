-- one row per customer who bought on or before the snapshot: the numbers, without scores.
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
        and $monetary = 'matched'
    group by customer_id, sale_invoice_id
),

orders as (
    select
        orders.customer_id,
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
)

select
    cast($snapshot_on as date) as snapshot_on,
    customer_id,
    cast(date_diff('day', last_order_on, cast($snapshot_on as date)) as bigint) as recency_days,
    frequency,
    case
        when $monetary = 'gross' then gross_sales
        else cast(gross_sales - returned - price_difference as decimal(28, 4))
    end as monetary,
    gross_sales,
    returned,
    first_order_on,
from sums
where frequency > 0
