-- one row per staged buyer, in order: what is drawn at random must not depend on the order of the rows.
select
    customer_id,
    recency_days,
    frequency,
    monetary,
from buyers
order by customer_id
