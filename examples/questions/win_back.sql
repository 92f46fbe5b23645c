-- one row per customer, the hundred who were worth most of those gone quiet, most money first.
-- question: Whom do we win back first, and how long must the list be?
-- asked by: campaign managers, who pay for each letter or call
-- columns:
--   place (place): 1 is worth most
--   customer_id (id): the customer
--   segment (text): segment now
--   recency_days (days): days since the last sale
--   frequency (orders): orders so far
--   monetary (currency): money so far
--   mean_order (currency): money of an order, to the ten-thousandth
--   monetary_share_so_far (share): of the money of all customers gone quiet, this and the places before
-- Gone quiet, and worth it: by the scores from 1 to 5, so that the answer does not hang on the names of the segments.
with asked as (
    select
        2 as highest_r_score,
        4 as lowest_m_score,
        100 as list_length,
),

quiet as (
    select
        segments.customer_id,
        segments.segment,
        segments.recency_days,
        segments.frequency,
        segments.monetary,
        asked.list_length,
        row_number() over (order by segments.monetary desc, segments.customer_id asc) as place,
        sum(segments.monetary) over (
            order by segments.monetary desc, segments.customer_id asc rows unbounded preceding
        ) as monetary_so_far,
        sum(segments.monetary) over () as monetary_of_all,
    from segments
    cross join asked
    where
        segments.r_score <= asked.highest_r_score
        and segments.m_score >= asked.lowest_m_score
        and segments.monetary > 0
)

select
    place,
    customer_id,
    segment,
    recency_days,
    frequency,
    monetary,
    cast(monetary / frequency as decimal(28, 4)) as mean_order,
    cast(monetary_so_far as double) / cast(monetary_of_all as double) as monetary_share_so_far,
from quiet
where place <= list_length
order by place
