-- one row: the day of the first sale, empty when there is none.
select min(ordered_on) as first_on,
from clean.orders
where order_kind = 'sale'
