-- one row per feature of a model version.
select
    feature,
    mean,
    scale,
from model.scaling
where model_version = cast($model_version as date)
