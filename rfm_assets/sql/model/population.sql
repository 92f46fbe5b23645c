-- one row per customer of the population at hand.
select
    recency_days,
    frequency,
    monetary,
from population
