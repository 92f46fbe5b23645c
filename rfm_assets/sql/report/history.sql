-- one row per snapshot and segment up to the snapshot: each of the last days, and of the months before the last one.
with snapshots as (
    select
        snapshot_on,
        row_number() over (order by snapshot_on desc) as place,
        row_number() over (partition by date_trunc('month', snapshot_on) order by snapshot_on desc) as place_in_month,
    from segments.profiles
    where
        snapshot_on <= cast($snapshot_on as date)
        and snapshot_on not in (
            select withheld.snapshot_on,
            from withheld
        )
    group by snapshot_on
)

select
    profiles.snapshot_on,
    profiles.segment,
    profiles.customers,
from segments.profiles as profiles
inner join snapshots
    on profiles.snapshot_on = snapshots.snapshot_on
where
    snapshots.place <= cast($days as bigint)
    or snapshots.place_in_month = 1
order by profiles.snapshot_on, profiles.segment
