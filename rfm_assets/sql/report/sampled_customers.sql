-- one row per customer of a sample of the snapshot, the same one whenever it is drawn; nothing tells who they are.
with drawn as (
    select
        segment,
        recency_days,
        monetary,
        md5(customer_id) as place,
    from segments.customers
    where
        snapshot_on = cast($snapshot_on as date)
        and monetary > 0
    order by md5(customer_id)
    limit cast($sample_size as bigint)
)

select
    segment,
    recency_days,
    cast(monetary as double) as monetary,
from drawn
order by place
