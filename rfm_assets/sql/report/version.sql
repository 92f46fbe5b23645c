-- one row: the model version that scored the snapshot.
select
    model_version,
    k,
    seed,
    customers,
    outliers,
    silhouette,
    reason,
from model.versions
where model_version = cast($model_version as date)
