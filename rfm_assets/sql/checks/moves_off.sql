-- one row per snapshot in the range where previous + arrived - erased is not current.
with snapshots as (
    select
        snapshot_on,
        max(previous_snapshot_on) as previous_snapshot_on,
        count(*) as customers,
    from segments.customers
    where snapshot_on between cast($first_snapshot as date) and cast($last_snapshot as date)
    group by snapshot_on
),

previous as (
    select
        snapshots.snapshot_on,
        count(*) as customers,
    from snapshots
    inner join segments.customers as customers
        on snapshots.previous_snapshot_on = customers.snapshot_on
    group by snapshots.snapshot_on
),

moves as (
    select
        snapshot_on,
        coalesce(sum(customers) filter (where cause = 'arrived'), 0) as arrived,
        coalesce(sum(customers) filter (where cause = 'erased'), 0) as erased,
    from segments.moves
    where snapshot_on between cast($first_snapshot as date) and cast($last_snapshot as date)
    group by snapshot_on
)

select
    snapshots.snapshot_on,
    previous.customers as previous_customers,
    coalesce(moves.arrived, 0) as arrived,
    coalesce(moves.erased, 0) as erased,
    snapshots.customers,
from snapshots
inner join previous
    on snapshots.snapshot_on = previous.snapshot_on
left join moves
    on snapshots.snapshot_on = moves.snapshot_on
where previous.customers + coalesce(moves.arrived, 0) - coalesce(moves.erased, 0) <> snapshots.customers
order by snapshots.snapshot_on
