-- one row per snapshot and segment.
with sums as (
    select
        snapshot_on,
        segment,
        count(*) as customers,
        cast(sum(monetary) as decimal(28, 4)) as monetary,
        avg(cast(recency_days as double)) as mean_recency_days,
        avg(cast(frequency as double)) as mean_frequency,
        -- Of the exact sum: a mean of doubles changes in its last digits with the order of the rows.
        cast(sum(monetary) as double) / count(*) as mean_monetary,
    from segments.customers
    where snapshot_on = cast($snapshot_on as date)
    group by snapshot_on, segment
),

totals as (
    select
        sum(customers) as customers,
        sum(monetary) as monetary,
    from sums
)

select
    sums.snapshot_on,
    sums.segment,
    sums.customers,
    cast(sums.customers as double) / cast(totals.customers as double) as customer_share,
    sums.monetary,
    -- Where returns outweigh sales there is no whole to take a share of.
    case
        when totals.monetary > 0 then cast(sums.monetary as double) / cast(totals.monetary as double)
    end as monetary_share,
    sums.mean_recency_days,
    sums.mean_frequency,
    sums.mean_monetary,
from sums
cross join totals
