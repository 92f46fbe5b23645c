-- one row per feature and bin of a snapshot: 16 equal bins from the least to the most, before and after the scaling.
with customers as (
    select
        cast(rfm.recency_days as double) as recency,
        cast(rfm.frequency as double) as frequency,
        cast(rfm.monetary as double) as monetary,
        features.recency_z,
        features.frequency_z,
        features.monetary_z,
    from features.customers as features
    inner join rfm.customers as rfm
        on
            features.snapshot_on = rfm.snapshot_on
            and features.customer_id = rfm.customer_id
    where features.snapshot_on = cast($snapshot_on as date)
),

measured as (
    select
        'recency before' as histogram,
        recency as amount,
    from customers
    union all
    select
        'recency after' as histogram,
        recency_z as amount,
    from customers
    union all
    select
        'frequency before' as histogram,
        frequency as amount,
    from customers
    union all
    select
        'frequency after' as histogram,
        frequency_z as amount,
    from customers
    union all
    select
        'monetary before' as histogram,
        monetary as amount,
    from customers
    union all
    select
        'monetary after' as histogram,
        monetary_z as amount,
    from customers
),

bounds as (
    select
        histogram,
        min(amount) as least,
        greatest(max(amount) - min(amount), 1e-9) / 16 as width,
    from measured
    group by histogram
),

binned as (
    select
        bounds.histogram,
        least(cast(floor((measured.amount - bounds.least) / bounds.width) as bigint), 15) as bin,
    from measured
    inner join bounds
        on measured.histogram = bounds.histogram
)

select
    histogram,
    bin,
    count(*) as customers,
from binned
group by histogram, bin
order by histogram, bin
