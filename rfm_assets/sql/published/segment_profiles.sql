-- one row per snapshot and segment.
select
    snapshot_on,
    segment,
    customers,
    customer_share,
    monetary,
    monetary_share,
    mean_recency_days,
    mean_frequency,
    mean_monetary,
    lower_quartile_recency_days,
    median_recency_days,
    upper_quartile_recency_days,
    lower_quartile_frequency,
    median_frequency,
    upper_quartile_frequency,
    lower_quartile_monetary,
    median_monetary,
    upper_quartile_monetary,
    returns_rate,
    mean_tenure_days,
from segments.profiles
where
    snapshot_on not in (
        select withheld.snapshot_on,
        from withheld
    )
order by snapshot_on, segment
