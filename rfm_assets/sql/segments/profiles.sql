-- one row per snapshot and segment.
with sums as (
    select
        segments.snapshot_on,
        segments.segment,
        count(*) as customers,
        cast(sum(segments.monetary) as decimal(28, 4)) as monetary,
        avg(cast(segments.recency_days as double)) as mean_recency_days,
        avg(cast(segments.frequency as double)) as mean_frequency,
        -- Of the exact sum: a mean of doubles changes in its last digits with the order of the rows.
        cast(sum(segments.monetary) as double) / count(*) as mean_monetary,
        quantile_cont(cast(segments.recency_days as double), 0.25) as lower_quartile_recency_days,
        quantile_cont(cast(segments.recency_days as double), 0.5) as median_recency_days,
        quantile_cont(cast(segments.recency_days as double), 0.75) as upper_quartile_recency_days,
        quantile_cont(cast(segments.frequency as double), 0.25) as lower_quartile_frequency,
        quantile_cont(cast(segments.frequency as double), 0.5) as median_frequency,
        quantile_cont(cast(segments.frequency as double), 0.75) as upper_quartile_frequency,
        cast(quantile_cont(cast(segments.monetary as double), 0.25) as decimal(28, 4)) as lower_quartile_monetary,
        cast(quantile_cont(cast(segments.monetary as double), 0.5) as decimal(28, 4)) as median_monetary,
        cast(quantile_cont(cast(segments.monetary as double), 0.75) as decimal(28, 4)) as upper_quartile_monetary,
        cast(sum(rfm.returned) as double) / cast(sum(rfm.gross_sales) as double) as returns_rate,
        avg(cast(date_diff('day', rfm.first_order_on, segments.snapshot_on) as double)) as mean_tenure_days,
    from segments.customers as segments
    inner join rfm.customers as rfm
        on
            segments.snapshot_on = rfm.snapshot_on
            and segments.customer_id = rfm.customer_id
    where segments.snapshot_on = cast($snapshot_on as date)
    group by segments.snapshot_on, segments.segment
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
    sums.lower_quartile_recency_days,
    sums.median_recency_days,
    sums.upper_quartile_recency_days,
    sums.lower_quartile_frequency,
    sums.median_frequency,
    sums.upper_quartile_frequency,
    sums.lower_quartile_monetary,
    sums.median_monetary,
    sums.upper_quartile_monetary,
    sums.returns_rate,
    sums.mean_tenure_days,
from sums
cross join totals
