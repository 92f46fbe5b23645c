-- one row per snapshot: how far the population at hand is from the customers that a version was fitted on.
-- Source: N. Siddiqi, "Credit Risk Scorecards", 2006, p. 136 (population stability index).
-- No customer in a bin counts as a share of 0.0001, for the logarithm of nothing is not a number.
with scaling as (
    select
        scaling.model_version,
        max(scaling.mean) filter (where scaling.feature = 'recency') as recency_mean,
        max(scaling.scale) filter (where scaling.feature = 'recency') as recency_scale,
        -- Which those of versions of earlier releases are only where RFM_SCALING was zscore.
        max(coalesce(scaling.log_mean, scaling.mean)) filter (where scaling.feature = 'recency') as recency_log_mean,
        max(coalesce(scaling.log_deviation, scaling.scale)) filter (where scaling.feature = 'recency')
            as recency_log_deviation,
        max(scaling.mean) filter (where scaling.feature = 'frequency') as frequency_mean,
        max(scaling.scale) filter (where scaling.feature = 'frequency') as frequency_scale,
        max(scaling.mean) filter (where scaling.feature = 'monetary') as monetary_mean,
        max(scaling.scale) filter (where scaling.feature = 'monetary') as monetary_scale,
        max(scaling.lower_fence) filter (where scaling.feature = 'recency') as recency_lower,
        max(scaling.lower_fence) filter (where scaling.feature = 'frequency') as frequency_lower,
        max(scaling.lower_fence) filter (where scaling.feature = 'monetary') as monetary_lower,
        max(scaling.upper_fence) filter (where scaling.feature = 'recency') as recency_upper,
        max(scaling.upper_fence) filter (where scaling.feature = 'frequency') as frequency_upper,
        max(scaling.upper_fence) filter (where scaling.feature = 'monetary') as monetary_upper,
    from model.scaling as scaling
    where scaling.model_version = cast($model_version as date)
    group by scaling.model_version
),

everybody as (
    select
        customer_id,
        ln(1 + cast(recency_days as double)) as recency_log,
        ln(1 + cast(frequency as double)) as frequency_log,
        ln(1 + cast(greatest(monetary, 0) as double)) as monetary_log,
    from population
),

-- Outliers were left out of the fit and are no drift: only more of them are. The logarithm of the same number may have
-- another last digit in NumPy than in DuckDB.
logs as (
    select
        everybody.customer_id,
        everybody.recency_log,
        everybody.frequency_log,
        everybody.monetary_log,
    from everybody
    cross join scaling
    where
        -- The fences of earlier releases' versions have no tolerance of their own.
        everybody.recency_log between scaling.recency_lower - 1e-9 and scaling.recency_upper + 1e-9
        and everybody.frequency_log between scaling.frequency_lower - 1e-9 and scaling.frequency_upper + 1e-9
        and everybody.monetary_log between scaling.monetary_lower - 1e-9 and scaling.monetary_upper + 1e-9
),

counts as (
    select
        count(*) as customers,
        count(*) - (
            select count(*) as inside,
            from logs
        ) as outliers,
    from everybody
),

nearest as (
    select
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
        counts.customers,
        counts.customers - counts.outliers as inside,
        (
            cast(count(*) filter (where nearest.distance > versions.far_distance) as double)
            + greatest(
                cast(counts.outliers as double)
                - cast(counts.customers as double) * cast(versions.outliers as double)
                / cast(versions.customers + versions.outliers as double),
                0
            )
        ) / cast(counts.customers as double) as far_share,
    from model.versions as versions
    cross join counts
    left join nearest
        on true
    where versions.model_version = cast($model_version as date)
    group by
        versions.model_version, versions.customers, versions.outliers, counts.customers, counts.outliers
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
        training.bin,
        training.share,
        count(features.value) as customers,
    from model.training as training
    left join features
        on
            training.feature = features.feature
            and training.above + 1e-9 < features.value
            and training.up_to + 1e-9 >= features.value
    where training.model_version = cast($model_version as date)
    group by training.feature, training.bin, training.share
),

-- Decimals add up to the same digits in whatever order threads bring them.
moments as (
    select
        cast(sum(cast(recency_log as decimal(28, 12))) as double) / count(*) as mean,
        cast(sum(cast(recency_log * recency_log as decimal(28, 12))) as double) / count(*) as mean_square,
    from logs
),

-- Who bought on one day ages together: the crowd crosses the end of a bin between two days, which is no drift. So while
-- neither mean nor deviation of recency has moved by a quarter, its bins are taken in pairs, which can be done in two
-- ways, and the lesser index counts.
ways as (
    select
        0 as pairing,
        1 as bins_in_one,
    union all
    select
        pairings.pairing,
        2 as bins_in_one,
    from moments
    cross join scaling
    cross join (values (0), (1)) as pairings (pairing)
    where
        abs(moments.mean - scaling.recency_log_mean) <= 0.25 * scaling.recency_log_deviation
        and abs(
            ln(sqrt(greatest(moments.mean_square - moments.mean * moments.mean, 1e-9)) / scaling.recency_log_deviation)
        ) <= 0.25
),

paired as (
    select
        bins.feature,
        ways.pairing,
        ways.bins_in_one,
        case
            when bins.feature = 'recency' then floor((bins.bin + ways.pairing) / ways.bins_in_one)
            else bins.bin
        end as pair,
        sum(bins.share) as share,
        sum(bins.customers) as customers,
    from bins
    cross join ways
    group by
        bins.feature,
        ways.pairing,
        ways.bins_in_one,
        pair
),

shares as (
    select
        paired.feature,
        paired.pairing,
        paired.bins_in_one,
        greatest(paired.share, 0.0001) as expected,
        greatest(cast(paired.customers as double) / cast(greatest(far.inside, 1) as double), 0.0001) as actual,
    from paired
    cross join far
),

indices as (
    select
        feature,
        cast(sum(cast((actual - expected) * ln(actual / expected) as decimal(28, 12))) as double) as psi,
    from shares
    group by
        feature,
        pairing,
        bins_in_one
)

select
    cast($snapshot_on as date) as snapshot_on,
    far.model_version,
    far.customers,
    far.far_share,
    min(indices.psi) filter (where indices.feature = 'recency') as recency_psi,
    min(indices.psi) filter (where indices.feature = 'frequency') as frequency_psi,
    min(indices.psi) filter (where indices.feature = 'monetary') as monetary_psi,
from far
cross join indices
group by far.model_version, far.customers, far.far_share
