-- one row per snapshot, from, to and cause; a customer who stays in a segment is not in it.
select
    snapshot_on,
    previous_snapshot_on,
    from_segment,
    to_segment,
    cause,
    count(*) as customers,
from segments.customer_moves
where snapshot_on = cast($snapshot_on as date)
group by snapshot_on, previous_snapshot_on, from_segment, to_segment, cause
