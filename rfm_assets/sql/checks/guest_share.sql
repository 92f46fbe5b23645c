-- one row: how much of what was sold went to guests.
with guests as (
    select
        coalesce(sum(line_count), 0) as line_count,
        coalesce(sum(order_count), 0) as order_count,
        coalesce(sum(sales), 0) as sales,
    from clean.guests
),

customers as (
    select coalesce(sum(sale_amount), 0) as sales,
    from clean.ledger
)

select
    cast(guests.line_count as bigint) as guest_lines,
    cast(guests.order_count as bigint) as guest_orders,
    cast(guests.sales as double) as guest_sales,
    cast(guests.sales as double) / nullif(cast(guests.sales + customers.sales as double), 0) as guest_share_of_sales,
from guests
cross join customers
