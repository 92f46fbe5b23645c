-- one row per customer, as of the latest snapshot.
select
    customers.snapshot_on,
    customers.customer_id,
    customers.recency_days,
    customers.frequency,
    customers.monetary,
    customers.r_score,
    customers.f_score,
    customers.m_score,
    customers.rfm_segment,
    customers.segment,
    customers.previous_segment,
    customers.margin,
    customers.recommended_action,
    customers.model_version,
    customers.second_segment,
    customers.distance,
    reasons.fewer_orders_segment,
    reasons.next_order_segment,
    reasons.silent_days,
    reasons.silent_segment,
    reasons.why,
from segments.customers as customers
left join segments.reasons as reasons
    on
        customers.snapshot_on = reasons.snapshot_on
        and customers.customer_id = reasons.customer_id
where
    customers.snapshot_on = (
        select max(latest.snapshot_on) as snapshot_on,
        from segments.customers as latest
    )
