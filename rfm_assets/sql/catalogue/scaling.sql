-- one row per feature of a snapshot: its customers before and after the logarithm and the scaling.
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

long as (
    select
        1 as place,
        'recency' as feature,
        recency as before_scaling,
        recency_z as after_scaling,
    from customers
    union all
    select
        2 as place,
        'frequency' as feature,
        frequency as before_scaling,
        frequency_z as after_scaling,
    from customers
    union all
    select
        3 as place,
        'monetary' as feature,
        monetary as before_scaling,
        monetary_z as after_scaling,
    from customers
)

select
    feature,
    avg(before_scaling) as mean_before,
    stddev_pop(before_scaling) as deviation_before,
    skewness(before_scaling) as skewness_before,
    avg(after_scaling) as mean_after,
    stddev_pop(after_scaling) as deviation_after,
    skewness(after_scaling) as skewness_after,
from long
group by place, feature
order by place
