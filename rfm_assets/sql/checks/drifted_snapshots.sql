-- one row per snapshot of the range that has drifted from the version that scores it.
select
    snapshot_on,
    model_version,
    far_share,
    recency_psi,
    frequency_psi,
    monetary_psi,
from model.drift
where
    snapshot_on between cast($first_snapshot as date) and cast($last_snapshot as date)
    and (
        far_share > $max_far_share
        or greatest(recency_psi, frequency_psi, monetary_psi) > $max_psi
    )
order by snapshot_on
