-- one row per segment of the snapshot: its mean standardised recency, frequency and monetary.
-- Decimals add up to the same digits in whatever order threads bring them.
select
    segments.segment,
    cast(sum(cast(features.recency_z as decimal(28, 12))) as double) / count(*) as recency_z,
    cast(sum(cast(features.frequency_z as decimal(28, 12))) as double) / count(*) as frequency_z,
    cast(sum(cast(features.monetary_z as decimal(28, 12))) as double) / count(*) as monetary_z,
from segments.customers as segments
inner join features.customers as features
    on
        segments.snapshot_on = features.snapshot_on
        and segments.customer_id = features.customer_id
where segments.snapshot_on = cast($snapshot_on as date)
group by segments.segment
order by segments.segment
