-- one row per customer to fit.
select
    recency_days,
    frequency,
    monetary,
from customers_to_fit
