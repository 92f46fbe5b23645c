-- one row: the versions fitted in the period up to the snapshot.
-- in_the_way would go on scoring the snapshot if a version of these settings came in at the period's first day.
select
    count(*) filter (where settings = $fingerprint) as in_period,
    count(*) filter (where settings = $fingerprint and model_version = cast($last_on as date)) as on_snapshot,
    count(*) filter (
        where
        settings <> $fingerprint
        and promoted
        and model_version > cast($first_on as date)
    ) as in_the_way,
from model.versions
where model_version between cast($first_on as date) and cast($last_on as date)
