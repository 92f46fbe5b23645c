-- one row per snapshot: how far the population at hand is from the customers that a version was fitted on.
-- Source: N. Siddiqi, "Credit Risk Scorecards", 2006, p. 136 (population stability index).
-- No customer in a bin counts as a share of 0.0001, for the logarithm of nothing is not a number.
with scaling as (
    select
        scaling.model_version,
        max(scaling.mean) filter (where scaling.feature = 'recency') as recency_mean,
        max(scaling.scale) filter (where scaling.feature = 'recency') as recency_scale,
        max(scaling.mean) filter (where scaling.feature = 'frequency') as frequency_mean,
        max(scaling.scale) filter (where scaling.feature = 'frequency') as frequency_scale,
        max(scaling.mean) filter (where scaling.feature = 'monetary') as monetary_mean,
        max(scaling.scale) filter (where scaling.feature = 'monetary') as monetary_scale,
    from model.scaling as scaling
    where scaling.model_version = cast($model_version as date)
    group by scaling.model_version
),

logs as (
    select
        customer_id,
        ln(1 + cast(recency_days as double)) as recency_log,
        ln(1 + cast(frequency as double)) as frequency_log,
        ln(1 + cast(greatest(monetary, 0) as double)) as monetary_log,
    from population
),

nearest as (
    select
        logs.customer_id,
        min(
            sqrt(
                power((logs.recency_log - scaling.recency_mean) / scaling.recency_scale - centroids.recency_z, 2)
                + power(
                    (logs.frequency_log - scaling.frequency_mean) / scaling.frequency_scale - centroids.frequency_z, 2
                )
                + power((logs.monetary_log - scaling.monetary_mean) / scaling.monetary_scale - centroids.monetary_z, 2)
            )
        ) as distance,
    from logs
    cross join scaling
    inner join model.centroids as centroids
        on scaling.model_version = centroids.model_version
    group by logs.customer_id
),

far as (
    select
        versions.model_version,
        count(*) as customers,
        cast(count(*) filter (where nearest.distance > versions.far_distance) as double)
        / cast(count(*) as double) as far_share,
    from model.versions as versions
    cross join nearest
    where versions.model_version = cast($model_version as date)
    group by versions.model_version
),

features as (
    select
        'recency' as feature,
        recency_log as value,
    from logs
    union all
    select
        'frequency' as feature,
        frequency_log as value,
    from logs
    union all
    select
        'monetary' as feature,
        monetary_log as value,
    from logs
),

bins as (
    select
        training.feature,
        training.share,
        count(features.value) as customers,
    from model.training as training
    left join features
        on
            training.feature = features.feature
            and training.above < features.value
            and training.up_to >= features.value
    where training.model_version = cast($model_version as date)
    group by training.feature, training.bin, training.share
),

shares as (
    select
        bins.feature,
        greatest(bins.share, 0.0001) as expected,
        greatest(cast(bins.customers as double) / cast(far.customers as double), 0.0001) as actual,
    from bins
    cross join far
),

-- Decimals add up to the same digits in whatever order threads bring them.
indices as (
    select
        feature,
        cast(sum(cast((actual - expected) * ln(actual / expected) as decimal(28, 12))) as double) as psi,
    from shares
    group by feature
)

select
    cast($snapshot_on as date) as snapshot_on,
    far.model_version,
    far.customers,
    far.far_share,
    max(indices.psi) filter (where indices.feature = 'recency') as recency_psi,
    max(indices.psi) filter (where indices.feature = 'frequency') as frequency_psi,
    max(indices.psi) filter (where indices.feature = 'monetary') as monetary_psi,
from far
cross join indices
group by far.model_version, far.customers, far.far_share
