-- one row per snapshot, from, to and cause.
select
    snapshot_on,
    previous_snapshot_on,
    from_segment,
    to_segment,
    cause,
    customers,
from segments.moves
where
    snapshot_on not in (
        select withheld.snapshot_on,
        from withheld
    )
order by snapshot_on, from_segment, to_segment, cause
