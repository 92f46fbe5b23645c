-- one row per segment of the snapshot: its mean standardised recency, frequency and monetary.
select
    segments.segment,
    avg(features.recency_z) as recency_z,
    avg(features.frequency_z) as frequency_z,
    avg(features.monetary_z) as monetary_z,
from segments.customers as segments
inner join features.customers as features
    on
        segments.snapshot_on = features.snapshot_on
        and segments.customer_id = features.customer_id
where segments.snapshot_on = cast($snapshot_on as date)
group by segments.segment
order by segments.segment
