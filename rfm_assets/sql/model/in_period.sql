-- one row: the versions fitted with these settings in the period up to the snapshot, and of these the snapshot's own.
select
    count(*) as in_period,
    count(*) filter (where model_version = cast($last_on as date)) as on_snapshot,
from model.versions
where
    model_version between cast($first_on as date) and cast($last_on as date)
    and settings = $fingerprint
