-- one row per segment that has customers, or could have: a list that is empty today says so.
select segment,
from segments.customers
where snapshot_on = cast($snapshot_on as date)
union distinct
select segment,
from model.centroids
where list_contains(cast($model_versions as date[]), model_version)
order by segment
