-- one row: how far the customers of a snapshot are from those that the model was fitted on; none without a model.
select
    far_share,
    recency_psi,
    frequency_psi,
    monetary_psi,
from model.drift
where snapshot_on = cast($snapshot_on as date)
