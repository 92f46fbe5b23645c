-- one row per segment of a snapshot, the largest first.
with sums as (
    select
        segment,
        max(recommended_action) as recommended_action,
        count(*) as customers,
        count(*) filter (where segment <> previous_segment) as changed,
        cast(sum(monetary) as double) as monetary,
        avg(cast(recency_days as double)) as mean_recency_days,
        avg(cast(frequency as double)) as mean_frequency,
    from segments.customers
    where snapshot_on = cast($snapshot_on as date)
    group by segment
),

totals as (
    select sum(customers) as customers,
    from sums
)

select
    sums.segment,
    sums.customers,
    cast(sums.customers as double) / cast(totals.customers as double) as customer_share,
    sums.changed,
    sums.mean_recency_days,
    sums.mean_frequency,
    sums.monetary / sums.customers as mean_monetary,
    sums.recommended_action,
from sums
cross join totals
order by sums.customers desc, sums.segment asc
