-- one row per model version, promoted or not, of a later day than the snapshot.
select model_version,
from model.versions
where model_version > cast($snapshot_on as date)
