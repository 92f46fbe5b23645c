-- one row per customer of the snapshot.
select
    customer_id,
    recency_days,
    frequency,
    monetary,
from rfm.customers
where snapshot_on = cast($snapshot_on as date)
