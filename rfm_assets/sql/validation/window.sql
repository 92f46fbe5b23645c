-- one row per customer with an order after the cut, up to the snapshot.
select
    customer_id,
    count(*) filter (where order_kind = 'sale') as orders,
    cast(
        coalesce(sum(amount) filter (where order_kind = 'sale' or $monetary <> 'gross'), 0) as decimal(28, 4)
    ) as monetary,
from clean.orders
where
    ordered_on > cast($cut_on as date)
    and ordered_on <= cast($snapshot_on as date)
group by customer_id
