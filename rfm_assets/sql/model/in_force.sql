-- one row: the version that scores the snapshot, empty where there is none.
select max(model_version) as model_version,
from model.versions
where
    promoted
    and model_version <= cast($snapshot_on as date)
