-- one row: what the published file is.
with sources as (
    select string_agg(concat(name, ' ', sha256), '; ' order by name) as sources,
    from raw.files
    where status = 'loaded'
),

latest as (
    select
        snapshot_on,
        max(model_version) as model_version,
        count(*) as customers,
    from segments.customers
    group by snapshot_on
    order by snapshot_on desc
    limit 1
),

history as (
    select count(*) as segment_history_rows,
    from segments.customers
    where snapshot_on not in (
        select withheld.snapshot_on,
        from withheld
    )
),

profiles as (
    select count(*) as segment_profiles_rows,
    from segments.profiles
    where snapshot_on not in (
        select withheld.snapshot_on,
        from withheld
    )
),

moves as (
    select count(*) as segment_moves_rows,
    from segments.moves
    where snapshot_on not in (
        select withheld.snapshot_on,
        from withheld
    )
),

playbook as (
    select count(*) as playbook_rows,
    from segments.playbook
)

select
    cast($contract_version as bigint) as contract_version,
    latest.snapshot_on,
    latest.model_version,
    latest.customers,
    -- Of a snapshot from before rfm.snapshots was kept, the setting is all that is known.
    coalesce(snapshots.monetary, cast($monetary as varchar)) as monetary_counts,
    cast($currency as varchar) as currency,
    sources.sources,
    cast($built_at as timestamp) as built_at,
    latest.customers as segments_rows,
    history.segment_history_rows,
    profiles.segment_profiles_rows,
    moves.segment_moves_rows,
    playbook.playbook_rows,
from latest
left join rfm.snapshots as snapshots
    on latest.snapshot_on = snapshots.snapshot_on
cross join sources
cross join history
cross join profiles
cross join moves
cross join playbook
