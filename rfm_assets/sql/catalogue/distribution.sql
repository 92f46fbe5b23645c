-- one row per measure of a snapshot: how its values are spread over the customers.
with measures as (
    select
        1 as place,
        'recency' as measure,
        cast(recency_days as double) as amount,
    from rfm.customers
    where snapshot_on = cast($snapshot_on as date)
    union all
    select
        2 as place,
        'frequency' as measure,
        cast(frequency as double) as amount,
    from rfm.customers
    where snapshot_on = cast($snapshot_on as date)
    union all
    select
        3 as place,
        'monetary' as measure,
        cast(monetary as double) as amount,
    from rfm.customers
    where snapshot_on = cast($snapshot_on as date)
)

select
    measure,
    count(*) as customers,
    sum(amount) as total,
    avg(amount) as mean,
    min(amount) as least,
    quantile_cont(amount, 0.05) as low,
    quantile_cont(amount, 0.25) as lower_quartile,
    quantile_cont(amount, 0.5) as median,
    quantile_cont(amount, 0.75) as upper_quartile,
    quantile_cont(amount, 0.95) as high,
    max(amount) as most,
from measures
group by place, measure
order by place
