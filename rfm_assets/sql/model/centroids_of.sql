-- one row per cluster of a model version.
select
    segment,
    recency_z,
    frequency_z,
    monetary_z,
from model.centroids
where model_version = cast($model_version as date)
