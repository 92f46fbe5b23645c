-- one row per snapshot in the range that is later than the last order.
with last_order as (
    select max(ordered_on) as ordered_on,
    from clean.orders
)

select
    customers.snapshot_on,
    last_order.ordered_on as last_order_on,
from rfm.customers as customers
inner join last_order
    on customers.snapshot_on > last_order.ordered_on
where customers.snapshot_on between cast($first_snapshot as date) and cast($last_snapshot as date)
group by customers.snapshot_on, last_order.ordered_on
order by customers.snapshot_on
