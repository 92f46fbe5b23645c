-- one row per customer and snapshot in the range whose features are not of the numbers that stand beside the segment.
select
    customers.snapshot_on,
    customers.customer_id,
    customers.recency_days,
    customers.frequency,
    customers.monetary,
from segments.customers as customers
left join features.customers as features
    on
        customers.snapshot_on = features.snapshot_on
        and customers.customer_id = features.customer_id
where
    customers.snapshot_on between cast($first_snapshot as date) and cast($last_snapshot as date)
    and coalesce(
        abs(features.recency_log - ln(1 + cast(customers.recency_days as double)))
        + abs(features.frequency_log - ln(1 + cast(customers.frequency as double)))
        + abs(features.monetary_log - ln(1 + cast(greatest(customers.monetary, 0) as double))),
        1
    ) > 1e-9
order by customers.snapshot_on, customers.customer_id
