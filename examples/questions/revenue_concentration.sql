-- one row per share of customers, the smallest first: what the customers who spent most have spent together.
-- question: How much of the revenue hangs on the top 1, 5, 10, 20 and 50 % of customers?
-- asked by: finance and the board, as a risk
-- columns:
--   top_share (share): share of customers, those who spent most
--   customers (customers): how many they are, rounded up
--   monetary (currency): what they have spent so far
--   monetary_share (share): of the money of all; above 1 is possible where returns outweigh sales of others
--   least_monetary (currency): what the least of them has spent
with asked (top_share) as (
    values (0.01), (0.05), (0.10), (0.20), (0.50)
),

ranked as (
    select
        monetary,
        row_number() over (order by monetary desc, customer_id asc) as place,
        sum(monetary) over (order by monetary desc, customer_id asc rows unbounded preceding) as monetary_so_far,
        sum(monetary) over () as monetary_of_all,
        count(*) over () as customers,
    from segments
)

select
    cast(asked.top_share as double) as top_share,
    ranked.place as customers,
    ranked.monetary_so_far as monetary,
    case
        when ranked.monetary_of_all > 0
            then cast(ranked.monetary_so_far as double) / cast(ranked.monetary_of_all as double)
    end as monetary_share,
    ranked.monetary as least_monetary,
from asked
inner join ranked
    on ceil(asked.top_share * ranked.customers) = ranked.place
order by asked.top_share
