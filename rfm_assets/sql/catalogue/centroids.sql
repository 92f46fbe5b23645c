-- one row per cluster of the version in force on the snapshot, the largest first.
with in_force as (
    select max(model_version) as model_version,
    from model.versions
    where
        promoted
        and model_version <= cast($snapshot_on as date)
)

select
    centroids.segment,
    centroids.customers,
    centroids.recency_days,
    centroids.frequency,
    centroids.monetary,
from model.centroids as centroids
inner join in_force
    on centroids.model_version = in_force.model_version
order by centroids.customers desc, centroids.segment asc
