-- one row: what was bought without a customer id up to the snapshot.
select
    cast(coalesce(sum(line_count), 0) as bigint) as line_count,
    cast(coalesce(sum(order_count), 0) as bigint) as order_count,
    cast(coalesce(sum(sales), 0) as decimal(28, 4)) as sales,
    cast(coalesce(sum(amount), 0) as decimal(28, 4)) as amount,
from clean.guests
where invoiced_on <= cast($snapshot_on as date)
