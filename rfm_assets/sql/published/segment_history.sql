-- one row per customer and snapshot.
select
    snapshot_on,
    customer_id,
    recency_days,
    frequency,
    monetary,
    r_score,
    f_score,
    m_score,
    rfm_segment,
    segment,
    previous_segment,
    margin,
    recommended_action,
    model_version,
    second_segment,
    distance,
from segments.customers
where snapshot_on not in (
    select withheld.snapshot_on,
    from withheld
)
