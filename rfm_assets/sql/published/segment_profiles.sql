-- one row per snapshot and segment.
select
    snapshot_on,
    segment,
    customers,
    customer_share,
    monetary,
    monetary_share,
    mean_recency_days,
    mean_frequency,
    mean_monetary,
from segments.profiles
order by snapshot_on, segment
