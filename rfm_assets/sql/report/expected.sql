-- one row per segment of the snapshot, and one for all with an empty name: what the report must say of it.
select
    coalesce(segment, '') as segment,
    count(*) as customers,
    cast(sum(monetary) as decimal(28, 4)) as monetary,
from segments.customers
where snapshot_on = cast($snapshot_on as date)
group by rollup (segment)
