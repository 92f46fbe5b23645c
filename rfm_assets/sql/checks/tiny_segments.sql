-- one row per snapshot in the range and segment with less than the least share of the customers.
select
    snapshot_on,
    segment,
    customers,
    customer_share,
from segments.profiles
where
    snapshot_on between cast($first_snapshot as date) and cast($last_snapshot as date)
    and customer_share < cast($min_segment_share as double)
order by snapshot_on, segment
