-- one row per feature, stage (before or after logarithms and scaling) and bin that customers of the snapshot are in.
with measured as (
    select
        cast(rfm.recency_days as double) as recency,
        cast(rfm.frequency as double) as frequency,
        cast(rfm.monetary as double) as monetary,
        features.recency_z,
        features.frequency_z,
        features.monetary_z,
    from rfm.customers as rfm
    inner join features.customers as features
        on
            rfm.snapshot_on = features.snapshot_on
            and rfm.customer_id = features.customer_id
    where rfm.snapshot_on = cast($snapshot_on as date)
),

long_values as (
    select
        'recency' as feature,
        'before' as stage,
        recency as measure,
    from measured
    union all
    select
        'frequency' as feature,
        'before' as stage,
        frequency as measure,
    from measured
    union all
    select
        'monetary' as feature,
        'before' as stage,
        monetary as measure,
    from measured
    union all
    select
        'recency' as feature,
        'after' as stage,
        recency_z as measure,
    from measured
    union all
    select
        'frequency' as feature,
        'after' as stage,
        frequency_z as measure,
    from measured
    union all
    select
        'monetary' as feature,
        'after' as stage,
        monetary_z as measure,
    from measured
),

-- A single wholesaler would squeeze everybody else into the first bin: the last one in a hundred at each end counts
-- in the outermost bins.
ends as (
    select
        feature,
        stage,
        quantile_cont(measure, 0.01) as low,
        quantile_cont(measure, 0.99) as high,
    from long_values
    group by feature, stage
),

binned as (
    select
        long_values.feature,
        long_values.stage,
        ends.low,
        ends.high,
        case
            when ends.high > ends.low
                then cast(
                    least(
                        greatest(floor((long_values.measure - ends.low) / (ends.high - ends.low) * 24), 0), 23
                    ) as bigint
                )
            else 0
        end as bin,
    from long_values
    inner join ends
        on
            long_values.feature = ends.feature
            and long_values.stage = ends.stage
)

select
    feature,
    stage,
    bin,
    -- Where all have the same number, one bin around it.
    case when high > low then low + (high - low) * bin / 24 else low - 0.5 end as at_least,
    case when high > low then low + (high - low) * (bin + 1) / 24 else low + 0.5 end as below,
    count(*) as customers,
from binned
group by feature, stage, bin, low, high
order by feature, stage, bin
