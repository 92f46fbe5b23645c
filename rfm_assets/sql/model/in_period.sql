-- one row: how many versions of which kinds the period has up to the snapshot.
-- Those fitted with these settings, of these the snapshot's own, and those of other settings that would go on scoring
-- the snapshot if a version came in at the period's first day.
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
