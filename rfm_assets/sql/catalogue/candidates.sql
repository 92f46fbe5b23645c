-- one row per number of clusters that the newest version up to the snapshot tried.
with newest as (
    select max(model_version) as model_version,
    from model.versions
    where model_version <= cast($snapshot_on as date)
)

select
    candidates.model_version,
    candidates.k,
    candidates.inertia,
    candidates.silhouette,
    candidates.stability,
    candidates.smallest_share,
    candidates.is_elbow,
    candidates.is_admissible,
    candidates.is_chosen,
from model.candidates as candidates
inner join newest
    on candidates.model_version = newest.model_version
order by candidates.k
