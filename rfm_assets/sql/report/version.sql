-- one row: the model version that scored the snapshot.
select
    model_version,
    k,
    seed,
    customers,
    outliers,
    silhouette,
    agreement,
    reason,
    settings,
from model.versions
where model_version = cast($model_version as date)
