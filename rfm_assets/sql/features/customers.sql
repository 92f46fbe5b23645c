-- one row per customer and snapshot, standardised with the mean and scale of the version in force on that day.
with in_force as (
    select max(model_version) as model_version,
    from model.versions
    where
        promoted
        and model_version <= cast($snapshot_on as date)
),

scaling as (
    select
        in_force.model_version,
        max(scaling.mean) filter (where scaling.feature = 'recency') as recency_mean,
        max(scaling.scale) filter (where scaling.feature = 'recency') as recency_scale,
        max(scaling.mean) filter (where scaling.feature = 'frequency') as frequency_mean,
        max(scaling.scale) filter (where scaling.feature = 'frequency') as frequency_scale,
        max(scaling.mean) filter (where scaling.feature = 'monetary') as monetary_mean,
        max(scaling.scale) filter (where scaling.feature = 'monetary') as monetary_scale,
        max(scaling.lower_fence) filter (where scaling.feature = 'recency') as recency_lower,
        max(scaling.upper_fence) filter (where scaling.feature = 'recency') as recency_upper,
        max(scaling.lower_fence) filter (where scaling.feature = 'frequency') as frequency_lower,
        max(scaling.upper_fence) filter (where scaling.feature = 'frequency') as frequency_upper,
        max(scaling.lower_fence) filter (where scaling.feature = 'monetary') as monetary_lower,
        max(scaling.upper_fence) filter (where scaling.feature = 'monetary') as monetary_upper,
    from in_force
    inner join model.scaling as scaling
        on in_force.model_version = scaling.model_version
    group by in_force.model_version
),

logs as (
    select
        snapshot_on,
        customer_id,
        ln(1 + cast(recency_days as double)) as recency_log,
        ln(1 + cast(frequency as double)) as frequency_log,
        ln(1 + cast(greatest(monetary, 0) as double)) as monetary_log,
    from rfm.customers
    where snapshot_on = cast($snapshot_on as date)
)

select
    logs.snapshot_on,
    logs.customer_id,
    scaling.model_version,
    logs.recency_log,
    logs.frequency_log,
    logs.monetary_log,
    (logs.recency_log - scaling.recency_mean) / scaling.recency_scale as recency_z,
    (logs.frequency_log - scaling.frequency_mean) / scaling.frequency_scale as frequency_z,
    (logs.monetary_log - scaling.monetary_mean) / scaling.monetary_scale as monetary_z,
    logs.recency_log < scaling.recency_lower
    or logs.recency_log > scaling.recency_upper
    or logs.frequency_log < scaling.frequency_lower
    or logs.frequency_log > scaling.frequency_upper
    or logs.monetary_log < scaling.monetary_lower
    or logs.monetary_log > scaling.monetary_upper as is_outlier,
from logs
cross join scaling
