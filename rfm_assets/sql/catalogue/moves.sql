-- one row per way that customers went since the snapshot before, the most travelled first.
select
    from_segment,
    to_segment,
    cause,
    customers,
from segments.moves
where snapshot_on = cast($snapshot_on as date)
order by customers desc, from_segment asc, to_segment asc, cause asc
