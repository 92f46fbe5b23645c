-- one row per from, to and cause of the snapshot: the most first.
select
    from_segment,
    to_segment,
    cause,
    customers,
from segments.moves
where snapshot_on = cast($snapshot_on as date)
order by customers desc, from_segment asc, to_segment asc, cause asc
