-- one row per customer.
select
    customer_id,
    segment,
    model_digest,
from segments.customers
where snapshot_on = cast($snapshot_on as date)
order by customer_id
