-- one row per customer and snapshot in the range who has not exactly one segment.
with counts as (
    select
        snapshot_on,
        customer_id,
        count(segment) as segments,
    from segments.customers
    where snapshot_on between cast($first_snapshot as date) and cast($last_snapshot as date)
    group by snapshot_on, customer_id
)

select
    coalesce(rfm.snapshot_on, counts.snapshot_on) as snapshot_on,
    coalesce(rfm.customer_id, counts.customer_id) as customer_id,
    coalesce(counts.segments, 0) as segments,
    rfm.customer_id is not null as is_buyer,
from (
    select
        snapshot_on,
        customer_id,
    from rfm.customers
    where snapshot_on between cast($first_snapshot as date) and cast($last_snapshot as date)
) as rfm
full outer join counts
    on
        rfm.snapshot_on = counts.snapshot_on
        and rfm.customer_id = counts.customer_id
where
    rfm.customer_id is null
    or counts.segments is distinct from 1
order by snapshot_on, customer_id
