-- one row: the customers of the snapshot as a whole, and of the snapshot before where there is one.
with segments as (
    select
        count(*) as customers,
        cast(sum(monetary) as decimal(28, 4)) as monetary,
        max(model_version) as model_version,
        max(model_digest) as model_digest,
        max(previous_snapshot_on) as previous_snapshot_on,
    from segments.customers
    where snapshot_on = cast($snapshot_on as date)
),

rfm as (
    select
        cast(sum(frequency) as bigint) as orders,
        quantile_cont(cast(recency_days as double), 0.5) as median_recency_days,
        quantile_cont(cast(frequency as double), 0.5) as median_frequency,
        quantile_cont(cast(monetary as double), 0.5) as median_monetary,
    from rfm.customers
    where snapshot_on = cast($snapshot_on as date)
),

before as (
    select cast(sum(profiles.monetary) as decimal(28, 4)) as previous_monetary,
    from segments.profiles as profiles
    inner join segments
        on profiles.snapshot_on = segments.previous_snapshot_on
)

select
    segments.customers,
    segments.monetary,
    segments.model_version,
    segments.model_digest,
    snapshots.built_from,
    segments.previous_snapshot_on,
    rfm.orders,
    rfm.median_recency_days,
    rfm.median_frequency,
    rfm.median_monetary,
    -- Sales before returns and after them, say, are no growth.
    case
        when coalesce(snapshots.monetary, '') = coalesce(snapshots_before.monetary, '') then before.previous_monetary
    end as previous_monetary,
    -- Of a snapshot from before rfm.snapshots was kept, the setting is all that is known.
    coalesce(snapshots.monetary, cast($monetary as varchar)) as monetary_counts,
from segments
cross join rfm
cross join before
left join rfm.snapshots as snapshots
    on snapshots.snapshot_on = cast($snapshot_on as date)
left join rfm.snapshots as snapshots_before
    on segments.previous_snapshot_on = snapshots_before.snapshot_on
