-- one row per snapshot: what is drawn over the snapshots.
select
    far_share,
    recency_psi,
    frequency_psi,
    monetary_psi,
from model.drift
where snapshot_on = cast($snapshot_on as date)
