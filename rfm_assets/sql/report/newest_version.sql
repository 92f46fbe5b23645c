-- one row: the newest model version up to the snapshot, when it is newer than the one that scored the snapshot.
select
    model_version,
    reason,
from model.versions
where
    model_version > cast($model_version as date)
    and model_version <= cast($snapshot_on as date)
order by model_version desc
limit 1
