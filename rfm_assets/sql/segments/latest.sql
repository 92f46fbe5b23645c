-- one row: the latest snapshot, empty when there is none, and whether its run came to its end.
select
    latest.snapshot_on,
    -- Of a snapshot from before rfm.snapshots was kept, nothing is known.
    numbers.snapshot_on is null or coalesce(made.built_from = numbers.built_from, false) as is_complete,
from (
    select max(snapshot_on) as snapshot_on,
    from segments.customers
) as latest
left join rfm.snapshots as numbers
    on latest.snapshot_on = numbers.snapshot_on
left join segments.snapshots as made
    on latest.snapshot_on = made.snapshot_on
