-- one row per customer of the staged snapshot, or every n-th of them.
with numbered as (
    select
        recency_days,
        frequency,
        monetary,
        row_number() over (order by customer_id) as number,
    from fitted_customers
)

select
    recency_days,
    frequency,
    monetary,
from numbered
where number % cast($nth as bigint) = 0
order by number
