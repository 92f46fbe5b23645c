-- one row: the versions fitted in the period up to the snapshot.
-- Those of these settings count unless others came into force after them: settings were changed, and changed back.
-- in_the_way would go on scoring the snapshot if a version of these settings came in at the period's first day.
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
