-- one row per cluster of the newest version promoted before a version, with the version's scaling.
with newest as (
    select max(model_version) as model_version,
    from model.versions
    where
        promoted
        and model_version < cast($model_version as date)
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
    from model.scaling as scaling
    group by scaling.model_version
)

select
    versions.model_version,
    versions.settings,
    centroids.segment,
    centroids.recency_z,
    centroids.frequency_z,
    centroids.monetary_z,
    scaling.recency_mean,
    scaling.recency_scale,
    scaling.frequency_mean,
    scaling.frequency_scale,
    scaling.monetary_mean,
    scaling.monetary_scale,
from newest
inner join model.versions as versions
    on newest.model_version = versions.model_version
inner join model.centroids as centroids
    on newest.model_version = centroids.model_version
inner join scaling
    on newest.model_version = scaling.model_version
order by centroids.cluster
