-- one row per touched day, in order.
select invoiced_on,
from touched_days
order by invoiced_on
