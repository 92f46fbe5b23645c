-- one row per model version up to the snapshot, the newest first.
select
    model_version,
    k,
    customers,
    inertia,
    silhouette,
    agreement,
    promoted,
    reason,
from model.versions
where model_version <= cast($snapshot_on as date)
order by model_version desc
limit 6
