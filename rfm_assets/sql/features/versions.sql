-- one row per model version that the features of a snapshot are of: one, or none.
select distinct model_version,
from features.customers
where snapshot_on = cast($snapshot_on as date)
