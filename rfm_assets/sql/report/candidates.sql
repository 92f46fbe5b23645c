-- one row per number of clusters tried for the model version.
select
    k,
    inertia,
    silhouette,
    davies_bouldin,
    calinski_harabasz,
    smallest_share,
    stability,
    is_elbow,
    is_admissible,
    is_chosen,
from model.candidates
where model_version = cast($model_version as date)
order by k
