-- one row: the model version in force on the snapshot, empty when there is none.
select max(model_version) as model_version,
from model.versions
where
    promoted
    and model_version <= cast($snapshot_on as date)
