-- one row per model that scored the snapshot, at most one.
select
    model_version,
    model_digest,
from segments.customers
where snapshot_on = cast($snapshot_on as date)
group by model_version, model_digest
