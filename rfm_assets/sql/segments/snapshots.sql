-- one row: the snapshot, and the numbers and the snapshot before that its segments were made from.
with made as (
    select max(previous_snapshot_on) as previous_snapshot_on,
    from segments.customers
    where snapshot_on = cast($snapshot_on as date)
)

select
    numbers.snapshot_on,
    numbers.built_from,
    made.previous_snapshot_on,
    previous.built_from as previous_built_from,
from rfm.snapshots as numbers
cross join made
left join segments.snapshots as previous
    on made.previous_snapshot_on = previous.snapshot_on
where numbers.snapshot_on = cast($snapshot_on as date)
