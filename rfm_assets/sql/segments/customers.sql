-- one row per customer and snapshot: the segment of the nearest centroid.
with before as (
    select max(snapshot_on) as snapshot_on,
    from segments.customers
    where snapshot_on < cast($snapshot_on as date)
),

previous as (
    select
        customers.customer_id,
        customers.segment,
        customers.snapshot_on,
        customers.model_version,
    from segments.customers as customers
    inner join before
        on customers.snapshot_on = before.snapshot_on
),

-- Today's version scores, and yesterday's too where it was another: that tells a move by the model from a real one.
versions as (
    select model_version,
    from features.customers
    where snapshot_on = cast($snapshot_on as date)
    union distinct
    select model_version,
    from previous
),

scaling as (
    select
        scaling.model_version,
        max(scaling.mean) filter (where scaling.feature = 'recency') as recency_mean,
        max(scaling.scale) filter (where scaling.feature = 'recency') as recency_scale,
        max(scaling.mean) filter (where scaling.feature = 'frequency') as frequency_mean,
        max(scaling.scale) filter (where scaling.feature = 'frequency') as frequency_scale,
        max(scaling.mean) filter (where scaling.feature = 'monetary') as monetary_mean,
        max(scaling.scale) filter (where scaling.feature = 'monetary') as monetary_scale,
    from versions
    inner join model.scaling as scaling
        on versions.model_version = scaling.model_version
    group by scaling.model_version
),

distances as (
    select
        features.customer_id,
        centroids.model_version,
        centroids.segment,
        sqrt(
            power((features.recency_log - scaling.recency_mean) / scaling.recency_scale - centroids.recency_z, 2)
            + power(
                (features.frequency_log - scaling.frequency_mean) / scaling.frequency_scale - centroids.frequency_z, 2
            )
            + power((features.monetary_log - scaling.monetary_mean) / scaling.monetary_scale - centroids.monetary_z, 2)
        ) as distance,
    from features.customers as features
    cross join scaling
    inner join model.centroids as centroids
        on scaling.model_version = centroids.model_version
    where features.snapshot_on = cast($snapshot_on as date)
),

ranked as (
    select
        customer_id,
        model_version,
        segment,
        distance,
        row_number() over (partition by customer_id, model_version order by distance, segment) as place,
    from distances
),

nearest as (
    select
        customer_id,
        model_version,
        max(segment) filter (where place = 1) as segment,
        max(distance) filter (where place = 2) - max(distance) filter (where place = 1) as margin,
    from ranked
    group by customer_id, model_version
)

select
    rfm.snapshot_on,
    rfm.customer_id,
    rfm.recency_days,
    rfm.frequency,
    rfm.monetary,
    rfm.r_score,
    rfm.f_score,
    rfm.m_score,
    rfm.rfm_segment,
    nearest.segment,
    previous.segment as previous_segment,
    before.snapshot_on as previous_snapshot_on,
    unmoved.segment as unmoved_segment,
    nearest.margin,
    coalesce(playbook.recommended_action, 'None in the playbook.') as recommended_action,
    nearest.model_version,
from rfm.customers as rfm
inner join features.customers as features
    on
        rfm.customer_id = features.customer_id
        and rfm.snapshot_on = features.snapshot_on
inner join nearest
    on
        features.customer_id = nearest.customer_id
        and features.model_version = nearest.model_version
left join segments.playbook as playbook
    on nearest.segment = playbook.segment
cross join before
left join previous
    on rfm.customer_id = previous.customer_id
left join nearest as unmoved
    on
        previous.customer_id = unmoved.customer_id
        and previous.model_version = unmoved.model_version
where rfm.snapshot_on = cast($snapshot_on as date)
