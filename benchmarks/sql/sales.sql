-- one row per customer who bought, as of 2011-12-10.
select
    date_diff('day', max(ordered_on), date '2011-12-10') as recency,
    count(*) as frequency,
    cast(sum(amount) as double) as monetary,
    sum(amount) as exact_monetary,
    sum(line_count) as lines,
from clean.orders
where order_kind = 'sale'
group by customer_id
order by customer_id
