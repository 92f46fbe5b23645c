-- one row per day on which a touched invoice can have a line: an invoice over midnight is one order.
select touched_days.invoiced_on,
from touched_days
union distinct
select cast(unnest(generate_series(ordered_on, last_on, interval '1 day')) as date) as invoiced_on,
from touched_orders
where ordered_on < last_on
union distinct
select touched_orders.ordered_on as invoiced_on,
from touched_orders
