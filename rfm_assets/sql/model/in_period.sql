-- one row: the versions fitted in the period up to the snapshot.
-- A version of these settings counts unless one of other settings came into force after it: then the settings were
-- changed, and changed back. Those in_the_way are of other settings and newer than the period's first day: they would
-- go on scoring the snapshot if a version of these settings were fitted as of that day.
with versions as (
    select
        model_version,
        promoted,
        settings = $fingerprint as is_ours,
        max(model_version) filter (where promoted and settings <> $fingerprint) over () as newest_other,
    from model.versions
    where model_version between cast($first_on as date) and cast($last_on as date)
)

select
    count(*) filter (where is_ours and model_version > coalesce(newest_other, date '0001-01-01')) as in_period,
    count(*) filter (where is_ours and model_version = cast($last_on as date)) as on_snapshot,
    count(*) filter (where not is_ours and promoted and model_version > cast($first_on as date)) as in_the_way,
from versions
