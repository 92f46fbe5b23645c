-- one row per snapshot that others may not see: its run did not come to its end, and is not the one that publishes.
select customers.snapshot_on,
from (
    select snapshot_on,
    from segments.customers
    group by snapshot_on
) as customers
-- Of a snapshot from before rfm.snapshots was kept, nothing is known.
inner join rfm.snapshots as numbers
    on customers.snapshot_on = numbers.snapshot_on
left join segments.snapshots as made
    on customers.snapshot_on = made.snapshot_on
where
    coalesce(made.built_from <> numbers.built_from, true)
    and not list_contains(cast($run_days as date[]), customers.snapshot_on)
