-- one row per customer, the hundred who were worth most of those gone quiet, most money first.
-- question: Whom do we win back first, and how long must the list be?
-- asked by: campaign managers, who pay for each letter or call
-- columns:
--   place (place): 1 is worth most
--   customer_id (id): the customer
--   segment (text): At Risk or Cannot Lose
--   recency_days (days): days since the last sale
--   frequency (orders): orders so far
--   monetary (currency): money so far
--   mean_order (currency): money of an order, to the ten-thousandth
--   monetary_share_so_far (share): of the money of all customers gone quiet, this and the places before
with asked as (
    select 100 as list_length,
),

quiet as (
    select
        customer_id,
        segment,
        recency_days,
        frequency,
        monetary,
        row_number() over (order by monetary desc, customer_id asc) as place,
        sum(monetary) over (order by monetary desc, customer_id asc rows unbounded preceding) as monetary_so_far,
        sum(monetary) over () as monetary_of_all,
    from segments
    where
        segment in ('At Risk', 'Cannot Lose')
        and monetary > 0
)

select
    quiet.place,
    quiet.customer_id,
    quiet.segment,
    quiet.recency_days,
    quiet.frequency,
    quiet.monetary,
    cast(quiet.monetary / quiet.frequency as decimal(28, 4)) as mean_order,
    cast(quiet.monetary_so_far as double) / cast(quiet.monetary_of_all as double) as monetary_share_so_far,
from quiet
cross join asked
where quiet.place <= asked.list_length
order by quiet.place
