-- one row per fit that scored the snapshot.
select
    model_version,
    model_digest,
from segments.customers
where snapshot_on = cast($snapshot_on as date)
group by
    model_version,
    model_digest
