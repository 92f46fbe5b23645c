-- one row per customer of a segment.
select
    customer_id,
    segment,
    snapshot_on,
from segments.customers
where
    snapshot_on = cast($snapshot_on as date)
    and segment = cast($segment as varchar)
order by customer_id
